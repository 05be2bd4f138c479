"""The sessions to come with single patients, for finding their own brief."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from care.models import TreatmentSession, User

#: A brief is of use from long before a session until it is over.
AHEAD = timedelta(days=28)


def individual_ahead(
    *, viewer: User, patients: Collection[UUID], now: datetime
) -> dict[UUID, UUID]:
    """Find for each patient the viewer's next session with them alone that isn't over."""
    rows = (
        TreatmentSession.objects.filter(
            clinician_id=viewer.pk, patient_id__in=patients, cancelled_at__isnull=True,
            ends_at__gt=now, starts_at__lt=now + AHEAD,
        )
        .order_by("starts_at", "id")
        .values_list("patient_id", "id")
    )  # fmt: skip
    found: dict[UUID, UUID] = {}
    for patient_id, session_id in rows:
        if patient_id is not None:
            found.setdefault(patient_id, session_id)
    return found
