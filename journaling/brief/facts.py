"""All that a brief is made from, read once and then only looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from care.access import DataClass
from care.queries.briefing import BriefedSession, Stay, Visit, clinic_day
from journaling import wording
from journaling.brief.window import Window, days_from
from journaling.entries import Recorded
from journaling.queries.standing import Standing


@dataclass(frozen=True, slots=True)
class Prompts:
    """Reminders of a window that asked for an entry.

    ``undelivered`` are those that nobody saw, so they were not ignored; ``paused`` those that the
    patient had asked not to get.
    """

    delivered: int
    answered: int
    undelivered: int
    paused: int


#: Ask how reminders fared from one instant up to before another. They are another room's, above
#: this one, so whoever opens a brief hands the question in.
AskPrompts = Callable[[datetime, datetime], Prompts]


@dataclass(frozen=True, slots=True)
class Facts:
    """One patient, one session, one window. Sections are pure functions of this value.

    ``entries`` is all that is told: what occurred in the window, and with it what is ``unread``,
    from before it. ``context`` is of the 14 days before the window. All stand oldest first and are
    only what the chart shows. ``days`` are those of the window that are over; today is apart.
    ``measures`` are questionnaires of both and of the months before, so that a newer one can be
    compared with an earlier. ``visits`` came after the session that the window begins with;
    ``week_visits`` are of the clinic's week of the session, the one before it and the running one.
    """

    session: BriefedSession
    stay: Stay | None
    visits: tuple[Visit, ...]
    week_visits: tuple[Visit, ...]
    window: Window
    days: tuple[date, ...]
    sees: frozenset[str]
    prompts: Prompts
    standing: Standing
    entries: tuple[Recorded, ...]
    context: tuple[Recorded, ...]
    measures: tuple[Recorded, ...]
    #: Classes of data that the patient's consent doesn't cover: nothing is told of them, and that.
    not_agreed: frozenset[DataClass] = frozenset()
    unread: frozenset[UUID] = frozenset()
    #: Of the unread, what came after the brief of the last session had been reviewed.
    missed: frozenset[UUID] = frozenset()
    #: What was picked from them once, as sections ask for the same again and again.
    picked: dict[str, tuple[Recorded, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def session_day(self) -> date:
        """Tell on which day of the clinic's calendar the session starts."""
        return clinic_day(session=self.session)

    @property
    def today(self) -> date:
        """Tell the patient's local day that is not over yet."""
        return self.window.today

    @property
    def inside(self) -> tuple[Recorded, ...]:
        """List the entries that occurred in the window."""
        return self._pick("inside", lambda: (e for e in self.entries if e.id not in self.unread))

    @property
    def late(self) -> tuple[Recorded, ...]:
        """List the entries from before the window that were heard of later."""
        return self._pick("late", lambda: (e for e in self.entries if e.id in self.unread))

    @property
    def left(self) -> tuple[Recorded, ...]:
        """List what an earlier brief could tell and nobody reviewed: not told at length again."""
        return self._pick("left", lambda: (e for e in self.late if not self._is_heard(e)))

    @property
    def heard(self) -> tuple[Recorded, ...]:
        """List what occurred in the window or was heard of in it: news of this brief."""
        return self._pick(
            "heard",
            lambda: (e for e in self.entries if e.id not in self.unread or self._is_heard(e)),
        )

    @property
    def counted(self) -> tuple[Recorded, ...]:
        """List the window's entries that may stand in a statistic."""
        return self._pick("counted", lambda: (one for one in self.inside if one.counts))

    @property
    def hollow(self) -> tuple[Recorded, ...]:
        """List what is told and was recalled too late for any statistic."""
        return tuple(entry for entry in self.heard if not entry.counts)

    @property
    def of_days(self) -> tuple[Recorded, ...]:
        """List what was logged for the window's local days, whole, and for today.

        That is more than the window where it begins in the middle of a day. What had not arrived by
        the window's end is left to the next brief.
        """
        before = (entry for entry in self.context if entry.received_at < self.window.until)
        found = {entry.id: entry for entry in (*before, *self.entries)}
        days = {*self.days, self.today}
        return self._pick("of days", lambda: (e for e in found.values() if e.local_date in days))

    @property
    def told(self) -> tuple[Recorded, ...]:
        """List the entries of context and window; statistics sort out which of them count."""
        return self.context + self.inside

    @property
    def all_days(self) -> tuple[date, ...]:
        """List the days of context and window, today included: a gap is no claim."""
        if self.window.until <= self.window.since:
            return ()
        return days_from(min(self.window.context_first_day, *self.days, self.today), self.today)

    def of(self, kind: str) -> tuple[Recorded, ...]:
        """List the window's counted entries of one kind."""
        return self._pick(f"of {kind}", lambda: (one for one in self.counted if one.kind == kind))

    def before(self, kind: str) -> tuple[Recorded, ...]:
        """List the counted entries of one kind from the days of context."""
        return self._pick(
            f"before {kind}",
            lambda: (one for one in self.context if one.kind == kind and one.counts),
        )

    def spread(self, entries: Iterable[Recorded]) -> str:
        """Tell over how many days entries are spread: "on 4 of 7 days and today"."""
        logged = {entry.local_date for entry in entries}
        is_today = any(day >= self.today for day in logged)
        if not self.days:
            return "today" if is_today else "before today"
        found = f"on {len(logged & set(self.days))} of {wording.counted(len(self.days), 'day')}"
        return f"{found} and today" if is_today else found

    def _is_heard(self, entry: Recorded) -> bool:
        is_news = entry.news_at is not None and entry.news_at >= self.window.since
        return is_news or entry.id in self.missed

    def _pick(self, name: str, find: Callable[[], Iterable[Recorded]]) -> tuple[Recorded, ...]:
        if name not in self.picked:
            self.picked[name] = tuple(find())
        return self.picked[name]
