"""A patient's own safety plan: theirs to write, their care team's to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import ListOf
from api.http.inputs import Input, if_match_rev, require_object
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.support_answer import PersonOut, PlanWordsOut
from api.http.text_fields import Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.safety.safety_plan import (
    PlanVersion,
    newest_plan_of,
    plan_history,
    validate_plan,
    write_plan,
)


# These two are descriptions. ``validate_plan`` reads the plan: the words are kept untrimmed, a name
# alone is a person too, and a fault is told of the whole list.
class PersonIn(Input):
    """Somebody to ask, and how to reach them."""

    name: Annotated[str, Text(120)]
    contact: Annotated[str, Text(120)] | None = None


class SafetyPlanIn(Input):
    """A whole plan: a field left out becomes empty."""

    warning_signs: Annotated[list[Annotated[str, Text()]] | None, ListOf()] = None
    what_i_do: Annotated[list[Annotated[str, Text()]] | None, ListOf()] = None
    distractions: Annotated[list[Annotated[str, Text()]] | None, ListOf()] = None
    people_i_ask: Annotated[list[PersonIn] | None, ListOf()] = None
    professionals: Annotated[list[PersonIn] | None, ListOf()] = None
    safer_surroundings: Annotated[list[Annotated[str, Text()]] | None, ListOf()] = None


@dataclass(frozen=True, slots=True)
class SafetyPlanOut(PlanWordsOut):
    """The plan as it stands; ``rev`` 0 and empty lists before the patient wrote one."""

    rev: int
    updated_at: datetime | None

    @classmethod
    def of(cls, version: PlanVersion | None) -> Self:
        """Show a version, or the plan that nobody wrote yet."""
        plan = validate_plan({}) if version is None else version.plan
        return cls(
            warning_signs=plan["warning_signs"],
            what_i_do=plan["what_i_do"],
            distractions=plan["distractions"],
            people_i_ask=list(map(PersonOut.of, plan["people_i_ask"])),
            professionals=list(map(PersonOut.of, plan["professionals"])),
            safer_surroundings=plan["safer_surroundings"],
            rev=0 if version is None else version.rev,
            updated_at=None if version is None else version.at,
        )


@dataclass(frozen=True, slots=True)
class SafetyPlansOut(Page):
    """Every version, the newest first."""

    results: Sequence[SafetyPlanOut]


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
        sent = require_object(request.data)
        rev, now = if_match_rev(request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SAFETY_PLAN, now=now, to_write=True
        )
        return _plan_response(write_plan(chart=chart, rev=rev, sent=sent, now=now))


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
            SafetyPlansOut([SafetyPlanOut.of(version) for version in plan_history(chart=chart)])
        )


class PatientSafetyPlan(APIView):
    """The safety plan of one of the clinician's patients; nobody but the patient changes it."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_patient_safety_plan", responses=SafetyPlanOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.SAFETY_PLAN)
        return _plan_response(newest_plan_of(chart=chart))


def _plan_response(version: PlanVersion | None) -> HttpResponse:
    shown = SafetyPlanOut.of(version)
    return json_response(shown, rev=shown.rev)
