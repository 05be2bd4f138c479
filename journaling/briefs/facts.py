"""The facts that a brief is made from, and the window of time it covers (CLINICAL §5).

Facts are read once; sections only look at them. The window:

``until``
    the session's start, or now while the session lies ahead. The brief of a past session is about
    what happened before it, including what the phone sent afterwards.
``since``
    the start of the last session of this kind that the patient attended. Without one: the start of
    the admission day in the clinic's zone or of the first entry's own local day, whichever is
    earlier (entries brought along from before admission are not lost); without either, enrolment.
days
    the patient's local days, in their own zone and from the hour at which their day begins, from
    the one on which the window begins up to the day before today: what is not over can't be missed.
    Any other day on which an entry made on a journey fell is added, so that "x of y days" never
    exceeds y. Today is reported separately.
unread
    what occurred before ``since`` and was heard of later stands beside the window until somebody
    reviewed it (``journaling/briefs/read.py``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from backend.kit.timezones import LocalCalendar
from care.access.data_categories import DataCategory
from care.medical.regimen import MedicationHistory
from care.medical.vital_bounds import Bounds
from care.programme.care_plan_responses import PlanResponse
from care.programme.read import EpisodeOnDay
from care.sessions.around import NextSession, RecordedAttendance
from care.sessions.feedback import FeedbackView
from care.sessions.for_brief import IndividualSession, clinic_day_of
from care.sessions.move_requests import MoveRequestView
from journaling import formatting
from journaling.briefs.limits import CONTEXT_DAYS
from journaling.briefs.status import CurrentStatus
from journaling.entries.entry import EntryValue, V, entries_of_kind
from journaling.insights.silence import ReminderTrace, Silence


class WindowStart(StrEnum):
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
    beginning: WindowStart
    calendar: LocalCalendar

    @property
    def first_day(self) -> date:
        """Return the patient's local day on which the window begins."""
        return self.calendar.day_of(self.since)

    @property
    def today(self) -> date:
        """Return the patient's local day on which the window ends: it is not over yet."""
        return self.calendar.day_of(self.until)

    @property
    def days(self) -> tuple[date, ...]:
        """List the patient's local days of the window that are over."""
        if self.until <= self.since:
            return ()
        return days_through(self.first_day, self.today - timedelta(days=1))

    @property
    def context_first_day(self) -> date:
        """Return the first of the days before the window that it is compared with."""
        return self.first_day - timedelta(days=CONTEXT_DAYS)

    @property
    def context_since(self) -> datetime:
        """Return the instant at which the days of context begin."""
        return self.calendar.start_of(self.context_first_day)


def window_end(*, starts_at: datetime, now: datetime) -> datetime:
    """Return where the window ends: at the session's start, or now while that lies ahead."""
    return min(now, starts_at)


def window_after_session(*, since: datetime, until: datetime, calendar: LocalCalendar) -> Window:
    """Open the window at the session that the patient attended last."""
    return Window(since, until, WindowStart.LAST_SESSION, calendar)


def window_from_start_of_care(
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
            (admitted_at, WindowStart.ADMISSION),
            (first_entry_at, WindowStart.FIRST_ENTRY),
        )
        if at is not None and at < until
    ]
    if known:
        since, beginning = min(known)
        return Window(since, until, beginning, calendar)
    if enrolled_at is not None and enrolled_at < until:
        return Window(enrolled_at, until, WindowStart.ENROLMENT, calendar)
    return Window(until, until, WindowStart.NOTHING, calendar)


