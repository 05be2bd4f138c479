"""The care team: who treats a patient, in which role, from when until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_reads_many, log_writes_many
from care.access.open import check_team
from care.access.rules import consent_covers, membership_holds, sharing_levels_of_role
from care.models import CareTeamMembership, Consent, User


class NotPrimaryTherapist(Exception):
    """The caller is on the care team, but only a primary therapist decides who else is."""


class LastPrimaryTherapist(Exception):
    """Somebody must stay responsible: the only primary therapist can't leave."""


@dataclass(frozen=True, slots=True)
class PatientWithTherapists:
    """A patient by name, and the names of their own therapists."""

    name: str
    therapists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One clinician on a patient's care team."""

    clinician_id: UUID
    name: str
    role: str
    since: datetime


def add_to_team(
    *, clinician: User, patient_id: UUID, colleague_id: UUID, role: str, now: datetime
) -> list[TeamMember]:
    """Add a colleague of the clinic to a patient's care team, or change their role on it.

    Returns the team as it is then.

    Only a primary therapist of the patient decides that.

    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimaryTherapist: the caller is no primary therapist of this patient; logged.
    :raises backend.kit.errors.InvalidInput: no such colleague.
    :raises LastPrimaryTherapist: the patient's only primary therapist would get another part.
    """
    require_primary_therapist(clinician, patient_id, now)
    if not User.objects.filter(
        pk=colleague_id,
        clinic_id=clinician.clinic_id,
        role=User.Role.CLINICIAN,
        is_active=True,
    ).exists():
        raise InvalidInput.of("clinician", "unknown", "No such clinician in this clinic.")
    with transaction.atomic():
        open_memberships = _open_memberships(patient_id).filter(clinician_id=colleague_id)
        membership = open_memberships.filter(membership_holds(now), role=role).first()
        if membership is None:
            open_memberships.update(ends_at=now)
            CareTeamMembership.objects.create(
                patient_id=patient_id, clinician_id=colleague_id, role=role, starts_at=now
            )
            _require_one_primary(patient_id)
            _log_team_write(clinician, patient_id, now)
    return care_team_of(patient_id=patient_id, now=now)


def remove_from_team(
    *, clinician: User, patient_id: UUID, colleague_id: UUID, now: datetime
) -> bool:
    """Remove a colleague from the care team now; return whether they were on it.

    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimaryTherapist: the caller is no primary therapist of this patient; logged.
    :raises LastPrimaryTherapist: they are the patient's only primary therapist.
    """
    require_primary_therapist(clinician, patient_id, now)
    with transaction.atomic():
        ended = _open_memberships(patient_id).filter(clinician_id=colleague_id).update(ends_at=now)
        _require_one_primary(patient_id)
        if ended:
            _log_team_write(clinician, patient_id, now)
    return bool(ended)


def read_care_team(*, viewer: User, patient_id: UUID, now: datetime) -> list[TeamMember]:
    """List who treats a patient, for one who does; it is logged.

    :raises care.access.chart.NoSuchChart: a patient whom the viewer doesn't treat; logged.
    """
    check_team(viewer=viewer, patient_id=patient_id, what=DataCategory.CARE_TEAM, now=now)
    log_reads_many(
        viewer=viewer, patient_ids=[patient_id], what=DataCategory.CARE_TEAM, reason="care_team",
        now=now,
    )  # fmt: skip
    return care_team_of(patient_id=patient_id, now=now)


def care_team_of(*, patient_id: UUID, now: datetime) -> list[TeamMember]:
    """List who treats a patient at this moment; the caller has asked ``check_team`` before."""
    return [
        TeamMember(*row)
        for row in CareTeamMembership.objects.filter(membership_holds(now), patient_id=patient_id)
        .order_by("starts_at", "id")
        .values_list("clinician_id", "clinician__display_name", "role", "starts_at")
    ]


def is_on_team(*, patient_id: UUID, clinician_id: UUID, now: datetime) -> bool:
    """Whether a clinician is on a patient's care team at that moment."""
    rows = _open_memberships(patient_id).filter(membership_holds(now), clinician_id=clinician_id)
    return rows.exists()


