"""All that a brief is made from, read once and then only looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from care.access import DataClass
from care.queries.briefing import BriefedSession, Stay, Visit, clinic_day
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

    ``entries`` are of the window and ``context`` of the 14 days before it, both oldest first and
    only what the chart shows. ``measures`` are questionnaires of both and of the months before,
    oldest first, so that a newer one can be compared with an earlier. ``visits`` came after the
    session that the window begins with; ``week_visits`` are of the clinic's week so far.
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
    #: What was picked from them once, as sections ask for the same again and again.
    picked: dict[str, tuple[Recorded, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def session_day(self) -> date:
        """Tell on which day of the clinic's calendar the session starts."""
        return clinic_day(session=self.session)

    @property
    def counted(self) -> tuple[Recorded, ...]:
        """List the window's entries that may stand in a statistic."""
        return self._pick("counted", lambda: (one for one in self.entries if one.counts))

    @property
    def hollow(self) -> tuple[Recorded, ...]:
        """List the window's entries recalled too late for any statistic."""
        return tuple(entry for entry in self.entries if not entry.counts)

    @property
    def told(self) -> tuple[Recorded, ...]:
        """List the entries of context and window; statistics sort out which of them count."""
        return self.context + self.entries

    @property
    def all_days(self) -> tuple[date, ...]:
        """List the days of context and window."""
        if not self.days:
            return ()
        return days_from(min(self.window.context_first_day, self.days[0]), self.days[-1])

    def of(self, kind: str) -> tuple[Recorded, ...]:
        """List the window's counted entries of one kind."""
        return self._pick(f"of {kind}", lambda: (one for one in self.counted if one.kind == kind))

    def before(self, kind: str) -> tuple[Recorded, ...]:
        """List the counted entries of one kind from the days of context."""
        return self._pick(
            f"before {kind}",
            lambda: (one for one in self.context if one.kind == kind and one.counts),
        )

    def _pick(self, name: str, find: Callable[[], Iterable[Recorded]]) -> tuple[Recorded, ...]:
        if name not in self.picked:
            self.picked[name] = tuple(find())
        return self.picked[name]
