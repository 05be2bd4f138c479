"""The plan of care of a patient, and what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field

from api.http.fields import A_DAY, AN_ID, ListOf
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from api.programme.episodes import (
    HoursAWeek,
    ReadableByPatients,
    float_or_none,
)
from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.programme import care_plan
from care.programme.read import programme_status


class PlanIn(Input):
    """The plan of care as it shall stand."""

    hours_per_week: Annotated[Decimal, HoursAWeek()]
    goals: Annotated[list[Annotated[str, Text(500)]], ListOf(20)]
    reviewed_on: Annotated[date | None, A_DAY] = None


@dataclass(frozen=True, slots=True)
class DueOut:
    """Something that the programme asks for."""

    code: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class PlanOut:
    """The plan of care and what is due; ``rev`` is 0 while there is no plan."""

    rev: int
    hours_per_week: float | None
    goals: Sequence[str]
    reviewed_on: date | None
    review_due_on: date | None
    written_by: str
    written_at: datetime | None
    hours_next_seven_days: float
    due: Sequence[DueOut]


class PlanQuery(Input):
    """Whose plan."""

    patient: Annotated[UUID | None, AN_ID, Field(description="Clinicians name the patient.")] = None


class CarePlan(ReadableByPatients):
    """A patient's plan of care."""

    @extend_schema(
        operation_id="read_care_plan", parameters=query_parameters(PlanQuery), responses=PlanOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Read the newest version, and what is due."""
        now = timezone.now()
        chart = open_chart(
            viewer=request.user, patient_id=_patient_of(request), what=DataCategory.PROGRAMME,
            now=now,
        )  # fmt: skip
        return _plan_response(chart, request.user, now)

    @extend_schema(
        operation_id="write_care_plan",
        parameters=query_parameters(PlanQuery),
        request=PlanIn,
        responses=PlanOut,
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Write the next version; ``If-Match`` names the newest that was read, "0" for none."""
        sent = validated_body(PlanIn, request)
        rev, now, patient_id = if_match_rev(request), timezone.now(), _patient_of(request)
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now,
            to_write=True,
        )  # fmt: skip
        care_plan.write_care_plan(
            chart=chart, clinician=request.user, rev=rev,
            hours_per_week=sent.hours_per_week, goals=sent.goals,
            reviewed_on=sent.reviewed_on
            or local_day(now, request.user.clinic.time_zone),
            now=now,
        )  # fmt: skip
        return _plan_response(chart, request.user, now)


def _patient_of(request: SignedIn) -> UUID:
    patient_id = validated_query(PlanQuery, request).patient
    if patient_id is not None:
        return patient_id
    if request.user.role != User.Role.PATIENT:
        raise InvalidInput.of("patient", "required", "Name the patient.")
    return request.user.pk


def _plan_response(chart: Chart, viewer: User, now: datetime) -> HttpResponse:
    status = programme_status(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    plan = status.plan
    shown = PlanOut(
        rev=plan.rev,
        hours_per_week=float_or_none(plan.hours_per_week),
        goals=list(plan.goals),
        reviewed_on=plan.reviewed_on,
        review_due_on=plan.review_due_on,
        written_by=plan.written_by,
        written_at=plan.written_at,
        hours_next_seven_days=status.hours_ahead,
        due=[DueOut(code=item.code, on=item.on, text=item.text) for item in status.due],
    )
    return json_response(shown, rev=plan.rev)
