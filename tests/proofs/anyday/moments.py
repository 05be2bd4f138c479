"""The moments at which the suite must pass as it does today."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: The zone of most of the people in the tests; its nights of change are the ones that matter.
ZONE = ZoneInfo("America/Chicago")
#: So long before a change the suite begins, so that it runs into and past it.
BEFORE = timedelta(minutes=2)


def moments(now: datetime) -> dict[str, datetime]:
    """Return the moments by name, each the next of its kind after ``now``.

    On an evening at home it is the next day already in UTC.
    """
    forward, back = _changes(now)
    return {
        "tomorrow": now + timedelta(days=1),
        "in-100-days": now + timedelta(days=100),
        "in-400-days": now + timedelta(days=400),
        "leap-day": _next(now, lambda at: (at.month, at.day) == (2, 29)) + timedelta(hours=15),
        "clocks-forward": forward - BEFORE,
        "clocks-back": back - BEFORE,
        "new-year": _next(now, lambda at: (at.month, at.day) == (1, 1)) - BEFORE,
        "new-year-at-home": _at_home(_next(now, lambda at: (at.month, at.day) == (1, 1))) - BEFORE,
        "evening-at-home": _at_home(_next(now, lambda _: True)) - timedelta(hours=2),
    }


def _days(now: datetime) -> Iterator[datetime]:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=n) for n in range(1, 9 * 366))


def _next(now: datetime, is_it: Callable[[datetime], bool]) -> datetime:
    return next(day for day in _days(now) if is_it(day))


def _at_home(day: datetime) -> datetime:
    return day.replace(tzinfo=ZONE).astimezone(UTC)


def _changes(now: datetime) -> tuple[datetime, datetime]:
    """Return the next instants at which clocks in the zone go forward and back, to the hour."""
    hours = (now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=n)
             for n in range(1, 24 * 370))  # fmt: skip
    found: dict[bool, datetime] = {}
    last = now.astimezone(ZONE).utcoffset()
    for hour in hours:
        offset = hour.astimezone(ZONE).utcoffset()
        if offset != last:
            assert offset is not None
            assert last is not None
            found.setdefault(offset > last, hour)
            last = offset
    return found[True], found[False]
