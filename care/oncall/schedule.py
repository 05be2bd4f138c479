"""When staff are there and who is on duty, by the clinic's wall clock. Pure: no rows, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from backend.kit.timezones import get_zone, local_to_utc

#: Mondays to Sundays, as a rota is written.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekdaySpan:
    """From one minute of a weekday up to before another of the same day."""

    weekday: int
    opens: int
    closes: int

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether it holds this minute."""
        return self.weekday == weekday and self.opens <= minute < self.closes


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on duty in a span, and a backup of its own if it has one."""

    span: WeekdaySpan
    duty: UUID
    backup: UUID | None = None


@dataclass(frozen=True, slots=True)
class OnCallSchedule:
    """A clinic's hours, rota and backup; without ``alerts_on`` nobody is ever called."""

    time_zone: str = "UTC"
    alerts_on: bool = False
    hours: tuple[WeekdaySpan, ...] = ()
    rota: tuple[Shift, ...] = ()
    backup: UUID | None = None
    escalate: timedelta = timedelta(minutes=15)
    repeat: timedelta = timedelta(minutes=5)

    def is_staffed(self, at: datetime) -> bool:
        """Whether staff are there."""
        place = self._place(at)
        return any(span.holds(*place) for span in self.hours)

    def on_duty(self, at: datetime) -> list[UUID]:
        """List who is on duty: nobody outside the hours."""
        return list(dict.fromkeys(shift.duty for shift in self._shifts(at)))

    def backups(self, at: datetime) -> list[UUID]:
        """List the backups of that moment; the clinic's own where no shift names another."""
        own = [shift.backup for shift in self._shifts(at) if shift.backup is not None]
        return list(dict.fromkeys(own)) or ([self.backup] if self.backup is not None else [])

    def on_call(self, at: datetime) -> frozenset[UUID]:
        """Return who is on call at an instant, as duty or backup: nobody outside the hours."""
        if not self.alerts_on or not self.is_staffed(at):
            return frozenset()
        return frozenset({*self.on_duty(at), *self.backups(at)})

    def next_on_duty(self, at: datetime) -> list[UUID]:
        """List who is on duty then, or who will be first after it."""
        opening = self.next_opening(at)
        return self.on_duty(at) or (self.on_duty(opening) if opening is not None else [])

    def next_opening(self, at: datetime) -> datetime | None:
        """Find when staff are there next, seen from a moment at which they aren't."""
        starts = [start for start in self._openings(at) if start > at]
        return min(starts, default=None)

    def _shifts(self, at: datetime) -> Iterator[Shift]:
        place = self._place(at)
        if self.is_staffed(at):
            yield from (shift for shift in self.rota if shift.span.holds(*place))

    def _place(self, at: datetime) -> tuple[int, int]:
        local = at.astimezone(get_zone(self.time_zone))
        return local.weekday(), local.hour * 60 + local.minute

    def _openings(self, at: datetime) -> Iterator[datetime]:
        today = at.astimezone(get_zone(self.time_zone)).date()
        for day in (today + timedelta(days=n) for n in range(8)):
            for span in self.hours:
                if span.weekday == day.weekday():
                    clock = time(span.opens // 60, span.opens % 60)
                    yield local_to_utc(day, clock, self.time_zone)


def uncovered_minutes(hours: Sequence[WeekdaySpan], rota: Sequence[Shift]) -> list[tuple[int, int]]:
    """List the staffed minutes, by weekday, in which nobody is on duty."""
    return [
        (span.weekday, minute)
        for span in hours
        for minute in range(span.opens, span.closes)
        if not any(shift.span.holds(span.weekday, minute) for shift in rota)
    ]
