"""Case management: a patient's needs, the tasks of both sides, and the plan for aftercare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Day, Id, ListOf, OneOf, YesNo
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsClinician, IsPatient, IsPatientOrStaff
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import Text
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.programme.aftercare_plan import (
    MAX_LINE_LENGTH,
    MOST_LINES,
    PARTS,
    AftercarePlanView,
    aftercare_plan_of,
    write_aftercare_plan,
)
from care.programme.case_management import (
    MAX_TEXT_LENGTH,
    NEED_KINDS,
    NeedView,
    TaskView,
    add_task,
    finish_task,
    needs_of,
    note_need,
    open_task_chart,
    tasks_of,
)

_Lines = Annotated[list[Annotated[str, Text(MAX_LINE_LENGTH)]], ListOf(MOST_LINES)]


class NeedIn(Input):
    """Something that is needed; of the same kind and words it is the same need."""

    kind: Annotated[str, OneOf(NEED_KINDS)]
    text: Annotated[str, Text(MAX_TEXT_LENGTH)]
    met: YesNo = False


class TaskIn(Input):
    """What is to be done. Without ``owner`` it is the patient's own task."""

    text: Annotated[str, Text(MAX_TEXT_LENGTH)]
    due_on: Day | None = None
    owner: Annotated[Id | None, Field(description="Somebody of the care team.")] = None
    need: Id | None = None


class AftercarePlanIn(Input):
    """The plan as it shall stand, each part in the patient's order."""

    warning_signs: _Lines = Field(default_factory=list)
    high_risk_situations: _Lines = Field(default_factory=list)
    skills: _Lines = Field(default_factory=list)
    people: _Lines = Field(default_factory=list)
    meetings: _Lines = Field(default_factory=list)
    appointments: _Lines = Field(default_factory=list)

    def parts(self) -> dict[str, list[str]]:
        """Return the parts by name."""
        return {name: getattr(self, name) for name in PARTS}


@dataclass(frozen=True, slots=True)
class NeedOut:
    """One need; it is open while ``met_at`` is null."""

    id: UUID
    kind: Annotated[str, OneOf(NEED_KINDS)]
    text: str
    noted_at: datetime
    met_at: datetime | None

    @classmethod
    def of(cls, need: NeedView) -> Self:
        """Show one."""
        return cls(need.id, need.kind, need.text, need.noted_at, need.met_at)


@dataclass(frozen=True, slots=True)
class NeedsOut(Page):
    """Needs: the open ones first."""

    results: Sequence[NeedOut]


