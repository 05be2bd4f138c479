"""Local days and wall clocks, from the zone data that is pinned with us (not the host's)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

#: What phones call a zone that they don't know; only an instant's own offset helps then.
UNKNOWN_ZONE_NAMES = frozenset({"", "Etc/Unknown"})
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.ASCII | re.IGNORECASE)
#: The furthest that a clock has stood from UTC on land, east (+14) and, by name, west.
MAX_UTC_OFFSET = timedelta(hours=14)
#: How far west the IANA data has zones of a fixed offset.
_MAX_HOURS_WEST = 12
#: The latest hour at which a day may begin, for somebody who is up past midnight.
LATEST_START = 4


class UnknownZone(ValueError):
    """No zone of that name stands in the IANA data."""


@cache
def _zone_names() -> frozenset[str]:
    # "localtime" and "Factory" are no places, and differ between hosts.
    return frozenset(available_timezones() - {"localtime", "Factory"})


@cache
def get_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name such as ``America/Chicago``, or of a fixed offset.

    Fixed offsets are named as ``fixed_offset_name`` does.

    :raises UnknownZone: when the IANA data has no such zone.
    """
    if name in _zone_names():
        return ZoneInfo(name)
    offset = _parse_offset(name)
    if offset is None or fixed_offset_name(offset) != name:
        raise UnknownZone(name)
    return timezone(offset)


def canonical_zone_name(name: str) -> str:
    """Return the name under which a zone is stored; a fixed offset (``GMT+2``) gets one name.

    :raises UnknownZone: it is neither a zone of the IANA data nor an offset from UTC.
    """
    if name in _zone_names():
        return name
    offset = _parse_offset(name)
    if offset is None:
        raise UnknownZone(name)
    return fixed_offset_name(offset)


def fixed_offset_name(offset: timedelta) -> str:
    """Return the name of a fixed offset from UTC, east being positive.

    Full hours have a name in the IANA data, which counts west as positive; the others are named as
    ISO 8601 writes them: ``+05:30``. Browsers and phones know both.
    """
    minutes = round(offset.total_seconds() / 60)
    hours, remainder = divmod(abs(minutes), 60)
    if not minutes:
        return "Etc/GMT"
    if not remainder and (minutes > 0 or hours <= _MAX_HOURS_WEST):
        return f"Etc/GMT{'-' if minutes > 0 else '+'}{hours}"
    return f"{'+' if minutes > 0 else '-'}{hours:02}:{remainder:02}"


def is_fixed_offset(name: str) -> bool:
    """Whether a zone is only an offset; nobody knows when its clocks change."""
    return name.startswith(("Etc/GMT", "+", "-"))


def _parse_offset(name: str) -> timedelta | None:
    match = _OFFSET.fullmatch("+00" if name in {"Z", "z"} else name)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return None if size > MAX_UTC_OFFSET else -size if sign == "-" else size


@dataclass(frozen=True, slots=True)
class LocalCalendar:
    """A person's days: their zone, and how many hours after midnight a day begins."""

    zone: str
    starts_hour: int = 0

    def day_of(self, at: datetime) -> date:
        """Return the person's day on which an instant falls."""
        return local_day(at, self.zone, self.starts_hour)

    def start_of(self, day: date) -> datetime:
        """Return the first instant of one of the person's days."""
        return start_of_day(day, self.zone, self.starts_hour)


def local_day(at: datetime, zone_name: str, starts_hour: int = 0) -> date:
    """Return the local day of an instant in a zone.

    Days are the calendar's, or begin so many hours after midnight, as ``start_of_day`` finds it.
    """
    day = at.astimezone(get_zone(zone_name)).date()
    if starts_hour and at < start_of_day(day, zone_name, starts_hour):
        return day - timedelta(days=1)
    return day


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def local_to_utc(day: date, clock: time, zone_name: str) -> datetime:
    """Return the instant of a wall-clock time on a local day.

    A time that a spring change skips becomes the first valid minute after the gap; one that an
    autumn change repeats becomes the first of the two.
    """
    where = get_zone(zone_name)
    wanted = datetime.combine(day, clock.replace(fold=0), tzinfo=where)
    utc = get_zone("UTC")
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


def start_of_day(day: date, zone_name: str, starts_hour: int = 0) -> datetime:
    """Return the first instant of a local day that begins so many hours after midnight."""
    return local_to_utc(day, time(starts_hour), zone_name)
