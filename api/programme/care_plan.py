"""The plan of care of a patient, and what is due."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import AN_ID
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.programme.care_plan_schema import (
    DueOut,
    PlanIn,
    PlannedProblemOut,
    PlanOut,
    PlanResponseIn,
    PlanResponseOut,
)
from api.programme.episodes import (
    ReadableByPatients,
    float_or_none,
)
from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.models import User
from care.programme import care_plan
from care.programme.care_plan_responses import (
    respond_to_plan,
)
from care.programme.read import programme_status


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
        return _written(chart, request.user, sent, rev=rev, now=now)


class CarePlanOfPatient(APIView):
    """The plan of care of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_care_plan_of_patient", responses=PlanOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read the newest version, what the patient said of it, and what is due."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME)
        return _plan_response(chart, request.user, timezone.now())

    @extend_schema(operation_id="write_care_plan_of_patient", request=PlanIn, responses=PlanOut)
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Write the next version; ``If-Match`` names the newest that was read, "0" for none."""
        sent, rev, now = validated_body(PlanIn, request), if_match_rev(request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME, to_write=True)
        return _written(chart, request.user, sent, rev=rev, now=now)


class CarePlanAnswer(APIView):
    """The signed-in patient's answer to a version of their plan of care."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="respond_to_care_plan", request=PlanResponseIn, responses=PlanResponseOut
    )
    def post(self, request: SignedIn, rev: int) -> HttpResponse:
        """Agree to a version, or say what should be otherwise; of several the last one holds."""
        sent, now = validated_body(PlanResponseIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.PROGRAMME, now=now, to_write=True
        )
        said = respond_to_plan(
            chart=chart, plan_rev=rev, agreed=sent.agreed, comment=sent.comment, now=now
        )
        return json_response(PlanResponseOut.of(said))


def _patient_of(request: SignedIn) -> UUID:
    patient_id = validated_query(PlanQuery, request).patient
    if patient_id is not None:
        return patient_id
    if request.user.role != User.Role.PATIENT:
        raise InvalidInput.of("patient", "required", "Name the patient.")
    return request.user.pk


def _written(
    chart: Chart, clinician: User, sent: PlanIn, *, rev: int, now: datetime
) -> HttpResponse:
    care_plan.write_care_plan(
        chart=chart, clinician=clinician, rev=rev, hours_per_week=sent.hours_per_week,
        problems=sent.planned(), now=now,
        reviewed_on=sent.reviewed_on or local_day(now, clinician.clinic.time_zone),
    )  # fmt: skip
    return _plan_response(chart, clinician, now)


def _plan_response(chart: Chart, viewer: User, now: datetime) -> HttpResponse:
    status = programme_status(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    plan = status.plan
    shown = PlanOut(
        rev=plan.rev,
        hours_per_week=float_or_none(plan.hours_per_week),
        goals=list(plan.goals),
        problems=list(map(PlannedProblemOut.of, plan.problems)),
        response=None if status.response is None else PlanResponseOut.of(status.response),
        reviewed_on=plan.reviewed_on,
        review_due_on=plan.review_due_on,
        written_by=plan.written_by,
        written_at=plan.written_at,
        hours_next_seven_days=status.hours_ahead,
        due=[DueOut(code=item.code, on=item.on, text=item.text) for item in status.due],
    )
    return json_response(shown, rev=plan.rev)