@dataclass(frozen=True, slots=True)
class TaskOut:
    """One task; ``owner`` is null where it is the patient's own."""

    id: UUID
    text: str
    owner: UUID | None
    need: UUID | None
    due_on: date | None
    made_at: datetime
    done_at: datetime | None

    @classmethod
    def of(cls, task: TaskView) -> Self:
        """Show one, the same to the patient and to their care team."""
        return cls(
            task.id, task.text, task.owner_id, task.need_id, task.due_on, task.made_at,
            task.done_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TasksOut(Page):
    """Tasks: what is to be done first, by its day."""

    results: Sequence[TaskOut]


@dataclass(frozen=True, slots=True)
class AftercarePlanOut:
    """The plan for the time after treatment; ``rev`` is 0 while there is none."""

    warning_signs: Sequence[str]
    high_risk_situations: Sequence[str]
    skills: Sequence[str]
    people: Sequence[str]
    meetings: Sequence[str]
    appointments: Sequence[str]
    rev: int
    updated_at: datetime | None
    updated_by_role: str | None

    @classmethod
    def of(cls, plan: AftercarePlanView) -> Self:
        """Show the plan, or that nobody wrote one yet."""
        return cls(
            **plan.parts, rev=plan.rev, updated_at=plan.at, updated_by_role=plan.written_by_role
        )


class NeedsOfPatient(APIView):
    """What one patient of the caller needs beside treatment."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_needs", responses=NeedsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME)
        return json_response(NeedsOut(list(map(NeedOut.of, needs_of(chart=chart)))))

    @extend_schema(operation_id="note_need", request=NeedIn, responses={200: NeedOut, 201: NeedOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Note one, or with ``met`` that it is met."""
        sent = validated_body(NeedIn, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME, to_write=True)
        need, is_new = note_need(
            chart=chart, kind=sent.kind, text=sent.text, is_met=sent.met, now=timezone.now()
        )
        return json_response(NeedOut.of(need), status=201 if is_new else 200)


class TasksOfPatient(APIView):
    """The tasks of one patient of the caller and their care team."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_tasks_of_patient", responses=TasksOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME)
        return json_response(TasksOut(list(map(TaskOut.of, tasks_of(chart=chart)))))

    @extend_schema(operation_id="add_task", request=TaskIn, responses={201: TaskOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Write down what is to be done; the patient sees it in the app."""
        sent = validated_body(TaskIn, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME, to_write=True)
        task = add_task(
            chart=chart, text=sent.text, owner_id=sent.owner, need_id=sent.need,
            due_on=sent.due_on, now=timezone.now(),
        )  # fmt: skip
        return json_response(TaskOut.of(task), status=201)


class Tasks(APIView):
    """The tasks about the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_tasks", responses=TasksOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List the patient's own, and what their care team does for them."""
        chart = open_own_chart(viewer=request.user, what=DataCategory.PROGRAMME, now=timezone.now())
        return json_response(TasksOut(list(map(TaskOut.of, tasks_of(chart=chart)))))


class FinishTask(APIView):
    """The end of one task."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="finish_task", request=None, responses=TaskOut)
    def post(self, request: SignedIn, task_id: UUID) -> HttpResponse:
        """Say that it is done; again changes nothing. Patients finish their own tasks alone."""
        now = timezone.now()
        chart = open_task_chart(viewer=request.user, task_id=task_id, now=now)
        return json_response(TaskOut.of(finish_task(chart=chart, task_id=task_id, now=now)))


class AftercarePlan(APIView):
    """The signed-in patient's plan for the time after treatment."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_aftercare_plan", responses=AftercarePlanOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it as it stands; it stays for good."""
        chart = open_own_chart(viewer=request.user, what=DataCategory.PROGRAMME, now=timezone.now())
        return _plan_response(aftercare_plan_of(chart=chart))

    @extend_schema(
        operation_id="write_aftercare_plan", request=AftercarePlanIn, responses=AftercarePlanOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Write the next version as a whole. Needs ``If-Match``, "0" before the first one."""
        sent, rev, now = validated_body(AftercarePlanIn, request), if_match_rev(request), (
            timezone.now()
        )  # fmt: skip
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.PROGRAMME, now=now, to_write=True
        )
        return _written(chart, sent, rev, now)


class AftercarePlanOfPatient(APIView):
    """The plan for the time after treatment of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_aftercare_plan_of_patient", responses=AftercarePlanOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME)
        return _plan_response(aftercare_plan_of(chart=chart))

    @extend_schema(
        operation_id="write_aftercare_plan_of_patient", request=AftercarePlanIn,
        responses=AftercarePlanOut,
    )  # fmt: skip
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Write the next version as a whole, with the patient. Needs ``If-Match``."""
        sent, rev = validated_body(AftercarePlanIn, request), if_match_rev(request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROGRAMME, to_write=True)
        return _written(chart, sent, rev, timezone.now())


def _written(chart: Chart, sent: AftercarePlanIn, rev: int, now: datetime) -> HttpResponse:
    return _plan_response(write_aftercare_plan(chart=chart, parts=sent.parts(), rev=rev, now=now))


def _plan_response(plan: AftercarePlanView) -> HttpResponse:
    return json_response(AftercarePlanOut.of(plan), rev=plan.rev)
