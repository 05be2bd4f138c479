"""What a clock on the wall shows, found by looking at it every minute.

The oracle only ever asks what the wall shows at an instant, which has one answer. It never asks for
the instant of a wall-clock time, has no notion of gaps and overlaps, and caches nothing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from notifications.recurrence import Rule, next_slot

MINUTE = timedelta(minutes=1)
#: Zero of the minutes that are counted here.
ZERO = datetime(1970, 1, 1)
ZERO_HERE = ZERO.replace(tzinfo=UTC)
ZERO_MINUTES = ZERO.toordinal() * 1440


class Wall:
    """One zone's wall clock over some years: when it first showed each minute, or went past it."""

    def __init__(self, zone_name: str, first: date, last: date) -> None:
        zone = ZoneInfo(zone_name)
        start = _minutes(datetime.combine(first, datetime.min.time())) - 2 * 1440
        end = _minutes(datetime.combine(last, datetime.min.time())) + 2 * 1440
        self.base = start
        self.reached: list[int] = []
        highest = start - 1
        at = ZERO_HERE + start * MINUTE
        for minute in range(start, end):
            shown = at.astimezone(zone)
            wall = shown.toordinal() * 1440 + shown.hour * 60 + shown.minute - ZERO_MINUTES
            if wall > highest:
                # Minutes that the clock jumped over are reached with the first one after them.
                skipped = max(highest + 1, start)
                self.reached += [minute] * (wall - skipped + 1)
                highest = wall
            at += MINUTE

    def instant(self, day: date, minute: int) -> datetime:
        """Tell when the wall first showed that time of that day, or the first one after it."""
        wall = _minutes(datetime.combine(day, datetime.min.time())) + minute
        return ZERO_HERE + self.reached[wall - self.base] * MINUTE


def expected(
    wall: Wall, *, minutes: tuple[int, ...], days: Iterator[date]
) -> Iterator[tuple[date, int, datetime]]:
    """List what is due on these days, in the order of the wall."""
    for day in days:
        for minute in minutes:
            yield day, minute, wall.instant(day, minute)


def ours(
    rule: Rule, zone_name: str, *, after: datetime, until: date
) -> Iterator[tuple[date, int, datetime]]:
    """List what our engine makes due, one after the other, as claims do."""
    handled: tuple[date, int] | None = None
    while True:
        found = next_slot(rule, zone_name=zone_name, after=after, handled=handled)
        if found is None or found.day > until:
            return
        yield found.day, found.minute, found.due_at
        after, handled = found.due_at, (found.day, found.minute)


def _minutes(at: datetime) -> int:
    return (at - ZERO) // MINUTE
