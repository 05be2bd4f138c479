"""What somebody is called."""

from collections.abc import Iterable
from uuid import UUID

from care.access import Chart
from care.models import SupportPerson, User


def name_of(*, chart: Chart) -> str:
    """Read the name that the patient of a chart wants to be called by."""
    return User.objects.values_list("display_name", flat=True).get(pk=chart.patient_id)


def supporter_names(*, chart: Chart, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Find what the support persons are called who stand in a patient's access log.

    It is what the patient called them when they agreed: another patient may call the same person
    otherwise, which is nobody else's to know. The names of staff stand in the log itself, as they
    were; another patient who was refused is named to nobody.
    """
    named = SupportPerson.objects.filter(
        patient_id=chart.patient_id, supporter_id__in=set(ids)
    ).order_by("accepted_at", "id")
    return dict(named.values_list("supporter_id", "consent__recipient"))
