"""Escalate safety events (CLINICAL §3): whom a step calls, when the next is due, taking due steps.

Level 2 calls who is on duty, in staffed hours only; unacknowledged, it calls the backup too after
the clinic's minutes, and both again after some hours. Level 3 calls duty and backup at once, at any
hour, and repeats until somebody acknowledges. What is shared with the own therapist alone calls
that therapist instead, at the same moments.

Each call is a row that is the job of its mail as well; ``notifications.staff.outbox`` sends it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from backend.kit.jobs import Queue
from care.access.data_categories import DataCategory
from care.access.rules import consent_covers
from care.models import Consent, Patient, StaffCall
from care.oncall.chart import recent_calls
from care.oncall.safety_settings import SafetySettings, settings_of_patient, staff_addresses
from care.oncall.schedule import OnCallSchedule
from care.programme.care_team import primary_therapists_of
from journaling.models import SafetyEvent
from journaling.safety.rules import EMERGENCY

#: Ours: level 2 must be acknowledged too, so it comes back, yet not so often that nobody reads it.
URGENT_REPEAT = timedelta(hours=4)
#: Ours: outside staffed hours level 3 repeats, but no more than so.
CLOSED_REPEAT = timedelta(hours=1)
CallRole = StaffCall.Part
#: The mails of calls. After so long the step is over: a newer one calls again.
CALL_MAILS = Queue(
    StaffCall,
    lease_period=timedelta(minutes=2),
    first_pause=timedelta(seconds=15),
    longest_pause=timedelta(minutes=4),
)
CALL_GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Whom to call now (may be nobody), who of them is at work, and when to look again."""

    parts: Mapping[UUID, str]
    at_work: frozenset[UUID]
    next_at: datetime | None


NO_STEP = EscalationStep({}, frozenset(), None)


class CallNotNeeded(Exception):
    """Nothing is sent for a call; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def escalate_due(*, now: datetime, limit: int = 100) -> int:
    """Take the next step of every event whose time has come; return how many were looked at.

    Any number may run at once: an event goes to one of them.
    """
    with transaction.atomic():
        due = (
            SafetyEvent.objects.select_for_update(skip_locked=True)
            .filter(next_call_at__lte=now)
            .order_by("next_call_at", "id")[:limit]
        )
        events = list(due)
        for event in events:
            escalate(event, settings_of_patient(patient_id=event.patient_id), now)
    return len(events)


def escalate(event: SafetyEvent, setting: SafetySettings, now: datetime) -> None:
    """Call whom the event's next step calls, as consent and rota are at this moment."""
    staffing, patient_id = setting.staffing, event.patient_id
    may_be = staffing.alerts_on and notifiable_patients(patients=[patient_id], now=now)
    if not may_be:
        SafetyEvent.objects.filter(pk=event.pk).update(next_call_at=None)
        return
    is_own = event.audience == SafetyEvent.Audience.THERAPIST
    therapists = primary_therapists_of(patient_id=patient_id, now=now) if is_own else None
    step = next_step(
        level=event.level,
        step=event.step,
        staffing=staffing,
        therapists=therapists,
        reachable=staff_addresses(staff=callable_staff(staffing, now, therapists)),
        now=now,
    )
    record_calls(
        event_id=event.pk, patient_id=patient_id, step=event.step, parts=step.parts,
        at_work=step.at_work, now=now,
    )  # fmt: skip
    SafetyEvent.objects.filter(pk=event.pk).update(
        next_call_at=step.next_at, step=event.step + (1 if step.parts else 0)
    )


def callable_staff(
    staffing: OnCallSchedule, now: datetime, therapists: Sequence[UUID] | None
) -> dict[UUID, str]:
    """List everybody whom a step may call; the part that comes first holds."""
    if therapists is not None:
        return dict.fromkeys(therapists, CallRole.THERAPIST)
    backups: dict[UUID, str] = dict.fromkeys(staffing.backups(now), CallRole.BACKUP)
    return backups | dict.fromkeys(staffing.next_on_duty(now), CallRole.DUTY)


