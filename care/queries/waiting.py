"""Patients whom a clinician treats, but of whom nothing may be shown."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from care import access
from care.access import DataClass, on_team
from care.models import CareTeamMembership, User


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of them: not enrolled yet, or without a consent in force."""

    patient_id: UUID
    name: str
    is_enrolled: bool


def waiting_of(*, viewer: User, shown: Collection[UUID], now: datetime) -> list[Waiting]:
    """List whom the clinician treats beside those who are shown, by name; logged.

    Who was discharged is left out, as in the caseload.
    """
    rows = (
        CareTeamMembership.objects.filter(
            on_team(now),
            Q(patient__discharged_at__isnull=True) | Q(patient__discharged_at__gt=now),
            clinician_id=viewer.pk,
        )
        .exclude(patient_id__in=shown)
        .order_by("patient__user__display_name", "patient_id")
        .values_list("patient_id", "patient__user__display_name", "patient__enrolled_at")
    )
    found = {pk: Waiting(pk, name, enrolled is not None) for pk, name, enrolled in rows}
    access.log_list(
        viewer=viewer, patient_ids=found, what=DataClass.PROFILE, reason="caseload", now=now
    )
    return list(found.values())
