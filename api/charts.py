"""Opening the chart of a patient whom the address names."""

from uuid import UUID

from django.utils import timezone

from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass


def chart_of(
    request: SignedIn, patient_id: UUID, *, what: DataClass, to_write: bool = False
) -> Chart:
    """Open the chart of one of the caller's patients.

    :raises care.access.NoSuchChart: for everybody whom care team and consent don't let in.
    """
    return access.open_chart(
        viewer=request.user,
        patient_id=patient_id,
        what=what,
        now=timezone.now(),
        to_write=to_write,
    )
