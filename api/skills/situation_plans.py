"""Situation plans: a patient's own, and those of one patient for whoever treats them."""

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
from api.http.fields import Id, ListOf
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.skills.situation_plans import (
    MAX_PLAN_WORDS_LENGTH,
    MAX_SITUATION_LENGTH,
    MOST_PLANS,
    SituationPlan,
    SituationPlanList,
    WantedPlan,
    replace_situation_plans,
    situation_plan_history,
    situation_plans_of,
)


class SituationPlanIn(Input):
    """One if-then plan. Without ``id`` it is new, or the one for that situation and skill.

    ``agreed_with`` is somebody of the care team; null where the patient made it alone.
    """

    id: Id | None = None
    situation: Annotated[str, OneLine(MAX_SITUATION_LENGTH)]
    skill: Annotated[str, Text(60)]
    words: Annotated[str, Text(MAX_PLAN_WORDS_LENGTH)] | None = None
    agreed_with: Id | None = None


class SituationPlansIn(Input):
    """The whole list, in the patient's order."""

    results: Annotated[list[SituationPlanIn], ListOf(MOST_PLANS)]

    def wanted(self) -> list[WantedPlan]:
        """Return the plans as they shall stand."""
        return [
            WantedPlan(plan.situation, plan.skill, plan.words, plan.agreed_with, plan.id)
            for plan in self.results
        ]


@dataclass(frozen=True, slots=True)
class SituationPlanOut:
    """One if-then plan; an entry of a practice by it has the origin ``plan:`` and its id."""

    id: UUID
    situation: str
    skill: str
    words: str | None
    agreed_with: UUID | None

    @classmethod
    def of(cls, plan: SituationPlan) -> Self:
        """Show one."""
        return cls(plan.id, plan.situation, plan.skill, plan.words, plan.agreed_with)


@dataclass(frozen=True, slots=True)
class SituationPlansOut:
    """A version of the list, in the patient's order; ``rev`` is 0 before the first plan."""

    results: Sequence[SituationPlanOut]
    rev: int
    updated_at: datetime | None
    updated_by_role: str | None

    @classmethod
    def of(cls, version: SituationPlanList) -> Self:
        """Show a version, or the list that nobody wrote yet."""
        return cls(
            results=[SituationPlanOut.of(plan) for plan in version.plans],
            rev=version.rev,
            updated_at=version.at,
            updated_by_role=version.written_by_role,
        )


@dataclass(frozen=True, slots=True)
class SituationPlanVersionsOut(Page):
    """Every version, the newest first."""

    results: Sequence[SituationPlansOut]


class SituationPlans(APIView):
    """The signed-in patient's own situation plans."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_situation_plans", responses=SituationPlansOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read them as they stand."""
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SITUATION_PLANS, now=timezone.now()
        )
        return _plans_response(situation_plans_of(chart=chart))

    @extend_schema(
        operation_id="write_situation_plans", request=SituationPlansIn, responses=SituationPlansOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace the whole list; what stood before stays in the history. Needs ``If-Match``."""
        sent, rev = validated_body(SituationPlansIn, request), if_match_rev(request)
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SITUATION_PLANS, now=now, to_write=True
        )
        return _plans_response(
            replace_situation_plans(chart=chart, rev=rev, wanted=sent.wanted(), now=now)
        )


class SituationPlanHistory(APIView):
    """How the signed-in patient's own situation plans came to be as they are."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_situation_plan_history", responses=SituationPlanVersionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List every version, the newest first."""
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SITUATION_PLANS, now=timezone.now()
        )
        versions = situation_plan_history(chart=chart)
        return json_response(
            SituationPlanVersionsOut([SituationPlansOut.of(version) for version in versions])
        )


class SituationPlansOfPatient(APIView):
    """The situation plans of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_situation_plans_of_patient", responses=SituationPlansOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read them as they stand."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.SITUATION_PLANS)
        return _plans_response(situation_plans_of(chart=chart))

    @extend_schema(
        operation_id="add_situation_plans_of_patient",
        request=SituationPlansIn,
        responses=SituationPlansOut,
    )
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Add plans that were made with the patient, to the whole list. Needs ``If-Match``.

        The plans that stand are sent as they were read. Staff change or leave out those alone that
        staff wrote and the patient has not changed since.
        """
        sent, rev = validated_body(SituationPlansIn, request), if_match_rev(request)
        chart = open_patient_chart(
            request, patient_id, what=DataCategory.SITUATION_PLANS, to_write=True
        )
        return _plans_response(
            replace_situation_plans(chart=chart, rev=rev, wanted=sent.wanted(), now=timezone.now())
        )


def _plans_response(version: SituationPlanList) -> HttpResponse:
    return json_response(SituationPlansOut.of(version), rev=version.rev)
