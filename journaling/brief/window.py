"""The time a brief speaks of (CLINICAL §5: since the last attended session of this kind).

``until``
    the session's start, or now while the session lies ahead. The brief of a past session is about
    what happened before it, including what the phone sent afterwards.
``since``
    the start of the last session of this kind that the patient attended. Without one: the start of
    the admission day in the clinic's zone or of the first entry's own local day, whichever is
    earlier (entries brought along from before admission are not lost); without either, enrolment.
days
    the patient's local days, in their own zone and from the
    hour at which their day begins, from the one on which the window begins up to the
    day before today: what is not over can't be missed. To them comes any day that an entry made on
    a journey fell on, so that "x of y days" never exceeds y. Today is told apart.
unread
    what occurred before ``since`` and was heard of later stands beside the window until somebody
    reviewed it (``journaling/queries/unread.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from backend.kit.zones import LocalCalendar
from journaling.limits import CONTEXT_DAYS


class Beginning(StrEnum):
    """What the window begins with."""

    LAST_SESSION = "last_session"
    ADMISSION = "admission"
    FIRST_ENTRY = "first_entry"
    ENROLMENT = "enrolment"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Window:
    """From ``since`` up to before ``until``; ``calendar`` is the patient's."""

    since: datetime
    until: datetime
    beginning: Beginning
    calendar: LocalCalendar

    @property
    def first_day(self) -> date:
        """Tell the patient's local day on which the window begins."""
        return self.calendar.day_of(self.since)

    @property
    def today(self) -> date:
        """Tell the patient's local day on which the window ends: it is not over yet."""
        return self.calendar.day_of(self.until)

    @property
    def days(self) -> tuple[date, ...]:
        """List the patient's local days of the window that are over."""
        if self.until <= self.since:
            return ()
        return days_from(self.first_day, self.today - timedelta(days=1))

    @property
    def context_first_day(self) -> date:
        """Tell the first of the days that stand before the window for comparison."""
        return self.first_day - timedelta(days=CONTEXT_DAYS)

    @property
    def context_since(self) -> datetime:
        """Tell the instant at which the days of context begin."""
        return self.calendar.start_of(self.context_first_day)


def ends_at(*, starts_at: datetime, now: datetime) -> datetime:
    """Tell where the window ends: at the session's start, or now while that lies ahead."""
    return min(now, starts_at)


def after_session(*, since: datetime, until: datetime, calendar: LocalCalendar) -> Window:
    """Open the window at the session that the patient attended last."""
    return Window(since, until, Beginning.LAST_SESSION, calendar)


def from_the_start(
    *,
    admitted_at: datetime | None,
    first_entry_at: datetime | None,
    enrolled_at: datetime | None,
    until: datetime,
    calendar: LocalCalendar,
) -> Window:
    """Open the window where the patient's story with us begins, as no session came before."""
    known = [
        (at, beginning)
        for at, beginning in (
            (admitted_at, Beginning.ADMISSION),
            (first_entry_at, Beginning.FIRST_ENTRY),
        )
        if at is not None and at < until
    ]
    if known:
        since, beginning = min(known)
        return Window(since, until, beginning, calendar)
    if enrolled_at is not None and enrolled_at < until:
        return Window(enrolled_at, until, Beginning.ENROLMENT, calendar)
    return Window(until, until, Beginning.NOTHING, calendar)


def days_from(first: date, last: date) -> tuple[date, ...]:
    """List the days from the first to the last, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def with_logged(days: Iterable[date], logged: Iterable[date]) -> tuple[date, ...]:
    """Add the days that something was logged on, such as by the clock of another zone."""
    return tuple(sorted({*days, *logged}))
