"""Hours of treatment: of one patient by day and week, and of a clinic's patients as a report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import A_DAY, OneOf
from api.http.inputs import Input, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsAdmin, IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.sessions.attendance_report import ReportRow, attendance_report
from care.sessions.hours import DayHours, WeekHours, hours_of_patient, period_of_hours
from journaling.exports.formats import csv_lines, format_cell

CSV_COLUMNS = (
    "patient_id", "name", "day", "minutes", "services", "kinds", "planned_minutes",
    "shortfall_minutes", "reasons", "sessions_of_unknown_length",
)  # fmt: skip


class DaysQuery(Input):
    """From which day to which, of the clinic's calendar; without them the last four weeks."""

    from_: Annotated[date | None, A_DAY, Field(alias="from")] = None
    to: Annotated[date | None, A_DAY] = None

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        return period_of_hours(first=self.from_, last=self.to, today=today)


class ReportQuery(DaysQuery):
    """Which days, and as what."""

    format: Annotated[str, OneOf(("json", "csv"))] = "json"


@dataclass(frozen=True, slots=True)
class DayHoursOut:
    """What one patient had on one day of the clinic's calendar.

    ``minutes`` are those noted of the sessions attended, and ``services`` how many these were.
    ``unknown`` of them were attended for a time that nobody noted. ``shortfall`` is what is known
    to be missing of ``planned_minutes``; its reasons are of attendance, or `not_recorded`.
    """

    day: date
    minutes: int
    services: int
    kinds: Annotated[Mapping[str, int], Field(description="Sessions attended, by kind.")]
    unknown: int
    planned_minutes: int
    shortfall: int
    reasons: Sequence[str]

    @classmethod
    def of(cls, hours: DayHours) -> Self:
        """Show one day."""
        return cls(
            hours.day, hours.minutes, hours.services, hours.kinds, hours.unknown,
            hours.planned_minutes, hours.shortfall, hours.reasons,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeekHoursOut:
    """A week from Monday on, as far as its days were asked for.

    ``long_days`` had at least three hours, as payers count a day of intensive outpatient care.
    """

    monday: date
    minutes: int
    planned_minutes: int
    services: int
    service_days: int
    long_days: int

    @classmethod
    def of(cls, week: WeekHours) -> Self:
        """Show one week."""
        return cls(
            week.monday, week.minutes, week.planned_minutes, week.services, week.service_days,
            week.long_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoursOut:
    """The days with a session, and their weeks; what is to come or was cancelled is left out."""

    first_day: date
    last_day: date
    days: Sequence[DayHoursOut]
    weeks: Sequence[WeekHoursOut]


@dataclass(frozen=True, slots=True)
class ReportRowOut:
    """One patient's day."""

    patient: UUID
    name: str
    hours: DayHoursOut

    @classmethod
    def of(cls, row: ReportRow) -> Self:
        """Show one row."""
        return cls(row.patient_id, row.name, DayHoursOut.of(row.hours))


@dataclass(frozen=True, slots=True)
class AttendanceReportOut(Page):
    """A row for each patient and day. ``not_covered`` patients did not agree to be shown here."""

    results: Sequence[ReportRowOut]
    not_covered: int = 0


class HoursOfPatient(APIView):
    """Hours of treatment of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="read_hours", parameters=query_parameters(DaysQuery), responses=HoursOut
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read them by day and week, of the clinic's calendar."""
        query, now = validated_query(DaysQuery, request), timezone.now()
        zone = request.user.clinic.time_zone
        first, last = query.days(local_day(now, zone))
        chart = open_patient_chart(request, patient_id, what=DataCategory.ATTENDANCE)
        found = hours_of_patient(chart=chart, first=first, last=last, zone=zone, now=now)
        return json_response(
            HoursOut(
                first, last, list(map(DayHoursOut.of, found.days)),
                list(map(WeekHoursOut.of, found.weeks)),
            )
        )  # fmt: skip


class AttendanceReport(APIView):
    """Attendance of the clinic's patients."""

    permission_classes = [IsAdmin]

    @extend_schema(
        operation_id="report_attendance",
        parameters=query_parameters(ReportQuery),
        responses={
            (200, "application/json"): AttendanceReportOut,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Report it by patient and day, as JSON or CSV; each patient's access log says so."""
        query, now = validated_query(ReportQuery, request), timezone.now()
        first, last = query.days(local_day(now, request.user.clinic.time_zone))
        report = attendance_report(viewer=request.user, first=first, last=last, now=now)
        if query.format == "csv":
            return _csv_response(report.rows, first, last, now)
        return json_response(
            AttendanceReportOut(
                list(map(ReportRowOut.of, report.rows)), not_covered=report.not_covered
            )
        )


def _csv_response(
    rows: Sequence[ReportRow], first: date, last: date, now: datetime
) -> HttpResponse:
    table = csv_lines([CSV_COLUMNS, *map(_cells, rows)])
    response = HttpResponse(table, content_type="text/csv; charset=utf-8")
    name = f"attendance-{first.isoformat()}-{last.isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells(row: ReportRow) -> Iterator[str]:
    hours = row.hours
    kinds = " ".join(f"{kind}:{count}" for kind, count in hours.kinds.items())
    values = (
        row.patient_id, row.name, hours.day, hours.minutes, hours.services, kinds,
        hours.planned_minutes, hours.shortfall, " ".join(hours.reasons), hours.unknown,
    )  # fmt: skip
    return map(format_cell, values)
