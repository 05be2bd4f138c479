"""Forecast the messages of one patient: the engine's own step, on to a horizon.

A phone plans its local notifications by this forecast; a calendar, which asks by itself, gets the
rules of check-ins.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.timezones import local_to_utc
from care.access.chart import Chart
from care.access.rules import consent_covers_reminders
from care.models import Consent, Patient
from notifications.engine.claim import MOST_ATTEMPTS, leased_from_row
from notifications.engine.context import load_originals, load_patient_contexts, load_series_rows
from notifications.engine.policy import (
    LOOK_BACK,
    MIN_GAP,
    OriginalReminder,
    PatientContext,
    is_quiet,
)
from notifications.engine.select import HISTORY_COLUMNS, NO_MESSAGES, history_from_row
from notifications.engine.step import Leased, PatientState, SentOccurrence, SeriesState, step
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose, Recipient, Reminder
from notifications.reminders import next_due
from notifications.reminders.next_due import LONGEST_SPREAD, last_handled, stored_next
from notifications.reminders.plan import plan_of
from notifications.reminders.recurrence import DueSlot, RecurrenceRule, find_next_slot
from notifications.reminders.sessions import SESSION_HORIZON, sessions_of_patients

State = Occurrence.State
#: As many as a phone can plan by itself (iOS keeps 64), and as far ahead.
FORECAST_LIMIT = 200
FORECAST_HORIZON = timedelta(days=14)
#: What fell due so long ago and does not wait is over: no window is longer than a day.
RECENT_SPAN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ForecastMessage:
    """One message that would be sent, of which series, and when a phone may show it by itself."""

    item: Leased
    series: SeriesState
    show_at: datetime


def forecast_messages(
    *, patient: UUID, until: datetime, now: datetime
) -> Sequence[ForecastMessage]:
    """Return what will be shown to a patient until then, soonest first, at most a phone's worth.

    What would be suppressed by a rule that is known beforehand is left out, nudges are in, and a
    snoozed occurrence has its new time.
    """
    state = _load_state(patient, now=now)
    messages = [] if state is None else step_to(state, now=now, until=until)
    return sorted(messages, key=lambda message: (message.show_at, message.item.id))[:FORECAST_LIMIT]


@dataclass(frozen=True, slots=True)
class CheckInTime:
    """One time of the day of a check-in by the patient's wall clock: the first, and by which rule.

    ``until`` is the last instant at which it may come; None where no end is known.
    """

    reminder_id: UUID
    rev: int
    rule: RecurrenceRule
    zone_name: str
    first: DueSlot
    until: datetime | None


def check_in_times(*, patient: UUID, since: datetime, now: datetime) -> list[CheckInTime]:
    """List the times of a patient's check-ins as rules, for a calendar, from ``since`` on.

    None lies in quiet hours, and while reminders are paused the first ones come after the pause.
    There are none for whoever gets no reminders: not enrolled, discharged, without consent. What
    depends on the patient's entries, such as a check-in that is not needed any more, a rule can't
    say: it comes all the same.
    """
    context = load_patient_contexts(patients=[patient], now=now).get(patient)
    if context is None or not (context.is_enrolled and context.has_consent):
        return []
    is_paused = context.paused_until is not None and context.paused_until > now
    begins = context.paused_until if is_paused and context.paused_until else since
    ends_at = reminders_end_at(patient=patient, now=now)
    rows = Reminder.objects.filter(
        patient_id=patient, purpose=Purpose.CHECKIN, active=True, deleted_at__isnull=True
    )
    times = (
        _check_in_time(row, minute, context, begins, ends_at)
        for row in rows.order_by("created_at", "row")
        for minute in row.minutes
    )
    return [time for time in times if time is not None]


def _check_in_time(
    row: Reminder, minute: int, context: PatientContext, begins: datetime, ends_at: datetime | None
) -> CheckInTime | None:
    rule = replace(plan_of(row).rule, minutes=(minute,))
    zone = context.zone_name
    first = find_next_slot(rule, zone_name=zone, after=max(begins, row.created_at))
    if first is None or is_quiet(first.due_at, context):
        return None
    last_day = rule.ends_on
    last = (
        None if last_day is None else local_to_utc(last_day, time(minute // 60, minute % 60), zone)
    )
    until = min((at for at in (last, ends_at) if at is not None), default=None)
    if until is not None and until < first.due_at:
        return None
    return CheckInTime(row.id, row.rev, rule, zone, first, until)


@dataclass(frozen=True, slots=True)
class UpcomingOccurrence:
    """One occurrence to come, under the name and the tag that it will have."""

    id: UUID
    reminder_id: UUID
    purpose: str
    due_at: datetime
    expires_at: datetime
    tag: str


def upcoming(*, chart: Chart, hours: int, now: datetime) -> Sequence[UpcomingOccurrence]:
    """List what will be shown in the next hours, soonest first, for a phone to plan by itself.

    What would be suppressed by a rule that is known beforehand is left out, nudges are in, and a
    snoozed occurrence has its new time. After any change the answer may differ.
    """
    until = now + timedelta(hours=hours)
    messages = forecast_messages(patient=chart.patient_id, until=until, now=now)
    return [_upcoming_occurrence(message) for message in messages]


def _upcoming_occurrence(message: ForecastMessage) -> UpcomingOccurrence:
    item = message.item
    return UpcomingOccurrence(
        item.id, message.series.id, item.purpose, message.show_at, item.not_after, item.tag
    )


def step_to(state: PatientState, *, now: datetime, until: datetime) -> Iterator[ForecastMessage]:
    """Step on to a horizon, and yield what would be sent later than now, in order."""
    newest = state.history.at
    while (at := state.next_at()) is not None and at <= until + LONGEST_SPREAD:
        retried = {item.id for _, item in state.waiting}
        state, decisions = step(state, now=max(at, now))
        for decision in decisions:
            if not decision.waiting:
                continue
            item = decision.item
            # It is shown at its own time, as only pushes are spread; what had to wait, later.
            is_near = newest is not None and item.due_at < newest + MIN_GAP
            newest = max(at, now) if item.id in retried or is_near else item.due_at
            if now < newest <= until:
                yield ForecastMessage(item, state.series[item.reminder], newest)


def _load_state(patient: UUID, *, now: datetime) -> PatientState | None:
    """Load what decides about a patient's reminders, by a fixed number of statements."""
    context = load_patient_contexts(patients=[patient], now=now).get(patient)
    if context is None:
        return None
    recent = _recent_occurrences(patient, now)
    waiting = [
        (row.next_attempt_at, leased_from_row(row))
        for row in recent
        if row.next_attempt_at is not None and _is_waiting(row)
    ]
    recipient = Recipient.objects.filter(pk=patient).values_list(*HISTORY_COLUMNS).first()
    return PatientState(
        patient=patient,
        context=context,
        history=history_from_row(*recipient) if recipient is not None else NO_MESSAGES,
        sessions=sessions_of_patients(
            patients=[patient], since=now - LOOK_BACK, until=now + SESSION_HORIZON
        ).get(patient, []),
        ends_at=reminders_end_at(patient=patient, now=now),
        series=_series_states(patient, recent, context, now=now),
        waiting=tuple(waiting),
        originals=_originals(recent, [item for _, item in waiting]),
        handled=frozenset(row.id for row in recent),
    )


