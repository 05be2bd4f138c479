"""One pure step of a patient's reminders: what is due becomes what is sent, waits or is left out.

1. ``due_occurrence`` is what a series whose time has come calls for, and ``nudge_of`` its nudge.
2. ``decide`` says of each occurrence in hand whether it is sent now, waits, or is left out.
3. ``step`` does both, and returns the state in which the rows are afterwards.

The dispatcher does the first in its claim, and the second when it sends, as facts may have changed
by then. The forecast steps on to its horizon. None of it reads rows or a clock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from notifications.engine.policy import (
    LOOK_BACK,
    MISSES_TO_HALVE,
    NUDGE_AFTER,
    Candidate,
    OriginalReminder,
    PatientContext,
    ReminderContext,
    SendHistory,
    decide_spacing,
    nudge_at,
    suppression_reason,
)
from notifications.models.reminder import Purpose
from notifications.reminders.next_due import (
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
from notifications.reminders.sessions import (
    PatientSession,
    is_in_session,
    last_session_end,
    planned_sessions,
)

#: Why nothing was sent of what was shown all the same: by another message, by the phone.
SHOWN_ELSEWHERE_REASONS = frozenset({"bundled", "on_phone"})
#: The columns of the newest misses in a row of ``context.load_series_rows``.
MISSED_COLUMNS = tuple(f"missed_{place}" for place in range(MISSES_TO_HALVE))


@dataclass(slots=True)
class Leased:
    """One occurrence in hand, which may be sent."""

    id: UUID
    reminder: int
    patient: UUID
    purpose: str
    slot: int
    due_at: datetime
    not_after: datetime
    tag: str
    ambiguous_count: int = 0
    #: How often a worker began on it before, and how often of these the worker died.
    attempts: int = 0
    crash_count: int = 0
    settled_devices: tuple[str, ...] = ()
    is_snoozed: bool = False
    sent_at: datetime | None = None
    #: The session that it announces, on the day of the clinic's calendar that it was planned for.
    session: UUID | None = None
    local_day: date | None = None
    #: How many occurrences its message stands for.
    waiting: int = 1

    @property
    def minute(self) -> int:
        """Return the minute of the local day that it was planned for."""
        return self.slot % NUDGE_SLOT

    @property
    def is_nudge(self) -> bool:
        """Whether it repeats another one."""
        return self.slot >= NUDGE_SLOT


def due_occurrence(
    *,
    number: int,
    reminder_id: UUID,
    patient_id: UUID,
    purpose: str,
    expires_minutes: int,
    before_minutes: int | None,
    taken_at: datetime,
    day: date,
    slot: int,
    spread: int,
    session: UUID | None,
) -> Leased:
    """Return the occurrence of a series (row ``number``), planned ``spread`` seconds earlier."""
    due_at = taken_at - timedelta(seconds=spread)
    name = occurrence_id(
        patient_id=patient_id, reminder_id=reminder_id, day=day, slot=slot, session=session
    )
    return Leased(
        id=name, reminder=number, patient=patient_id, purpose=purpose, slot=slot, due_at=due_at,
        not_after=shown_until(due_at, expires_minutes, before_minutes),
        tag=tag_of_occurrence(name), session=session, local_day=day,
    )  # fmt: skip


def nudge_of(item: Leased, *, reminder_id: UUID, is_wanted: bool) -> Leased | None:
    """Return the nudge that takes an occurrence's place on the phone; None where none is due."""
    due_at = nudge_at(item.due_at, item.not_after, is_wanted=is_wanted)
    if due_at is None or item.local_day is None:
        return None
    slot = item.slot + NUDGE_SLOT
    name = occurrence_id(
        patient_id=item.patient, reminder_id=reminder_id, day=item.local_day, slot=slot,
        session=item.session,
    )  # fmt: skip
    return replace(item, id=name, slot=slot, due_at=due_at)


def reminder_context(
    item: Leased,
    row: Mapping[str, Any],
    *,
    original: OriginalReminder | None,
    session_stands: bool | None,
    last_session_at: datetime | None,
) -> ReminderContext:
    """Build the context of an occurrence; ``row`` is its series' of ``load_series_rows``."""
    return ReminderContext(
        is_active=row["active"] and row["deleted_at"] is None,
        purpose=item.purpose,
        skip_if_logged=row["skip_if_logged"],
        is_snoozed=item.is_snoozed,
        previous_at=_previous_of_day(item, row["minutes"]),
        next_at=row["next_due_at"],
        original=original if item.is_nudge else None,
        session_stands=session_stands,
        last_session_at=last_session_at,
        is_missed=_is_missed(row),
        is_halved=row["halved_at"] is not None,
        was_left_out=row["was"] == "halved",
    )


def _is_missed(row: Mapping[str, Any]) -> bool:
    """Whether the newest occurrences of a series were all missed.

    A session's own reminder asks for no answer, and what follows sessions has no time to change.
    """
    asks_for_answer = row["purpose"] != Purpose.SESSION and row["minutes"]
    return bool(asks_for_answer) and all(row[name] == 1 for name in MISSED_COLUMNS)


