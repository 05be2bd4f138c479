"""A pure simulation of the engine's ticks to come: what it would send if nothing changed.

Nothing is decided here: the policy and the spacing are the pure functions that the dispatcher calls
at the moment of sending.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from notifications.engine.context import (
    MISSED_COLUMNS,
    SHOWN_ELSEWHERE_REASONS,
    build_reminder_context,
)
from notifications.engine.lease import Leased
from notifications.engine.policy import (
    LOOK_BACK,
    MIN_GAP,
    MISSES_TO_HALVE,
    OriginalReminder,
    PatientContext,
    SendHistory,
    nudge_at,
    suppression_reason,
)
from notifications.engine.select import SpacingResult, decide_one, in_sending_order
from notifications.models.reminder import Purpose
from notifications.reminders.next_due import (
    LONGEST_SPREAD,
    NUDGE_SLOT,
    NextDue,
    compute_next_due,
    occurrence_id,
    occurrence_of_tag,
    shown_until,
    tag_of_occurrence,
)
from notifications.reminders.plan import ReminderPlan
from notifications.reminders.recurrence import HandledSlot
from notifications.reminders.sessions import PatientSession


@dataclass(frozen=True, slots=True)
class SentOccurrence:
    """One occurrence of a series that was or will be sent, and whether it is answered."""

    day: date
    slot: int
    due_at: datetime
    not_after: datetime
    is_answered: bool = False


@dataclass(slots=True)
class SimulatedSeries:
    """One reminder and its progress. ``row`` is the one of ``context.load_series_rows``."""

    id: UUID
    rev: int
    plan: ReminderPlan
    next_due: NextDue
    row: dict[str, Any]
    misses_counted_from: datetime | None
    #: The newest occurrence that is settled.
    closed: HandledSlot | None
    #: What was sent and is not over yet; what was over before is in ``row``.
    shown: list[SentOccurrence] = field(default_factory=list)
    over: tuple[Any, ...] = ()

    def row_at(self, at: datetime) -> dict[str, Any]:
        """Return the row that a dispatcher would load of this series at that moment."""
        newest = sorted(
            self.shown, key=lambda occurrence: (occurrence.day, occurrence.slot), reverse=True
        )
        missed = [
            int(not occurrence.is_answered)
            for occurrence in newest
            if occurrence.not_after <= at
            and (self.misses_counted_from is None or occurrence.due_at > self.misses_counted_from)
        ]
        latest = [*missed, *self.over, *[None] * MISSES_TO_HALVE][:MISSES_TO_HALVE]
        self.row |= zip(MISSED_COLUMNS, latest, strict=True)
        self.row["next_due_at"] = self.next_due.due_at
        return self.row


@dataclass(slots=True)
class SimulationState:
    """The state of one patient's reminders and sessions at a moment."""

    patient: UUID
    context_at: Callable[[datetime], PatientContext]
    history: SendHistory
    patient_sessions: Sequence[PatientSession] = ()
    series: dict[int, SimulatedSeries] = field(default_factory=dict)
    #: Occurrences to be tried again, and when.
    waiting: list[tuple[datetime, Leased]] = field(default_factory=list)
    #: What nudges repeat, and what is handled already, by occurrence.
    originals: dict[UUID, OriginalReminder] = field(default_factory=dict)
    handled: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class ForecastMessage:
    """One message that would be sent, of which series, and when a phone may show it by itself."""

    item: Leased
    series: SimulatedSeries
    show_at: datetime


def simulate(state: SimulationState, *, now: datetime, until: datetime) -> list[ForecastMessage]:
    """Return what would be sent later than now, in order; ``state`` is modified by it."""
    simulation = Simulation(state)
    while (at := simulation.next_at()) is not None and at <= until + LONGEST_SPREAD:
        simulation.step(max(at, now))
    return [message for message in simulation.sent if now < message.show_at <= until]