def days_through(first: date, last: date) -> tuple[date, ...]:
    """List the days from the first to the last, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def add_logged_days(days: Iterable[date], logged: Iterable[date]) -> tuple[date, ...]:
    """Add the days that something was logged on, such as by the clock of another zone."""
    return tuple(sorted({*days, *logged}))


@dataclass(frozen=True, slots=True)
class ReminderCounts:
    """Reminders of a window that asked for an entry.

    ``undelivered`` are those that nobody saw, so they were not ignored; ``paused`` those that the
    patient had asked not to get. ``traces`` are of the weeks before the window's end.
    """

    delivered: int
    answered: int
    undelivered: int
    paused: int
    traces: tuple[ReminderTrace, ...] = field(default=(), compare=False)


#: Ask how reminders fared from one instant up to before another. They are another room's, above
#: this one, so whoever opens a brief hands the question in.
CountReminders = Callable[[datetime, datetime], ReminderCounts]


@dataclass(frozen=True, slots=True)
class ClinicRecord:
    """What stands beside entries: what is taken, bounds, and what the patient said of the work.

    ``feedback`` is of the reader's own sessions, the newest first; ``move_request`` is about the
    session of the brief.
    """

    medications: tuple[MedicationHistory, ...] = ()
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    feedback: tuple[FeedbackView, ...] = ()
    plan_response: PlanResponse | None = None
    move_request: MoveRequestView | None = None


@dataclass(frozen=True, slots=True)
class BriefFacts:
    """One patient, one session, one window. Sections are pure functions of this value.

    ``entries`` is all that is reported: what occurred in the window, and what is ``unread``,
    from before it. ``context`` is of the 14 days before the window. All stand oldest first and are
    only what the chart shows. ``days`` are those of the window that are over; today is apart.
    ``measures`` are questionnaires of both and of the months before, so that a newer one can be
    compared with an earlier. ``visits`` came after the session that the window begins with;
    ``week_visits`` are of the clinic's week of the session, the one before it and the running one.
    """

    session: IndividualSession
    stay: EpisodeOnDay | None
    visits: tuple[RecordedAttendance, ...]
    week_visits: tuple[RecordedAttendance, ...]
    window: Window
    days: tuple[date, ...]
    sharing_levels: frozenset[str]
    reminders: ReminderCounts
    status: CurrentStatus
    entries: tuple[EntryValue, ...]
    context: tuple[EntryValue, ...]
    measures: tuple[EntryValue, ...]
    #: Classes of data that the patient's consent doesn't cover; the brief says so, and no more.
    not_agreed: frozenset[DataCategory] = frozenset()
    unread: frozenset[UUID] = frozenset()
    #: Of the unread, what came after the brief of the last session had been reviewed.
    missed: frozenset[UUID] = frozenset()
    #: The situations of the plans that stand, by the plan's id; asked for where an entry names one.
    situations: Mapping[UUID, str] = field(default_factory=dict)
    next_session: NextSession | None = None
    record: ClinicRecord = field(default_factory=ClinicRecord)
    #: What is found of days without an entry, in the weeks before the window's end.
    silence: Silence = field(default_factory=Silence)
    #: What was picked from them once, as sections ask for the same again and again.
    picked: dict[str, tuple[EntryValue, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def session_day(self) -> date:
        """Return the day of the clinic's calendar on which the session starts."""
        return clinic_day_of(session=self.session)

    @property
    def today(self) -> date:
        """Return the patient's local day that is not over yet."""
        return self.window.today

    @property
    def in_window(self) -> tuple[EntryValue, ...]:
        """List the entries that occurred in the window."""
        return self._pick("inside", lambda: (e for e in self.entries if e.id not in self.unread))

    @property
    def late(self) -> tuple[EntryValue, ...]:
        """List the entries from before the window that were heard of later."""
        return self._pick("late", lambda: (e for e in self.entries if e.id in self.unread))

    @property
    def still_unreviewed(self) -> tuple[EntryValue, ...]:
        """List what an earlier brief could hold and nobody reviewed: only counted in this one."""
        return self._pick("left", lambda: (e for e in self.late if not self._is_heard(e)))

    @property
    def news(self) -> tuple[EntryValue, ...]:
        """List what occurred in the window or was heard of in it: news of this brief."""
        return self._pick(
            "heard",
            lambda: (e for e in self.entries if e.id not in self.unread or self._is_heard(e)),
        )

    @property
    def counted(self) -> tuple[EntryValue, ...]:
        """List the window's entries that may stand in a statistic."""
        return self._pick("counted", lambda: (one for one in self.in_window if one.is_countable))

    @property
    def uncounted(self) -> tuple[EntryValue, ...]:
        """List what is news and was recalled too late for any statistic."""
        return tuple(entry for entry in self.news if not entry.is_countable)

    @property
    def of_days(self) -> tuple[EntryValue, ...]:
        """List what was logged for the window's local days, whole, and for today.

        That is more than the window where it begins in the middle of a day. What had not arrived by
        the window's end is left to the next brief.
        """
        before = (entry for entry in self.context if entry.received_at < self.window.until)
        by_id = {entry.id: entry for entry in (*before, *self.entries)}
        days = {*self.days, self.today}
        return self._pick("of days", lambda: (e for e in by_id.values() if e.local_date in days))

    @property
    def with_context(self) -> tuple[EntryValue, ...]:
        """List the entries of context and window; statistics sort out which of them count."""
        return self.context + self.in_window

    @property
    def all_days(self) -> tuple[date, ...]:
        """List the days of context and window, today included: a gap is no claim."""
        if self.window.until <= self.window.since:
            return ()
        return days_through(min(self.window.context_first_day, *self.days, self.today), self.today)

    def of_kind(self, kind: type[V]) -> list[EntryValue[V]]:
        """List the window's counted entries of one kind."""
        return entries_of_kind(self.counted, kind)

    def context_of_kind(self, kind: type[V]) -> list[EntryValue[V]]:
        """List the counted entries of one kind from the days of context."""
        return [entry for entry in entries_of_kind(self.context, kind) if entry.is_countable]

    def spread(self, entries: Iterable[EntryValue]) -> str:
        """Write over how many days entries are spread: "on 4 of 7 days and today"."""
        logged = {entry.local_date for entry in entries}
        is_today = any(day >= self.today for day in logged)
        if not self.days:
            return "today" if is_today else "before today"
        text = f"on {len(logged & set(self.days))} of {formatting.pluralize(len(self.days), 'day')}"
        return f"{text} and today" if is_today else text

    def _is_heard(self, entry: EntryValue) -> bool:
        is_news = entry.news_at is not None and entry.news_at >= self.window.since
        return is_news or entry.id in self.missed

    def _pick(self, name: str, find: Callable[[], Iterable[EntryValue]]) -> tuple[EntryValue, ...]:
        if name not in self.picked:
            self.picked[name] = tuple(find())
        return self.picked[name]
