"""What a clock on the wall shows, found by looking at it.

The oracle only ever asks what the wall shows at an instant, which has one answer. It never asks for
the instant of a wall-clock time, has no notion of gaps and overlaps, and caches nothing. It looks
every hour, and every minute of an hour in which the wall did not go on by sixty minutes.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from notifications.reminders.recurrence import RecurrenceRule, find_next_slot

MINUTE = timedelta(minutes=1)
#: Zero of the minutes that are counted here.
ZERO = datetime(1970, 1, 1)
ZERO_HERE = ZERO.replace(tzinfo=UTC)
ZERO_MINUTES = ZERO.toordinal() * 1440


class Wall:
    """One zone's wall clock over some years: when it first showed each minute, or went past it."""

    def __init__(self, zone_name: str, first: date, last: date) -> None:
        start = _minutes(datetime.combine(first, datetime.min.time())) - 2 * 1440
        end = _minutes(datetime.combine(last, datetime.min.time())) + 2 * 1440
        self.zone, self.base = ZoneInfo(zone_name), start
        self.reached: list[int] = []
        self._highest = start - 1
        for hour in range(start, end, 60):
            if self._looks_even(hour):
                self._reach(self._shown(hour), hour, count=60)
            else:
                for minute in range(hour, hour + 60):
                    self._reach(self._shown(minute), minute, count=1)

    def _shown(self, minute: int) -> int:
        """Return what the wall clock shows at an instant, in minutes."""
        shown = (ZERO_HERE + minute * MINUTE).astimezone(self.zone)
        return shown.toordinal() * 1440 + shown.hour * 60 + shown.minute - ZERO_MINUTES

    def _looks_even(self, hour: int) -> bool:
        """Whether the wall simply goes on through this hour, from where it was highest."""
        begins = self._shown(hour)
        # At the very beginning it may be ahead of what is asked for, as in a gap: look closer.
        return begins == self._highest + 1 and all(
            self._shown(hour + passed) == begins + passed for passed in (1, 15, 30, 45, 60)
        )

    def _reach(self, wall: int, minute: int, *, count: int) -> None:
        """Note that the wall shows so many minutes, one after the other, from this instant on."""
        if wall <= self._highest:
            return
        # Minutes that the clock jumped over are reached with the first one after them.
        skipped = max(self._highest + 1, self.base)
        self.reached += [minute] * (wall - skipped)
        self.reached += range(minute, minute + count)
        self._highest = wall + count - 1

    def instant(self, day: date, minute: int) -> datetime:
        """Return when the wall clock first showed that time of that day, or the first after it."""
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
    rule: RecurrenceRule, zone_name: str, *, after: datetime, until: date
) -> Iterator[tuple[date, int, datetime]]:
    """List what our engine makes due, one after the other, as claims do."""
    handled: tuple[date, int] | None = None
    while True:
        found = find_next_slot(rule, zone_name=zone_name, after=after, handled=handled)
        if found is None or found.day > until:
            return
        yield found.day, found.minute, found.due_at
        after, handled = found.due_at, (found.day, found.minute)


def _minutes(at: datetime) -> int:
    return (at - ZERO) // MINUTE
