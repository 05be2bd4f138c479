"""What the engine would send if nothing changed: its own rules, stepped through ahead of time. Pure.

A phone plans its local notifications by this. Nothing is decided here: whether to speak is asked of
the same pure functions that the dispatcher asks at the moment of sending.
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
    """One message of a series that was or will be sent: over at some time, answered or not."""

    day: date
    slot: int
    due_at: datetime
    not_after: datetime
    is_answered: bool = False


@dataclass(slots=True)
class SimulatedSeries:
    """One reminder and how far it has come. ``row`` is what ``wishes.rows_of`` knows of it."""

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
        """Tell what a dispatcher would read of this series at that moment."""
        newest = sorted(self.shown, key=lambda one: (one.day, one.slot), reverse=True)
        missed = [
            int(not one.is_answered)
            for one in newest
            if one.not_after <= at
            and (self.misses_counted_from is None or one.due_at > self.misses_counted_from)
        ]
        latest = [*missed, *self.over, *[None] * MISSES_TO_HALVE][:MISSES_TO_HALVE]
        self.row |= zip(MISSED_COLUMNS, latest, strict=True)
        self.row["next_due_at"] = self.next_due.due_at
        return self.row


@dataclass(slots=True)
class SimulationState:
    """All that is known of one patient's reminders at a moment, and what is planned."""

    patient: UUID
    context_at: Callable[[datetime], PatientContext]
    history: SendHistory
    patient_sessions: Sequence[PatientSession] = ()
    series: dict[int, SimulatedSeries] = field(default_factory=dict)
    #: What is to be taken up again, and when.
    waiting: list[tuple[datetime, Leased]] = field(default_factory=list)
    #: What nudges repeat, and what is handled already, by name.
    originals: dict[UUID, OriginalReminder] = field(default_factory=dict)
    handled: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class ForecastMessage:
    """One message that would be sent, of which series, and when a phone may show it by itself."""

    item: Leased
    series: SimulatedSeries
    show_at: datetime


def simulate(known: SimulationState, *, now: datetime, until: datetime) -> list[ForecastMessage]:
    """List what would be sent later than now, in order; ``known`` is used up by it."""
    simulation = Simulation(known)
    while (at := simulation.next_at()) is not None and at <= until + LONGEST_SPREAD:
        simulation.step(max(at, now))
    return [found for found in simulation.sent if now < found.show_at <= until]