class Simulation:
    """Steps through the ticks to come."""

    def __init__(self, state: SimulationState) -> None:
        self.state = state
        self.history = state.history
        #: The newest message that was sent already.
        self.sent_before = state.history.at
        self.sent: list[ForecastMessage] = []

    def next_at(self) -> datetime | None:
        """Return when the engine has something to do next."""
        due_times = [
            series.next_due.due_at
            for series in self.state.series.values()
            if series.next_due.due_at
        ]
        return min([*due_times, *(at for at, _ in self.state.waiting)], default=None)

    def step(self, at: datetime) -> None:
        """Simulate one tick of a dispatcher: claim, apply policy and spacing, record."""
        context = self.state.context_at(at)
        reopened = sorted(
            (entry for entry in self.state.waiting if entry[0] <= at), key=_by_next_attempt
        )
        self.state.waiting = [entry for entry in self.state.waiting if entry[0] > at]
        items = [*(item for _, item in reopened), *self._claim_new(at)]
        reasons = {item.id: self._suppression_reason(item, context, at) for item in items}
        for item in items:
            reason = reasons[item.id]
            if reason == "halved":
                series = self.state.series[item.reminder]
                series.row["halved_at"] = series.row["halved_at"] or at
            if reason is not None:
                self._settle(item, reason)
        willing = [item for item in items if reasons[item.id] is None]
        spacing, contexts = SpacingResult(), {self.state.patient: context}
        for item in in_sending_order(willing, {self.state.patient: self.history}):
            self.history = decide_one(item, spacing, self.history, contexts, at)
        for item, reason in spacing.suppressed:
            self._settle(item, reason)
        self.state.waiting += [
            (next_attempt_at, item) for item, _, next_attempt_at in spacing.postponed
        ]
        for item in spacing.sending:
            self._send(item, at, is_again=any(item is entry for _, entry in reopened))

    def _claim_new(self, at: datetime) -> list[Leased]:
        """Return what falls due, plan its nudges, and advance the series."""
        claimed: list[Leased] = []
        for number, series in self.state.series.items():
            item = self._due_occurrence(number, series, at)
            if item is None:
                continue
            series.next_due = compute_next_due(
                series.plan, name=series.id, zone_name=self.state.context_at(at).zone_name,
                patient_sessions=self.state.patient_sessions, after=at,
                handled=series.next_due.handled,
            )  # fmt: skip
            if item.id not in self.state.handled:
                self.state.originals[item.id] = OriginalReminder(
                    item.due_at, was_shown=False, is_answered=False
                )
                claimed.append(item)
            nudge_due_at = nudge_at(item.due_at, item.not_after, is_wanted=series.plan.nudge)
            if nudge_due_at is not None and item.not_after > at:
                self._wait_with_nudge(item, series, nudge_due_at)
        return claimed

    def _due_occurrence(self, number: int, series: SimulatedSeries, at: datetime) -> Leased | None:
        """Return the next occurrence of a series if it is due."""
        next_due, plan = series.next_due, series.plan
        if (
            next_due.due_at is None
            or next_due.day is None
            or next_due.slot is None
            or next_due.due_at > at
        ):
            return None
        due_at = next_due.due_at - timedelta(seconds=next_due.spread)
        name = occurrence_id(
            patient_id=self.state.patient, reminder_id=series.id, day=next_due.day,
            slot=next_due.slot, session=next_due.session,
        )  # fmt: skip
        return Leased(
            id=name, reminder=number, patient=self.state.patient, purpose=plan.purpose,
            slot=next_due.slot, due_at=due_at,
            not_after=shown_until(due_at, plan.expires_minutes, plan.before_minutes),
            tag=tag_of_occurrence(name), session=next_due.session, local_day=next_due.day,
        )  # fmt: skip

    def _wait_with_nudge(
        self, item: Leased, series: SimulatedSeries, nudge_due_at: datetime
    ) -> None:
        slot = item.slot + NUDGE_SLOT
        name = occurrence_id(
            patient_id=item.patient, reminder_id=series.id, day=item.local_day or date.max,
            slot=slot, session=item.session,
        )  # fmt: skip
        if name not in self.state.handled:
            nudge = replace(item, id=name, slot=slot, due_at=nudge_due_at)
            self.state.waiting.append((nudge_due_at, nudge))

    def _suppression_reason(
        self, item: Leased, context: PatientContext, at: datetime
    ) -> str | None:
        series = self.state.series.get(item.reminder)
        reminder_context = None
        if series is not None:
            reminder_context = build_reminder_context(
                item, series.row_at(at),
                original=self.state.originals.get(occurrence_of_tag(item.tag)),
                session_stands=self._is_session_planned(item, at),
                last_session_at=self._last_session(item, at),
            )  # fmt: skip
        return suppression_reason(
            patient_context=context,
            reminder_context=reminder_context,
            due_at=item.due_at,
            not_after=item.not_after,
            now=at,
        )

    def _is_session_planned(self, item: Leased, at: datetime) -> bool | None:
        if item.session is None:
            return None
        return any(
            patient_session.session == item.session
            and patient_session.day == item.local_day
            and patient_session.starts_at > at
            for patient_session in self.state.patient_sessions
        )

    def _last_session(self, item: Leased, at: datetime) -> datetime | None:
        if item.purpose != Purpose.PRE_SESSION:
            return None
        ended = [
            session.ends_at
            for session in self.state.patient_sessions
            if at - LOOK_BACK < session.ends_at <= at
        ]
        return max(ended, default=None)

    def _send(self, item: Leased, at: datetime, *, is_again: bool) -> None:
        """Add it at its own time, as only pushes are spread; what had to wait is shown later."""
        newest = self.sent[-1].show_at if self.sent else self.sent_before
        is_near = newest is not None and item.due_at < newest + MIN_GAP
        show_at = at if is_again or is_near else item.due_at
        self.sent.append(ForecastMessage(item, self.state.series[item.reminder], show_at))
        self._close(item, "sent", was_shown=True)

    def _settle(self, item: Leased, reason: str) -> None:
        self._close(
            item, reason, was_shown=reason in SHOWN_ELSEWHERE_REASONS or item.sent_at is not None
        )

    def _close(self, item: Leased, reason: str, *, was_shown: bool) -> None:
        """Store what a dispatcher would read of it later."""
        series = self.state.series.get(item.reminder)
        if series is None or item.slot >= NUDGE_SLOT or item.local_day is None:
            return
        original = self.state.originals.get(item.id)
        if original is not None:
            self.state.originals[item.id] = original._replace(was_shown=was_shown)
        name = (item.local_day, item.slot)
        if series.closed is None or name >= series.closed:
            series.closed, series.row["was"] = name, reason
        if reason == "sent" or item.sent_at is not None:
            series.shown.append(SentOccurrence(*name, item.due_at, item.not_after))


def _by_next_attempt(entry: tuple[datetime, Leased]) -> tuple[datetime, UUID]:
    return entry[0], entry[1].id
