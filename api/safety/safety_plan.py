"""A patient's own safety plan: theirs to write, their care team's to read."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.inputs import if_match_rev
from api.http.openapi import PlanWordsOut
from api.http.paging import unpaged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from journaling.safety.safety_plan import (
    PlanVersion,
    newest_plan_of,
    plan_history,
    validate_plan,
    write_plan,
)


class PersonIn(serializers.Serializer[Any]):
    """Somebody to ask, and how to reach them."""

    name = serializers.CharField(max_length=120)
    contact = serializers.CharField(max_length=120, required=False, allow_null=True)


class SafetyPlanIn(serializers.Serializer[Any]):
    """A whole plan: a field left out becomes empty."""

    warning_signs = serializers.ListField(child=serializers.CharField(), required=False)
    what_i_do = serializers.ListField(child=serializers.CharField(), required=False)
    distractions = serializers.ListField(child=serializers.CharField(), required=False)
    people_i_ask = PersonIn(many=True, required=False)
    professionals = PersonIn(many=True, required=False)
    safer_surroundings = serializers.ListField(child=serializers.CharField(), required=False)


class SafetyPlanOut(PlanWordsOut):
    """The plan as it stands; ``rev`` 0 and empty lists before the patient wrote one."""

    rev = serializers.IntegerField()
    updated_at = serializers.DateTimeField(allow_null=True)


class SafetyPlansOut(serializers.Serializer[Any]):
    """Every version, the newest first."""

    results = SafetyPlanOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SafetyPlan(APIView):
    """The signed-in patient's own safety plan."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_safety_plan", responses=SafetyPlanOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it as it stands."""
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SAFETY_PLAN, now=timezone.now()
        )
        return _plan_response(newest_plan_of(chart=chart))

    @extend_schema(operation_id="write_safety_plan", request=SafetyPlanIn, responses=SafetyPlanOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Write it anew; what stood before stays in the history. Needs ``If-Match``."""
        if not isinstance(request.data, dict):
            raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
        rev, now = if_match_rev(request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SAFETY_PLAN, now=now, to_write=True
        )
        return _plan_response(write_plan(chart=chart, rev=rev, sent=request.data, now=now))


class SafetyPlanHistory(APIView):
    """How the signed-in patient's own safety plan came to say what it says."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_safety_plan_history", responses=SafetyPlansOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List every version, the newest first."""
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SAFETY_PLAN, now=timezone.now()
        )
        return json_response(
            unpaged([_plan_to_json(version) for version in plan_history(chart=chart)])
        )


class PatientSafetyPlan(APIView):
    """The safety plan of one of the clinician's patients; nobody but the patient changes it."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_patient_safety_plan", responses=SafetyPlanOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.SAFETY_PLAN,
            now=timezone.now(),
        )  # fmt: skip
        return _plan_response(newest_plan_of(chart=chart))


def _plan_response(version: PlanVersion | None) -> HttpResponse:
    rev = version.rev if version is not None else 0
    return json_response(_plan_to_json(version), rev=rev)


def _plan_to_json(version: PlanVersion | None) -> dict[str, Any]:
    if version is None:
        return {**validate_plan({}), "rev": 0, "updated_at": None}
    return {**version.plan, "rev": version.rev, "updated_at": version.at}
