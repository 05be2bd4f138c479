"""This week and the next of one patient against the hours of their level of care."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import OneOf
from api.http.permissions import IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from care.access.data_categories import DataCategory
from care.sessions.week_outlook import FINDINGS, WeekOutlook, read_week


@dataclass(frozen=True, slots=True)
class OutlookDayOut:
    """Minutes of one day that were attended, or can still be."""

    day: date
    minutes: int


@dataclass(frozen=True, slots=True)
class OutlookOut:
    """One week from Monday on, by the clinic's calendar."""

    monday: date
    required_minutes: Annotated[
        int | None, Field(description="Null where no level asks for hours in the whole week.")
    ]
    attended_minutes: int
    open_minutes: Annotated[
        int, Field(description="Sessions ahead, and those that nobody recorded yet.")
    ]
    missing_minutes: int
    days: Sequence[OutlookDayOut]
    findings: Annotated[
        Sequence[Annotated[str, OneOf(FINDINGS)]],
        Field(description="What it lacks of its level."),
    ]

    @classmethod
    def of(cls, week: WeekOutlook) -> Self:
        """Show one week."""
        days = [OutlookDayOut(day, minutes) for day, minutes in week.days.items()]
        required = week.required.minutes if week.required is not None else None
        return cls(
            week.monday, required, week.attended_minutes, week.open_minutes, week.missing_minutes,
            days, week.findings,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutlooksOut:
    """This week and the next one."""

    results: Sequence[OutlookOut]


class WeekOfPatient(APIView):
    """What one patient's week has of the hours that their level of care asks for."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_week_of_patient", responses=OutlooksOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read this week and the next, while something can still be done about them."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME)
        zone = request.user.clinic.time_zone
        read = read_week(chart=chart, zone=zone, now=timezone.now())
        return json_response(OutlooksOut(list(map(OutlookOut.of, read.weeks))))
