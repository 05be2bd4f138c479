"""Reading of whom staff may be told, and who treats a patient themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from care.access import DataClass, on_team, sees_of
from care.consent_rules import covers
from care.models import CareTeamMembership, Consent, Patient, User


@dataclass(frozen=True, slots=True)
class Named:
    """A patient by name, and the names of their own therapists."""

    name: str
    therapists: tuple[str, ...]


def people_of(*, patients: Collection[UUID]) -> dict[UUID, Named]:
    """Name these patients and whoever treats them as their own therapist, in two statements."""
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
        patient_id: Named(name, tuple(therapists.get(patient_id, ())))
        for patient_id, name in names.items()
    }


def team_sees(*, viewer: User, now: datetime) -> dict[UUID, frozenset[str]]:
    """Tell whose safety events a clinician may see now, and which sharing levels of each.

    For lists over many patients; what is shown of each is logged by ``access.log_list``.
    """
    rows = CareTeamMembership.objects.filter(
        on_team(now), _covered(now, viewer.pk), clinician_id=viewer.pk,
        patient__user__clinic_id=viewer.clinic_id,
    ).values_list("patient_id", "role")  # fmt: skip
    found: dict[UUID, frozenset[str]] = {}
    for patient_id, role in rows:
        found[patient_id] = found.get(patient_id, frozenset()) | sees_of(role)
    return found


def may_be_told_of(*, patients: Collection[UUID], now: datetime) -> set[UUID]:
    """Find the patients of whom staff may be told: consent covers safety, not discharged.

    A consent that names one clinician lets nobody else be called, and calls go by the rota.
    """
    rows = Patient.objects.filter(
        _covered(now, None, "pk"),
        pk__in=patients,
        discharged_at__isnull=True,
    )
    return set(rows.values_list("pk", flat=True))


def primary_therapists(*, patient_id: UUID, now: datetime) -> list[UUID]:
    """List the patient's own therapists of that moment."""
    rows = CareTeamMembership.objects.filter(
        on_team(now),
        patient_id=patient_id,
        role=CareTeamMembership.Role.PRIMARY_THERAPIST,
    )
    return list(rows.order_by("starts_at", "id").values_list("clinician_id", flat=True))


def _covered(now: datetime, viewer: UUID | None, patient: str = "patient_id") -> Exists:
    agreed = covers(now, DataClass.SAFETY_EVENTS, viewer=viewer)
    return Exists(Consent.objects.filter(agreed, patient_id=OuterRef(patient)))