def reminders_end_at(*, patient: UUID, now: datetime) -> datetime | None:
    """Return when reminders end by a planned discharge or the end of consent; None if neither."""
    discharged_at = Patient.objects.values_list("discharged_at", flat=True).get(pk=patient)
    consents = list(
        Consent.objects.filter(consent_covers_reminders(now), patient_id=patient).values_list(
            "expires_at", flat=True
        )
    )
    ends = [at for at in consents if at is not None]
    consent_ends = max(ends) if ends and len(ends) == len(consents) else None
    return min((at for at in (discharged_at, consent_ends) if at is not None), default=None)


def _recent_occurrences(patient: UUID, now: datetime) -> list[Occurrence]:
    """Load the occurrences that still matter: open ones, and those of the last days."""
    rows = Occurrence.objects.filter(
        Q(due_at__gt=now - RECENT_SPAN) | Q(next_attempt_at__isnull=False), patient_id=patient
    )
    return list(rows.order_by("due_at", "id"))


def _is_waiting(row: Occurrence) -> bool:
    # What a worker holds just now is being sent: it does not come any more.
    return row.state == State.PENDING and row.crash_count < MOST_ATTEMPTS


def _originals(
    recent: Iterable[Occurrence], waiting: Sequence[Leased]
) -> dict[UUID, OriginalReminder]:
    """Return what waiting nudges repeat, and what may be repeated yet, by occurrence."""
    originals = {
        row.id: OriginalReminder(
            row.due_at, was_shown=False, is_answered=row.answered_at is not None
        )
        for row in recent
        if row.slot < next_due.NUDGE_SLOT
    }
    tags = {item.id: next_due.occurrence_of_tag(item.tag) for item in waiting}
    return originals | {
        tags[nudge]: original for nudge, original in load_originals(waiting).items()
    }


def _series_states(
    patient: UUID, recent: Collection[Occurrence], base: PatientContext, *, now: datetime
) -> dict[int, SeriesState]:
    reminders = list(Reminder.objects.filter(patient_id=patient, deleted_at__isnull=True))
    rows = load_series_rows([reminder.row for reminder in reminders], now)
    newest = max(base.logged.values(), default=None)
    return {
        reminder.row: _one_series(
            reminder,
            rows[reminder.row],
            [row for row in recent if row.reminder_id == reminder.row],
            newest,
            now=now,
        )
        for reminder in reminders
    }


def _one_series(
    reminder: Reminder,
    row: dict[str, Any],
    recent: Sequence[Occurrence],
    newest_entry: datetime | None,
    *,
    now: datetime,
) -> SeriesState:
    originals = [occurrence for occurrence in recent if occurrence.slot < next_due.NUDGE_SLOT]
    handled = last_handled(reminder)
    is_open = any(
        (occurrence.local_day, occurrence.slot) == handled
        and occurrence.next_attempt_at is not None
        for occurrence in originals
    )
    return SeriesState(
        id=reminder.id,
        rev=reminder.rev,
        plan=plan_of(reminder),
        next_due=stored_next(reminder),
        row=row,
        misses_counted_from=reminder.misses_counted_from,
        closed=None if is_open else handled,
        shown=tuple(
            SentOccurrence(
                occurrence.local_day, occurrence.slot, occurrence.due_at, occurrence.not_after,
                is_answered=occurrence.answered_at is not None
                or (newest_entry is not None and newest_entry >= occurrence.due_at),
            )
            for occurrence in originals
            if occurrence.state == State.SENT and occurrence.not_after > now
        ),
    )  # fmt: skip
