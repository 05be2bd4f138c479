"""Whether a chart stands open in an emergency."""

from datetime import datetime
from uuid import UUID

from care.models import BreakGlass, User


def is_glass_broken(viewer: User, patient_id: UUID, now: datetime) -> bool:
    """Whether the viewer opened this chart in an emergency that is not over (SECURITY R20)."""
    return BreakGlass.objects.filter(
        patient_id=patient_id, clinician_id=viewer.pk, opened_at__lte=now, ends_at__gt=now,
        patient__user__clinic_id=viewer.clinic_id,
    ).exists()  # fmt: skip