def _previous_of_day(item: Leased, minutes: Sequence[int]) -> datetime | None:
    slot, due_at = item.slot, item.due_at
    if item.is_nudge:
        slot, due_at = slot - NUDGE_SLOT, due_at - NUDGE_AFTER
    earlier = [minute for minute in minutes if minute < slot]
    return due_at - timedelta(minutes=slot - earlier[-1]) if earlier else None


class OccurrenceDecision(NamedTuple):
    """What happens with one occurrence: sent for so many that wait, or not now and why."""

    item: Leased
    #: How many occurrences its message stands for; 0 where none is sent.
    waiting: int = 0
    reason: str = ""
    #: When it is tried again, if ever.
    next_attempt_at: datetime | None = None


def decide(
    items: Iterable[Leased],
    *,
    patient: PatientContext | None,
    reminders: Mapping[UUID, ReminderContext],
    history: SendHistory,
    now: datetime,
) -> tuple[SendHistory, list[OccurrenceDecision]]:
    """Decide about occurrences of one patient; return the history of messages after it as well.

    ``patient`` and ``reminders`` (by occurrence) are the facts of this moment. At most one is sent,
    but for retries and snoozed ones: the rules of spacing see each message before the next.
    """
    decisions: list[OccurrenceDecision] = []
    willing: list[Leased] = []
    for item in items:
        reason = suppression_reason(
            patient_context=patient, reminder_context=reminders.get(item.id),
            due_at=item.due_at, not_after=item.not_after, now=now,
        )  # fmt: skip
        if reason is None:
            willing.append(item)
        else:
            decisions.append(OccurrenceDecision(item, reason=reason))
    if not willing or patient is None:
        return history, decisions
    sent: dict[UUID, OccurrenceDecision] = {}
    for item in in_sending_order(willing, newest=history.of):
        repeats = occurrence_of_tag(item.tag) if item.is_nudge else None
        candidate = Candidate(item.id, item.due_at, item.not_after, item.is_snoozed, repeats)
        spacing = decide_spacing(candidate, history=history, patient_context=patient, now=now)
        if spacing.may:
            history = history.after_sending(item.id, at=now, is_nudge=item.is_nudge)
            sent[item.id] = OccurrenceDecision(item, waiting=1)
            continue
        decisions.append(
            OccurrenceDecision(item, reason=spacing.reason, next_attempt_at=spacing.next_attempt_at)
        )
        if spacing.reason == "bundled" and history.of in sent:
            carrier = sent[history.of]
            sent[history.of] = carrier._replace(waiting=carrier.waiting + 1)
    return history, [*decisions, *sent.values()]


def in_sending_order(items: Sequence[Leased], *, newest: UUID | None) -> Sequence[Leased]:
    """Sort retries of the newest message first, then snoozed ones, then the longest overdue."""
    if len(items) < 2:  # nearly always, and the sort would take longer than the decision
        return items
    return sorted(
        items, key=lambda item: (item.id != newest, not item.is_snoozed, item.due_at, item.id.int)
    )


class SentOccurrence(NamedTuple):
    """One occurrence of a series that was or will be sent, and whether it is answered."""

    day: date
    slot: int
    due_at: datetime
    not_after: datetime
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class SeriesState:
    """One series and its progress. ``row`` is the one of ``context.load_series_rows``."""

    id: UUID
    rev: int
    plan: ReminderPlan
    next_due: NextDue
    row: Mapping[str, Any]
    misses_counted_from: datetime | None
    #: The newest occurrence that is settled.
    closed: HandledSlot | None
    #: What was sent and is not over yet; what was over before is in ``row``.
    shown: tuple[SentOccurrence, ...] = ()

    def row_at(self, at: datetime) -> dict[str, Any]:
        """Return the row that a dispatcher would load of this series at that moment."""
        missed = [
            int(not occurrence.is_answered)
            for occurrence in sorted(self.shown, reverse=True)
            if occurrence.not_after <= at
            and (self.misses_counted_from is None or occurrence.due_at > self.misses_counted_from)
        ]
        before = [self.row[name] for name in MISSED_COLUMNS]
        newest = zip(MISSED_COLUMNS, [*missed, *before], strict=False)
        return {**self.row, **dict(newest), "next_due_at": self.next_due.due_at}

    def after(self, item: Leased, *, reason: str, is_sent: bool, at: datetime) -> "SeriesState":
        """Return the series after one of its occurrences, no nudge, was settled."""
        row, closed, shown = dict(self.row), self.closed, self.shown
        if reason == "halved":
            row["halved_at"] = row["halved_at"] or at
        if item.local_day is None:
            return replace(self, row=row)
        name = (item.local_day, item.slot)
        if closed is None or name >= closed:
            closed, row["was"] = name, reason
        if is_sent:
            shown = (*shown, SentOccurrence(*name, item.due_at, item.not_after))
        return replace(self, row=row, closed=closed, shown=shown)


