"""Opening the chart of a patient whom the address names."""

from uuid import UUID

from django.utils import timezone

from api.refusals import NotFound
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass, NoSuchChart


def chart_of(
    request: SignedIn, patient_id: UUID, *, what: DataClass, to_write: bool = False
) -> Chart:
    """Open the chart of one of the caller's patients.

    :raises NotFound: for everybody whom care team and consent don't let in, as if there were none.
    """
    try:
        return access.open_chart(
            viewer=request.user,
            patient_id=patient_id,
            what=what,
            now=timezone.now(),
            to_write=to_write,
        )
    except NoSuchChart:
        raise NotFound from None
