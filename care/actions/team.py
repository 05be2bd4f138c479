"""The care team: who treats a patient, in which part, from when until when."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.kit.errors import InvalidInput
from care import access
from care.access import DataClass, on_team
from care.models import CareTeamMembership, User


class NotPrimary(Exception):
    """The caller is on the care team, but only a primary therapist decides who else is."""


class LastTherapist(Exception):
    """Somebody must stay responsible: the only primary therapist can't leave."""


def add_to_team(
    *, clinician: User, patient_id: UUID, colleague_id: UUID, role: str, now: datetime
) -> CareTeamMembership:
    """Bring a colleague of the clinic into a patient's care team, or give them another part in it.

    Only a primary therapist of the patient decides that.

    :raises care.access.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimary: the caller is no primary therapist of this patient; logged.
    :raises backend.kit.errors.InvalidInput: no such colleague.
    :raises LastTherapist: the patient's only primary therapist would get another part.
    """
    refuse_unless_primary(clinician, patient_id, now)
    if not User.objects.filter(
        pk=colleague_id,
        clinic_id=clinician.clinic_id,
        role=User.Role.CLINICIAN,
        is_active=True,
    ).exists():
        raise InvalidInput.of("clinician", "unknown", "No such clinician in this clinic.")
    with transaction.atomic():
        open_now = _open(patient_id).filter(clinician_id=colleague_id)
        found = open_now.filter(on_team(now), role=role).first()
        if found is not None:
            return found
        open_now.update(ends_at=now)
        made = CareTeamMembership.objects.create(
            patient_id=patient_id, clinician_id=colleague_id, role=role, starts_at=now
        )
        _refuse_without_primary(patient_id)
        _log(clinician, patient_id, now)
    return made


def end_membership(*, clinician: User, patient_id: UUID, colleague_id: UUID, now: datetime) -> bool:
    """Let a colleague leave the care team now; return whether they were on it.

    :raises care.access.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimary: the caller is no primary therapist of this patient; logged.
    :raises LastTherapist: they are the patient's only primary therapist.
    """
    refuse_unless_primary(clinician, patient_id, now)
    with transaction.atomic():
        ended = _open(patient_id).filter(clinician_id=colleague_id).update(ends_at=now)
        _refuse_without_primary(patient_id)
        if ended:
            _log(clinician, patient_id, now)
    return bool(ended)


def let_in(*, patient_id: UUID, clinician_id: UUID, role: str, now: datetime) -> None:
    """Put a clinician on a care team unless they are on it, inside the caller's transaction."""
    if not _open(patient_id).filter(clinician_id=clinician_id).exists():
        CareTeamMembership.objects.create(
            patient_id=patient_id, clinician_id=clinician_id, role=role, starts_at=now
        )


def is_on_team(*, patient_id: UUID, clinician_id: UUID, now: datetime) -> bool:
    """Whether a clinician is on a patient's care team at that moment."""
    rows = _open(patient_id).filter(on_team(now), clinician_id=clinician_id)
    return rows.exists()


def refuse_unless_primary(clinician: User, patient_id: UUID, now: datetime) -> None:
    """Make sure that the caller decides who is on this care team.

    :raises care.access.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimary: the caller is no primary therapist of this patient; logged.
    """
    access.check_team(viewer=clinician, patient_id=patient_id, what=DataClass.CARE_TEAM, now=now)
    is_primary = CareTeamMembership.objects.filter(
        on_team(now),
        patient_id=patient_id,
        clinician_id=clinician.pk,
        role=CareTeamMembership.Role.PRIMARY_THERAPIST,
    )
    if not is_primary.exists():
        access.log_denial(viewer=clinician, what=DataClass.CARE_TEAM, reason="not_primary", now=now)
        raise NotPrimary


def _open(patient_id: UUID) -> "QuerySet[CareTeamMembership]":
    return CareTeamMembership.objects.filter(patient_id=patient_id, ends_at__isnull=True)


def _refuse_without_primary(patient_id: UUID) -> None:
    role = Q(role=CareTeamMembership.Role.PRIMARY_THERAPIST)
    if not _open(patient_id).filter(role).exists():
        raise LastTherapist


def _log(clinician: User, patient_id: UUID, now: datetime) -> None:
    access.log_writes(
        viewer=clinician, patient_ids=[patient_id], what=DataClass.CARE_TEAM, reason="care_team",
        now=now,
    )  # fmt: skip
