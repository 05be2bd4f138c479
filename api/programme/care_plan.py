"""The plan of care of a patient, and what is due."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from api.http.inputs import if_match_rev
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    DayField,
    ListOf,
    StrictInput,
    StringField,
    validated_body,
    validated_query,
)
from api.programme.episodes import (
    HoursField,
    PatientQuery,
    ReadableByPatients,
    float_or_none,
    open_programme_chart,
)
from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.programme import care_plan
from care.programme.read import programme_status


class PlanIn(StrictInput):
    """The plan of care as it shall stand."""

    hours_per_week = HoursField()
    goals = ListOf(child=StringField(max_length=500), max_length=20)
    reviewed_on = DayField(required=False)


class DueOut(serializers.Serializer[Any]):
    """Something that the programme asks for."""

    code = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    text = serializers.CharField()


class PlanOut(serializers.Serializer[Any]):
    """The plan of care and what is due; ``rev`` is 0 while there is no plan."""

    rev = serializers.IntegerField()
    hours_per_week = serializers.FloatField(allow_null=True)
    goals = serializers.ListField(child=serializers.CharField())
    reviewed_on = serializers.DateField(allow_null=True)
    review_due_on = serializers.DateField(allow_null=True)
    written_by = serializers.CharField()
    written_at = serializers.DateTimeField(allow_null=True)
    hours_next_seven_days = serializers.FloatField()
    due = DueOut(many=True)


_PATIENT_PARAMETER = OpenApiParameter("patient", UUID, description="Clinicians name the patient.")


class CarePlan(ReadableByPatients):
    """A patient's plan of care."""

    @extend_schema(
        operation_id="read_care_plan", parameters=[_PATIENT_PARAMETER], responses=PlanOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Read the newest version, and what is due."""
        now = timezone.now()
        chart = open_programme_chart(request.user, _patient_of(request), now)
        return _plan_response(chart, request.user, now)

    @extend_schema(
        operation_id="write_care_plan",
        parameters=[_PATIENT_PARAMETER],
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
            hours_per_week=sent["hours_per_week"], goals=sent["goals"],
            reviewed_on=sent.get("reviewed_on")
            or local_day(now, request.user.clinic.time_zone),
            now=now,
        )  # fmt: skip
        return _plan_response(chart, request.user, now)


def _patient_of(request: SignedIn) -> UUID:
    patient_id: UUID | None = validated_query(PatientQuery, request).get("patient")
    if patient_id is not None:
        return patient_id
    if request.user.role != User.Role.PATIENT:
        raise InvalidInput.of("patient", "required", "Name the patient.")
    return request.user.pk


def _plan_response(chart: Chart, viewer: User, now: Any) -> HttpResponse:
    status = programme_status(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    plan = status.plan
    shown = {
        "rev": plan.rev,
        "hours_per_week": float_or_none(plan.hours_per_week),
        "goals": list(plan.goals),
        "reviewed_on": plan.reviewed_on,
        "review_due_on": plan.review_due_on,
        "written_by": plan.written_by,
        "written_at": plan.written_at,
        "hours_next_seven_days": status.hours_ahead,
        "due": [{"code": item.code, "on": item.on, "text": item.text} for item in status.due],
    }
    return json_response(shown, rev=plan.rev)
