"""Whether a clinician may see a patient at a moment: care team and consent, in one statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.kit.prepared import Prepared
from care.consent_rules import agreements, granted
from care.models import CareTeamMembership, Patient, User


def on_team(now: datetime, prefix: str = "") -> Q:
    """Build the condition under which a care-team membership is in force at that moment."""
    return Q(**{f"{prefix}starts_at__lte": now}) & (
        Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__gt": now})
    )


def judged(
    *, viewer: User, patient_id: UUID, now: datetime
) -> tuple[str, frozenset[str], str, Any]:
    """Tell a clinician's role on the care team, which parts they may see, why no more, and the key.

    The role is empty for who is not on it, and they may see nothing.
    """
    if viewer.role != User.Role.CLINICIAN:
        return "", frozenset(), "not_a_clinician", None
    row = _MEMBERSHIP.first(
        patient_id=patient_id, viewer=viewer.pk, clinic=viewer.clinic_id, now=now
    )
    if row is None:
        return "", frozenset(), "not_on_care_team", None
    role, wrapped_key, agreed = row
    parts, why = granted(agreed, viewer.pk)
    return role, parts, why, wrapped_key


def _memberships(*, patient_id: UUID, viewer: UUID, clinic: UUID, now: datetime) -> Any:
    return (
        CareTeamMembership.objects.filter(
            on_team(now), patient_id=patient_id, clinician_id=viewer,
            patient__user__clinic_id=clinic,
        )
        .order_by("-starts_at", "id")
        .values_list("role", "patient__wrapped_key", agreements(now))[:1]
    )  # fmt: skip


_MEMBERSHIP = Prepared(
    _memberships,
    patient_id=Patient._meta.pk,
    viewer=User._meta.pk,
    clinic=User._meta.get_field("clinic"),
    now=CareTeamMembership._meta.get_field("starts_at"),
)
