"""Calls about safety events: whom they may be about, who is called and how they are reached.

Calls are recorded for the outbox and claimed by it, and open a chart to whoever was called.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from backend.kit.db import rls_actor
from care.access.chart import Chart, NoSuchChart, build_chart
from care.access.data_categories import REQUIRED_SCOPE, DataCategory
from care.access.log import REASON_ON_CALL
from care.access.rules import consent_covers, membership_holds, sharing_levels_of_role
from care.models import (
    CareTeamMembership,
    Consent,
    Patient,
    StaffCall,
    StaffContact,
    User,
)
from care.oncall.safety_settings import settings_of_clinic

#: For how long a call entitles whom it called to see that the event is there.
CALL_ENTITLES_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PatientWithTherapists:
    """A patient by name, and the names of their own therapists."""

    name: str
    therapists: tuple[str, ...]


def notifiable_patients(*, patients: Collection[UUID], now: datetime) -> set[UUID]:
    """Find the patients about whom staff may be called: consent covers safety, not discharged.

    A consent that names one clinician lets nobody else be called, and calls go by the rota.
    """
    rows = Patient.objects.filter(
        _safety_consent_exists(now, None, "pk"),
        pk__in=patients,
        discharged_at__isnull=True,
    )
    return set(rows.values_list("pk", flat=True))


def event_levels_by_patient(*, viewer: User, now: datetime) -> dict[UUID, frozenset[str]]:
    """Return whose safety events a clinician may see now, and which sharing levels of each.

    For lists over many patients; what is shown of each is logged by ``log_reads_many``.
    """
    rows = CareTeamMembership.objects.filter(
        membership_holds(now), _safety_consent_exists(now, viewer.pk), clinician_id=viewer.pk,
        patient__user__clinic_id=viewer.clinic_id,
    ).values_list("patient_id", "role")  # fmt: skip
    levels: dict[UUID, frozenset[str]] = {}
    for patient_id, role in rows:
        levels[patient_id] = levels.get(patient_id, frozenset()) | sharing_levels_of_role(role)
    return levels


def patients_with_therapists(*, patients: Collection[UUID]) -> dict[UUID, PatientWithTherapists]:
    """Return the names of these patients and of their own therapists, in two statements."""
    names = dict(User.objects.filter(pk__in=patients).values_list("pk", "display_name"))
    rows = CareTeamMembership.objects.filter(
        patient_id__in=patients,
        role=CareTeamMembership.Role.PRIMARY_THERAPIST,
        ends_at__isnull=True,
    )
    therapists: dict[UUID, list[str]] = {}
    for patient_id, name in rows.order_by("starts_at", "id").values_list(
        "patient_id", "clinician__display_name"
    ):
        therapists.setdefault(patient_id, []).append(name)
    return {
        patient_id: PatientWithTherapists(name, tuple(therapists.get(patient_id, ())))
        for patient_id, name in names.items()
    }


def reachable_staff(*, staff: Iterable[UUID]) -> set[UUID]:
    """Find those of the staff who still work here and have an address."""
    rows = StaffContact.objects.filter(
        user_id__in=set(staff), user__is_active=True, user__role=User.Role.CLINICIAN
    )
    return set(rows.values_list("user_id", flat=True))


def staff_addresses(*, staff: Collection[UUID]) -> dict[UUID, str]:
    """Read the address of each of these; whoever left is left out."""
    rows = StaffContact.objects.filter(
        user_id__in=staff, user__is_active=True, user__role=User.Role.CLINICIAN
    )
    return dict(rows.values_list("user_id", "email"))


def record_calls(
    *,
    event_id: UUID,
    patient_id: UUID,
    step: int,
    parts: Mapping[UUID, str],
    at_work: Collection[UUID],
    now: datetime,
) -> None:
    """Record whom a step calls, in the caller's transaction."""
    StaffCall.objects.bulk_create(
        StaffCall(
            event_id=event_id,
            patient_id=patient_id,
            clinician_id=clinician,
            part=part,
            step=step,
            at_work=clinician in at_work,
            at=now,
        )
        for clinician, part in parts.items()
    )