def next_step(
    *,
    level: int,
    step: int,
    staffing: OnCallSchedule,
    therapists: Sequence[UUID] | None,
    reachable: Collection[UUID],
    now: datetime,
) -> EscalationStep:
    """Decide one step. ``therapists`` is None where the whole care team may know."""
    if not staffing.alerts_on:
        return NO_STEP
    if level < EMERGENCY and not staffing.is_staffed(now):
        return EscalationStep({}, frozenset(), staffing.next_opening(now))
    parts = {
        who: part
        for who, part in callable_staff(staffing, now, therapists).items()
        if who in reachable
    }
    if level < EMERGENCY and step == 0 and CallRole.DUTY in parts.values():
        parts = {who: part for who, part in parts.items() if part == CallRole.DUTY}
    at_work = staffing.on_call(now) & parts.keys()
    return EscalationStep(parts, at_work, _next_call_at(level, step, staffing, now))


def next_call_after_failed_contact(
    *, level: int, staffing: OnCallSchedule, now: datetime
) -> datetime | None:
    """Return when to call again after a failed contact: as soon as after a first call.

    None where the clinic has switched no alerts on, since then nobody is ever called.
    """
    if not staffing.alerts_on:
        return None
    if level < EMERGENCY and not staffing.is_staffed(now):
        return staffing.next_opening(now)
    return _next_call_at(level, 0, staffing, now)


def _next_call_at(level: int, step: int, staffing: OnCallSchedule, now: datetime) -> datetime:
    if level < EMERGENCY:
        return now + (staffing.escalate if step == 0 else URGENT_REPEAT)
    if staffing.is_staffed(now):
        return now + staffing.repeat
    opening = staffing.next_opening(now)
    return min(now + CLOSED_REPEAT, opening) if opening is not None else now + CLOSED_REPEAT


def notifiable_patients(*, patients: Collection[UUID], now: datetime) -> set[UUID]:
    """Find the patients about whom staff may be called: consent covers safety, not discharged.

    A consent that names one clinician lets nobody else be called, and calls go by the rota.
    """
    agreed = consent_covers(now, DataCategory.SAFETY_EVENTS, viewer=None)
    rows = Patient.objects.filter(
        Exists(Consent.objects.filter(agreed, patient_id=OuterRef("pk"))),
        pk__in=patients,
        discharged_at__isnull=True,
    )
    return set(rows.values_list("pk", flat=True))


def notifiable_events(*, event_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Find the events that are still open and of which staff may be notified at this moment."""
    rows = SafetyEvent.objects.filter(pk__in=event_ids, acknowledged_at__isnull=True)
    patient_by_event = dict(rows.values_list("pk", "patient_id"))
    patients = notifiable_patients(patients=set(patient_by_event.values()), now=now)
    return {event_id for event_id, patient_id in patient_by_event.items() if patient_id in patients}


def record_calls(
    *,
    event_id: UUID,
    patient_id: UUID,
    step: int,
    parts: Mapping[UUID, str],
    at_work: Collection[UUID],
    now: datetime,
) -> None:
    """Record whom a step calls, each with its mail to be sent, in the caller's transaction."""
    StaffCall.objects.bulk_create(
        StaffCall(
            event_id=event_id,
            patient_id=patient_id,
            clinician_id=clinician,
            part=part,
            step=step,
            at_work=clinician in at_work,
            at=now,
            next_attempt_at=now,
        )
        for clinician, part in parts.items()
    )


def address_of_call(*, call: StaffCall, now: datetime) -> str:
    """Return the address to which the mail of a call goes, as of the moment of sending.

    :raises CallNotNeeded: the event is open no more or may not be told of, or whom it calls left.
    """
    if not notifiable_events(event_ids=[call.event_id], now=now):
        raise CallNotNeeded("not_open")
    address = staff_addresses(staff=[call.clinician_id]).get(call.clinician_id)
    if address is None:
        raise CallNotNeeded("no_address")
    return address


def events_with_calls(*, event_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Find the events about which somebody was called, and whether one of them was at work."""
    rows = StaffCall.objects.filter(event_id__in=event_ids).values_list("event_id", "at_work")
    at_work_by_event: dict[UUID, bool] = {}
    for event_id, at_work in rows:
        at_work_by_event[event_id] = at_work_by_event.get(event_id, False) or at_work
    return at_work_by_event


def events_called_of(*, clinician_id: UUID, now: datetime) -> set[UUID]:
    """Find the events that a clinician was called about lately."""
    calls = recent_calls(clinician_id=clinician_id, now=now)
    return set(calls.values_list("event_id", flat=True))
