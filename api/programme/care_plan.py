"""The plan of care of a patient, and what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import A_DAY, AN_ID, ListOf, YesNo
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from api.programme.episodes import (
    HoursAWeek,
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
    MAX_COMMENT_LENGTH,
    PlanResponse,
    respond_to_plan,
)
from care.programme.read import programme_status

_Words = Annotated[str, Text(500)]
_Attached = Annotated[list[Annotated[str, OneLine(120)]], ListOf(20)]


class ObjectiveIn(Input):
    """A step towards a goal: the skills, measures and interventions that hang on it."""

    text: _Words
    skills: _Attached = Field(default_factory=list)
    measures: _Attached = Field(default_factory=list)
    interventions: _Attached = Field(default_factory=list)

    def objective(self) -> care_plan.Objective:
        """Return it as the plan has it."""
        return care_plan.Objective(
            self.text, tuple(self.skills), tuple(self.measures), tuple(self.interventions)
        )


class GoalIn(Input):
    """A goal in words that the patient would use."""

    text: _Words
    objectives: Annotated[list[ObjectiveIn], ListOf(10)] = Field(default_factory=list)

    def goal(self) -> care_plan.Goal:
        """Return it as the plan has it."""
        return care_plan.Goal(self.text, tuple(one.objective() for one in self.objectives))


class ProblemIn(Input):
    """A problem that is taken on, and its goals."""

    text: Annotated[str, Text(500, may_be_blank=True)]
    goals: Annotated[list[GoalIn], ListOf(20)] = Field(default_factory=list)

    def problem(self) -> care_plan.PlannedProblem:
        """Return it as the plan has it."""
        return care_plan.PlannedProblem(self.text, tuple(one.goal() for one in self.goals))


class PlanIn(Input):
    """The plan of care as it shall stand: either ``problems``, or ``goals`` as a plain list."""

    hours_per_week: Annotated[Decimal, HoursAWeek()]
    goals: Annotated[list[_Words], ListOf(20)] | None = None
    problems: Annotated[list[ProblemIn], ListOf(10)] | None = None
    reviewed_on: Annotated[date | None, A_DAY] = None

    def planned(self) -> tuple[care_plan.PlannedProblem, ...]:
        """Return the problems that are taken on.

        :raises InvalidInput: neither was sent, or both.
        """
        if self.problems is not None and self.goals is not None:
            raise InvalidInput.of("goals", "goals_or_problems", "Send goals or problems, not both.")
        if self.problems is not None:
            return tuple(one.problem() for one in self.problems)
        if self.goals is None:
            raise InvalidInput.of("goals", "required", "This field is required.")
        return care_plan.without_problem(self.goals)


class PlanResponseIn(Input):
    """What the patient says of a version of their plan."""

    agreed: YesNo
    comment: Annotated[str, Text(MAX_COMMENT_LENGTH, may_be_blank=True)] = ""


@dataclass(frozen=True, slots=True)
class DueOut:
    """Something that the programme asks for."""

    code: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class ObjectiveOut:
    """A step towards a goal, and what hangs on it."""

    text: str
    skills: Sequence[str]
    measures: Sequence[str]
    interventions: Sequence[str]


@dataclass(frozen=True, slots=True)
class GoalOut:
    """A goal, and the steps towards it."""

    text: str
    objectives: Sequence[ObjectiveOut]


@dataclass(frozen=True, slots=True)
class ProblemOut:
    """A problem; ``text`` is empty where goals were written as a plain list."""

    text: str
    goals: Sequence[GoalOut]

    @classmethod
    def of(cls, problem: care_plan.PlannedProblem) -> Self:
        """Show one."""
        return cls(
            problem.text,
            [
                GoalOut(
                    goal.text,
                    [
                        ObjectiveOut(one.text, one.skills, one.measures, one.interventions)
                        for one in goal.objectives
                    ],
                )
                for goal in problem.goals
            ],
        )


@dataclass(frozen=True, slots=True)
class PlanResponseOut:
    """What the patient said last, and of which version."""

    plan_rev: int
    agreed: bool
    comment: str
    at: datetime

    @classmethod
    def of(cls, said: PlanResponse) -> Self:
        """Show it."""
        return cls(said.plan_rev, said.agreed, said.comment, said.at)


@dataclass(frozen=True, slots=True)
class PlanOut:
    """The plan of care and what is due; ``rev`` is 0 while there is no plan.

    ``goals`` are those of all problems. ``response`` is null until the patient answered a version.
    """

    rev: int
    hours_per_week: float | None
    goals: Sequence[str]
    problems: Sequence[ProblemOut]
    response: PlanResponseOut | None
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
            hours_per_week=sent.hours_per_week, problems=sent.planned(),
            reviewed_on=sent.reviewed_on
            or local_day(now, request.user.clinic.time_zone),
            now=now,
        )  # fmt: skip
        return _plan_response(chart, request.user, now)


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
        care_plan.write_care_plan(
            chart=chart, clinician=request.user, rev=rev, hours_per_week=sent.hours_per_week,
            problems=sent.planned(), now=now,
            reviewed_on=sent.reviewed_on or local_day(now, request.user.clinic.time_zone),
        )  # fmt: skip
        return _plan_response(chart, request.user, now)


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


def _plan_response(chart: Chart, viewer: User, now: datetime) -> HttpResponse:
    status = programme_status(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    plan = status.plan
    shown = PlanOut(
        rev=plan.rev,
        hours_per_week=float_or_none(plan.hours_per_week),
        goals=list(plan.goals),
        problems=list(map(ProblemOut.of, plan.problems)),
        response=None if status.response is None else PlanResponseOut.of(status.response),
        reviewed_on=plan.reviewed_on,
        review_due_on=plan.review_due_on,
        written_by=plan.written_by,
        written_at=plan.written_at,
        hours_next_seven_days=status.hours_ahead,
        due=[DueOut(code=item.code, on=item.on, text=item.text) for item in status.due],
    )
    return json_response(shown, rev=plan.rev)