def patients_treated_by(*, viewer: User, now: datetime) -> list[tuple[UUID, str]]:
    """List the patients whom a clinician treats, by name, for choosing one; logged."""
    patients = list(
        CareTeamMembership.objects.filter(membership_holds(now), clinician_id=viewer.pk)
        .order_by("patient__user__display_name", "patient_id")
        .values_list("patient_id", "patient__user__display_name")
    )
    log_reads_many(
        viewer=viewer, patient_ids=[pk for pk, _ in patients], what=DataCategory.PROFILE,
        reason="choosing", now=now,
    )  # fmt: skip
    return list(dict(patients).items())


def colleagues_of(*, viewer: User) -> list[tuple[UUID, str]]:
    """List the clinicians of the viewer's clinic, by name."""
    return list(
        User.objects.filter(clinic_id=viewer.clinic_id, role=User.Role.CLINICIAN, is_active=True)
        .order_by("display_name", "id")
        .values_list("pk", "display_name")
    )


def primary_therapists_of(*, patient_id: UUID, now: datetime) -> list[UUID]:
    """List the patient's own therapists of that moment."""
    rows = CareTeamMembership.objects.filter(
        membership_holds(now),
        patient_id=patient_id,
        role=CareTeamMembership.Role.PRIMARY_THERAPIST,
    )
    return list(rows.order_by("starts_at", "id").values_list("clinician_id", flat=True))


def ensure_on_team(*, patient_id: UUID, clinician_id: UUID, role: str, now: datetime) -> None:
    """Add a clinician to a care team unless they are on it, in the caller's transaction."""
    if not _open_memberships(patient_id).filter(clinician_id=clinician_id).exists():
        CareTeamMembership.objects.create(
            patient_id=patient_id, clinician_id=clinician_id, role=role, starts_at=now
        )


def sharing_levels_by_patient(
    *, viewer: User, what: DataCategory, now: datetime
) -> dict[UUID, frozenset[str]]:
    """Return of whose care team a clinician is and sees ``what``, and which sharing levels of each.

    For lists over many patients; what is shown of each is logged by ``log_reads_many``.
    """
    agreed = consent_covers(now, what, viewer=viewer.pk)
    rows = CareTeamMembership.objects.filter(
        membership_holds(now),
        Exists(Consent.objects.filter(agreed, patient_id=OuterRef("patient_id"))),
        clinician_id=viewer.pk, patient__user__clinic_id=viewer.clinic_id,
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


def require_primary_therapist(clinician: User, patient_id: UUID, now: datetime) -> None:
    """Check that the caller decides who is on this care team.

    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPrimaryTherapist: the caller is no primary therapist of this patient; logged.
    """
    check_team(viewer=clinician, patient_id=patient_id, what=DataCategory.CARE_TEAM, now=now)
    is_primary = CareTeamMembership.objects.filter(
        membership_holds(now),
        patient_id=patient_id,
        clinician_id=clinician.pk,
        role=CareTeamMembership.Role.PRIMARY_THERAPIST,
    )
    if not is_primary.exists():
        log_denial(viewer=clinician, what=DataCategory.CARE_TEAM, reason="not_primary", now=now)
        raise NotPrimaryTherapist


def _open_memberships(patient_id: UUID) -> "QuerySet[CareTeamMembership]":
    return CareTeamMembership.objects.filter(patient_id=patient_id, ends_at__isnull=True)


def _require_one_primary(patient_id: UUID) -> None:
    role = Q(role=CareTeamMembership.Role.PRIMARY_THERAPIST)
    if not _open_memberships(patient_id).filter(role).exists():
        raise LastPrimaryTherapist


def _log_team_write(clinician: User, patient_id: UUID, now: datetime) -> None:
    log_writes_many(
        viewer=clinician, patient_ids=[patient_id], what=DataCategory.CARE_TEAM, reason="care_team",
        now=now,
    )  # fmt: skip
