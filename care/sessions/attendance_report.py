"""Attendance of a clinic's patients by day, for whoever administers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.rules import consent_covers
from care.models import Consent, User
from care.sessions.hours import DayHours, hours_of_patients


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One patient's day."""

    patient_id: UUID
    name: str
    hours: DayHours


@dataclass(frozen=True, slots=True)
class AttendanceReport:
    """The days of every patient whose consent covers attendance; of how many it does not."""

    rows: Sequence[ReportRow]
    not_covered: int


def attendance_report(*, viewer: User, first: date, last: date, now: datetime) -> AttendanceReport:
    """Report attendance for the clinic's own operations, by the clinic's calendar; logged.

    Each patient who is named finds it in their access log. Patients whose consent to treatment
    doesn't reach the clinic's staff as a whole, or not their attendance, are only counted.
    """
    of_clinic = User.objects.filter(clinic_id=viewer.clinic_id, role=User.Role.PATIENT)
    agreed = Consent.objects.filter(
        consent_covers(now, DataCategory.ATTENDANCE, viewer=None), patient_id=OuterRef("pk")
    )
    names = dict(of_clinic.filter(Exists(agreed)).values_list("pk", "display_name"))
    found = hours_of_patients(
        patient_ids=list(names), first=first, last=last, zone=viewer.clinic.time_zone, now=now
    )
    log_reads_many(
        viewer=viewer, patient_ids=sorted(found), what=DataCategory.ATTENDANCE,
        reason="administrator", now=now,
    )  # fmt: skip
    rows = [
        ReportRow(patient_id, names[patient_id], day)
        for patient_id in sorted(found, key=lambda one: (names[one].casefold(), one))
        for day in found[patient_id]
    ]
    return AttendanceReport(rows, of_clinic.filter(~Exists(agreed)).count())