@dataclass(frozen=True, slots=True)
class PatientState:
    """The state of one patient's reminders and sessions at a moment."""

    patient: UUID
    context: PatientContext
    history: SendHistory
    sessions: Sequence[PatientSession] = ()
    #: When reminders end, by a planned discharge or the end of consent.
    ends_at: datetime | None = None
    #: By the row of the series.
    series: Mapping[int, SeriesState] = field(default_factory=dict)
    #: Occurrences to be tried again, and when.
    waiting: tuple[tuple[datetime, Leased], ...] = ()
    #: What nudges repeat, and what is handled already, by occurrence.
    originals: Mapping[UUID, OriginalReminder] = field(default_factory=dict)
    handled: Collection[UUID] = frozenset()

    def context_at(self, at: datetime) -> PatientContext:
        """Return the context of the patient as a dispatcher would load it at that moment."""
        return self.context._replace(
            is_enrolled=self.context.is_enrolled and (self.ends_at is None or at < self.ends_at),
            is_in_session=is_in_session(self.sessions, at=at),
        )

    def next_at(self) -> datetime | None:
        """Return when there is something to do next."""
        due_times = [series.next_due.due_at for series in self.series.values()]
        waits = [*due_times, *(at for at, _ in self.waiting)]
        return min((at for at in waits if at is not None), default=None)


def step(
    state: PatientState, *, now: datetime
) -> tuple[PatientState, Sequence[OccurrenceDecision]]:
    """Do what is due at ``now``; return the state after it, and what was decided.

    ``state`` stays as it was, and the same step again decides the same.
    """
    state, items = _take_due(state, now)
    reminders = {
        item.id: _context_of(state, item, now) for item in items if item.reminder in state.series
    }
    history, decisions = decide(
        items, patient=state.context_at(now), reminders=reminders, history=state.history, now=now
    )
    series, originals, waiting = dict(state.series), dict(state.originals), [*state.waiting]
    for decision in decisions:
        item = decision.item
        if decision.next_attempt_at is not None:
            waiting.append((decision.next_attempt_at, item))
        elif not item.is_nudge and item.reminder in series:
            is_sent = bool(decision.waiting) or item.sent_at is not None
            series[item.reminder] = series[item.reminder].after(
                item, reason=decision.reason or "sent", is_sent=is_sent, at=now
            )
            if item.id in originals:
                was_shown = is_sent or decision.reason in SHOWN_ELSEWHERE_REASONS
                originals[item.id] = originals[item.id]._replace(was_shown=was_shown)
    after = replace(
        state, history=history, series=series, originals=originals, waiting=tuple(waiting)
    )
    return after, decisions


def _take_due(state: PatientState, now: datetime) -> tuple[PatientState, list[Leased]]:
    """Take what is due in hand: what waited, and the next of each series, which goes on."""
    items = [item for at, item in state.waiting if at <= now]
    waiting = [(at, item) for at, item in state.waiting if at > now]
    series, originals = dict(state.series), dict(state.originals)
    for number, one in state.series.items():
        item = _due_of(state, number, one, now)
        if item is None:
            continue
        series[number] = replace(
            one,
            next_due=compute_next_due(
                one.plan, name=one.id, zone_name=state.context.zone_name,
                patient_sessions=state.sessions, after=now, handled=one.next_due.handled,
            ),
        )  # fmt: skip
        if item.id not in state.handled:
            originals[item.id] = OriginalReminder(item.due_at, was_shown=False, is_answered=False)
            items.append(item)
        nudge = nudge_of(item, reminder_id=one.id, is_wanted=one.plan.nudge)
        if nudge is not None and item.not_after > now and nudge.id not in state.handled:
            waiting.append((nudge.due_at, nudge))
    return replace(state, series=series, originals=originals, waiting=tuple(waiting)), items


def _due_of(state: PatientState, number: int, series: SeriesState, now: datetime) -> Leased | None:
    plan, (due_at, day, slot, spread, session) = series.plan, series.next_due
    if due_at is None or day is None or slot is None or due_at > now:
        return None
    return due_occurrence(
        number=number, reminder_id=series.id, patient_id=state.patient, purpose=plan.purpose,
        expires_minutes=plan.expires_minutes, before_minutes=plan.before_minutes,
        taken_at=due_at, day=day, slot=slot, spread=spread, session=session,
    )  # fmt: skip


def _context_of(state: PatientState, item: Leased, at: datetime) -> ReminderContext:
    session_stands, last_session_at = None, None
    if item.session is not None:
        planned = planned_sessions(state.sessions, at=at)
        session_stands = (item.session, item.local_day) in planned
    if item.purpose == Purpose.PRE_SESSION:
        last_session_at = last_session_end(state.sessions, since=at - LOOK_BACK, at=at)
    return reminder_context(
        item, state.series[item.reminder].row_at(at),
        original=state.originals.get(occurrence_of_tag(item.tag)),
        session_stands=session_stands, last_session_at=last_session_at,
    )  # fmt: skip
