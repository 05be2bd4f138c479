"""What somebody is called."""

from care.access import Chart
from care.models import User


def name_of(*, chart: Chart) -> str:
    """Read the name that the patient of a chart wants to be called by."""
    return User.objects.values_list("display_name", flat=True).get(pk=chart.patient_id)