def claim_calls(*, now: datetime, limit: int = 200) -> list[StaffCall]:
    """Claim the calls that are not in the outbox yet, in the caller's transaction.

    Of two who claim at once each call goes to one.
    """
    waiting = StaffCall.objects.filter(claimed_at__isnull=True)
    claimed = list(waiting.order_by("at", "id").select_for_update(skip_locked=True)[:limit])
    StaffCall.objects.filter(id__in=[row.pk for row in claimed]).update(claimed_at=now)
    return claimed


def events_with_calls(*, event_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Find the events about which somebody was called, and whether one of them was at work."""
    rows = StaffCall.objects.filter(event_id__in=event_ids).values_list("event_id", "at_work")
    at_work_by_event: dict[UUID, bool] = {}
    for event_id, at_work in rows:
        at_work_by_event[event_id] = at_work_by_event.get(event_id, False) or at_work
    return at_work_by_event


def events_called_of(*, clinician_id: UUID, now: datetime) -> set[UUID]:
    """Find the events that a clinician was called about lately."""
    return set(_recent_calls(clinician_id, now).values_list("event_id", flat=True))


def is_on_call(*, viewer: User, patient_id: UUID, now: datetime) -> bool:
    """Whether somebody is on duty or backup now, or was called about this patient lately."""
    staffing = settings_of_clinic(clinic_id=viewer.clinic_id).staffing
    at_work = {*staffing.on_duty(now), *staffing.backups(now)} if staffing.is_staffed(now) else ()
    if staffing.alerts_on and viewer.pk in at_work:
        return True
    return _recent_calls(viewer.pk, now).filter(patient_id=patient_id).exists()


def open_on_call_chart(
    *, viewer: User, patient_id: UUID, what: DataCategory, now: datetime
) -> Chart:
    """Open a chart that shows no entries, for a clinician who is on duty or was called.

    It lets them see that a safety event is there and clear it, never the patient's words. A denial
    is not logged here: whoever asks first asked for the care team's chart, and that was.

    :raises NoSuchChart: for everybody else, without consent, and after discharge.
    """
    is_staff = viewer.role == User.Role.CLINICIAN
    with rls_actor.acting_as(rls_actor.SAFETY_ACTOR):
        if not is_staff or not is_on_call(viewer=viewer, patient_id=patient_id, now=now):
            raise NoSuchChart
        patient = Patient.objects.filter(
            consent_covers(now, what, viewer=viewer.pk, prefix="consents__"), pk=patient_id,
            user__clinic_id=viewer.clinic_id, discharged_at__isnull=True,
        ).first()  # fmt: skip
    if patient is None:
        raise NoSuchChart
    # The rota is no row that a policy could ask.
    rls_actor.grant_patient_visibility([patient_id])
    parts = frozenset(
        REQUIRED_SCOPE[category] for category in (what,) if category in REQUIRED_SCOPE
    )
    return build_chart(
        viewer,
        patient.pk,
        patient.wrapped_key,
        reason=REASON_ON_CALL,
        sharing_levels=frozenset(),
        parts=parts,
    )


def _safety_consent_exists(
    now: datetime, viewer: UUID | None, patient: str = "patient_id"
) -> Exists:
    agreed = consent_covers(now, DataCategory.SAFETY_EVENTS, viewer=viewer)
    return Exists(Consent.objects.filter(agreed, patient_id=OuterRef(patient)))


def _recent_calls(clinician_id: UUID, now: datetime) -> "QuerySet[StaffCall]":
    return StaffCall.objects.filter(
        clinician_id=clinician_id, at__gt=now - CALL_ENTITLES_FOR, at__lte=now
    )
