"""What is asked about people beside their charts."""

from dataclasses import dataclass
from datetime import datetime

from care.access import Chart
from care.models import Patient


@dataclass(frozen=True, slots=True)
class Calendar:
    """By which clock a patient lives, and since when they are with us."""

    time_zone: str
    enrolled_at: datetime | None


def calendar_of(*, chart: Chart) -> Calendar:
    """Find the patient's zone and their enrolment."""
    row = Patient.objects.values_list("user__time_zone", "enrolled_at").get(pk=chart.patient_id)
    return Calendar(*row)