class Simulation:
    """Ticks to come, one after the other."""

    def __init__(self, known: SimulationState) -> None:
        self.known = known
        self.history = known.history
        #: The newest message that was sent already.
        self.sent_before = known.history.at
        self.sent: list[ForecastMessage] = []

    def next_at(self) -> datetime | None:
        """Tell when the engine has something to do next."""
        fresh = [one.next_due.due_at for one in self.known.series.values() if one.next_due.due_at]
        return min([*fresh, *(at for at, _ in self.known.waiting)], default=None)

    def step(self, at: datetime) -> None:
        """Do what a dispatcher does at one tick: claim, ask the rules, take turns, record."""
        facts = self.known.context_at(at)
        again = sorted((one for one in self.known.waiting if one[0] <= at), key=_by_next_attempt)
        self.known.waiting = [one for one in self.known.waiting if one[0] > at]
        items = [*(item for _, item in again), *self._fresh(at)]
        reasons = {item.id: self._silent(item, facts, at) for item in items}
        for item in items:
            reason = reasons[item.id]
            if reason == "halved":
                series = self.known.series[item.reminder]
                series.row["halved_at"] = series.row["halved_at"] or at
            if reason is not None:
                self._settle(item, reason)
        willing = [item for item in items if reasons[item.id] is None]
        spacing, known = SpacingResult(), {self.known.patient: facts}
        for item in in_sending_order(willing, {self.known.patient: self.history}):
            self.history = decide_one(item, spacing, self.history, known, at)
        for item, reason in spacing.suppressed:
            self._settle(item, reason)
        self.known.waiting += [
            (next_attempt_at, item) for item, _, next_attempt_at in spacing.postponed
        ]
        for item in spacing.sending:
            self._speak(item, at, is_again=any(item is one for _, one in again))

    def _fresh(self, at: datetime) -> list[Leased]:
        """Name what falls due, plan its nudge, and let its series go on."""
        found: list[Leased] = []
        for number, series in self.known.series.items():
            item = self._due(number, series, at)
            if item is None:
                continue
            series.next_due = compute_next_due(
                series.plan, name=series.id, zone_name=self.known.context_at(at).zone_name,
                patient_sessions=self.known.patient_sessions, after=at,
                handled=series.next_due.handled,
            )  # fmt: skip
            if item.id not in self.known.handled:
                self.known.originals[item.id] = OriginalReminder(
                    item.due_at, was_shown=False, is_answered=False
                )
                found.append(item)
            again_at = nudge_at(item.due_at, item.not_after, is_wanted=series.plan.nudge)
            if again_at is not None and item.not_after > at:
                self._wait_with_nudge(item, series, again_at)
        return found

    def _due(self, number: int, series: SimulatedSeries, at: datetime) -> Leased | None:
        """Name what comes next of a series, if its time has come."""
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
            patient_id=self.known.patient, reminder_id=series.id, day=next_due.day,
            slot=next_due.slot, session=next_due.session,
        )  # fmt: skip
        return Leased(
            id=name, reminder=number, patient=self.known.patient, purpose=plan.purpose,
            slot=next_due.slot, due_at=due_at,
            not_after=shown_until(due_at, plan.expires_minutes, plan.before_minutes),
            tag=tag_of_occurrence(name), session=next_due.session, local_day=next_due.day,
        )  # fmt: skip

    def _wait_with_nudge(self, item: Leased, series: SimulatedSeries, again_at: datetime) -> None:
        slot = item.slot + NUDGE_SLOT
        name = occurrence_id(
            patient_id=item.patient, reminder_id=series.id, day=item.local_day or date.max,
            slot=slot, session=item.session,
        )  # fmt: skip
        if name not in self.known.handled:
            nudge = replace(item, id=name, slot=slot, due_at=again_at)
            self.known.waiting.append((again_at, nudge))

    def _silent(self, item: Leased, facts: PatientContext, at: datetime) -> str | None:
        series = self.known.series.get(item.reminder)
        reminder_context = None
        if series is not None:
            reminder_context = build_reminder_context(
                item, series.row_at(at),
                original=self.known.originals.get(occurrence_of_tag(item.tag)),
                session_stands=self._stands(item, at), last_session_at=self._last_session(item, at),
            )  # fmt: skip
        return suppression_reason(
            facts=facts,
            reminder_context=reminder_context,
            due_at=item.due_at,
            not_after=item.not_after,
            now=at,
        )

    def _stands(self, item: Leased, at: datetime) -> bool | None:
        if item.session is None:
            return None
        return any(
            patient_session.session == item.session
            and patient_session.day == item.local_day
            and patient_session.starts_at > at
            for patient_session in self.known.patient_sessions
        )

    def _last_session(self, item: Leased, at: datetime) -> datetime | None:
        if item.purpose != Purpose.PRE_SESSION:
            return None
        ended = [
            one.ends_at for one in self.known.patient_sessions if at - LOOK_BACK < one.ends_at <= at
        ]
        return max(ended, default=None)

    def _speak(self, item: Leased, at: datetime, *, is_again: bool) -> None:
        """Show it at its time; only the server's push is spread, and some had to wait."""
        newest = self.sent[-1].show_at if self.sent else self.sent_before
        is_near = newest is not None and item.due_at < newest + MIN_GAP
        show_at = at if is_again or is_near else item.due_at
        self.sent.append(ForecastMessage(item, self.known.series[item.reminder], show_at))
        self._close(item, "sent", was_shown=True)

    def _settle(self, item: Leased, reason: str) -> None:
        self._close(
            item, reason, was_shown=reason in SHOWN_ELSEWHERE_REASONS or item.sent_at is not None
        )

    def _close(self, item: Leased, reason: str, *, was_shown: bool) -> None:
        """Remember what a dispatcher would read of it later."""
        series = self.known.series.get(item.reminder)
        if series is None or item.slot >= NUDGE_SLOT or item.local_day is None:
            return
        original = self.known.originals.get(item.id)
        if original is not None:
            self.known.originals[item.id] = original._replace(was_shown=was_shown)
        name = (item.local_day, item.slot)
        if series.closed is None or name >= series.closed:
            series.closed, series.row["was"] = name, reason
        if reason == "sent" or item.sent_at is not None:
            series.shown.append(SentOccurrence(*name, item.due_at, item.not_after))


def _by_next_attempt(one: tuple[datetime, Leased]) -> tuple[datetime, UUID]:
    return one[0], one[1].id
