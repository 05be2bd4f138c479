"""What is asked about people beside their charts."""

from dataclasses import dataclass
from datetime import datetime

from backend.kit.zones import LocalCalendar
from care.access import Chart
from care.models import Patient, User


@dataclass(frozen=True, slots=True)
class Calendar:
    """By which days a patient lives, and since when they are with us."""

    local: LocalCalendar
    enrolled_at: datetime | None


def calendar_of(*, chart: Chart) -> Calendar:
    """Find the patient's own days and their enrolment."""
    zone, starts_hour, enrolled_at = Patient.objects.values_list(
        "user__time_zone", "day_starts_hour", "enrolled_at"
    ).get(pk=chart.patient_id)
    return Calendar(LocalCalendar(zone, starts_hour), enrolled_at)


def own_calendar(*, user: User) -> LocalCalendar:
    """Tell by which days somebody lives who is signed in; staff by those of their zone."""
    is_patient = user.role == User.Role.PATIENT
    return LocalCalendar(user.time_zone, user.patient.day_starts_hour if is_patient else 0)
