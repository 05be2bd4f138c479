"""Local days and wall clocks, from the zone data that is pinned with us (not the host's)."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class UnknownZone(ValueError):
    """No zone of that name stands in the IANA data."""


@cache
def _names() -> frozenset[str]:
    # "localtime" and "Factory" are no places, and differ between hosts.
    return frozenset(available_timezones() - {"localtime", "Factory"})


@cache
def zone(name: str) -> ZoneInfo:
    """Find an IANA zone such as ``America/Chicago``.

    :raises UnknownZone: when the IANA data has no such zone.
    """
    if name not in _names():
        raise UnknownZone(name)
    return ZoneInfo(name)


def local_day(at: datetime, zone_name: str) -> date:
    """Tell on which calendar day an instant falls for somebody in that zone."""
    return at.astimezone(zone(zone_name)).date()


def at_local(day: date, clock: time, zone_name: str) -> datetime:
    """Find the instant of a wall-clock time on a local day.

    A time that a spring change skips becomes the first valid minute after the gap; one that an
    autumn change repeats becomes the first of the two.
    """
    where = zone(zone_name)
    wanted = datetime.combine(day, clock.replace(fold=0), tzinfo=where)
    utc = zone("UTC")
    there = wanted.astimezone(utc).astimezone(where)
    if there.replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return wanted.astimezone(utc)
    # In a gap, fold=1 reads the clock with the offset of after the change and lands before it:
    # walk from there to the first minute that the wall clock shows after the jump.
    probe = datetime.combine(day, clock.replace(fold=1, second=0, microsecond=0), tzinfo=where)
    minute = probe.astimezone(utc)
    while minute.astimezone(where).replace(tzinfo=None) < wanted.replace(tzinfo=None):
        minute += timedelta(minutes=1)
    return minute


def day_start(day: date, zone_name: str) -> datetime:
    """Find the first instant of a local day."""
    return at_local(day, time(0, 0), zone_name)
