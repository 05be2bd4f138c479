"""Skill assignments (homework)."""

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
from api.http.fields import A_FLAG, Day, OneOf, WholeNumber
from api.http.inputs import Change, Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import Text
from backend.kit.languages import ENGLISH
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.skills.assign import (
    MAX_ASSIGNMENT_NOTE_LENGTH,
    MAX_TIMES_A_WEEK,
    OUTCOMES,
    end_assignment,
)
from journaling.skills.patient_skills import (
    assign_skill,
    change_assignment,
    close_assignment,
    list_assignments,
    open_assignment_chart,
)
from journaling.skills.read import AssignedSkill


class AssignmentIn(Input):
    """A skill to practise so many times a week, until a local day of the patient or without end."""

    skill: Annotated[str, Text(60)]
    per_week: Annotated[int, WholeNumber(1, MAX_TIMES_A_WEEK)]
    until: Day | None = None
    note: Annotated[str, Text(MAX_ASSIGNMENT_NOTE_LENGTH, may_be_blank=True)] = ""


class AssignmentChangeIn(Change):
    """What changes about an assignment; what is left out stays."""

    per_week: Annotated[int | None, WholeNumber(1, MAX_TIMES_A_WEEK)] = None
    until: Day | None = None
    note: Annotated[str | None, Text(MAX_ASSIGNMENT_NOTE_LENGTH, may_be_blank=True)] = None


class AssignmentCloseIn(Input):
    """How homework ended, and the clinician's words about it, which the patient reads as well."""

    outcome: Annotated[
        str,
        OneOf(OUTCOMES),
        Field(
            description="`kept`: the patient goes on by themselves; `changed`: something else"
            " takes its place."
        ),
    ]
    note: Annotated[str, Text(MAX_ASSIGNMENT_NOTE_LENGTH, may_be_blank=True)] = ""


class AssignmentsQuery(Input):
    """Whether ended assignments are listed as well."""

    ended: Annotated[bool, A_FLAG, Field(description="List ended ones as well.")] = False


@dataclass(frozen=True, slots=True)
class ProgressOut:
    """Practised on ``practised_days`` of ``days``; ``this_week`` of ``per_week`` times."""

    practised_days: int
    days: int
    this_week: int
    per_week: int
    text: str


@dataclass(frozen=True, slots=True)
class AssignmentOut:
    """A skill given as homework, seen by the patient and their care team alike."""

    id: UUID
    skill: str
    name: str
    per_week: int
    since: date
    until: date | None
    note: str
    assigned_at: datetime
    ended_at: datetime | None
    outcome: (
        Annotated[
            str,
            OneOf(OUTCOMES),
            Field(description="How it ended, as it was spoken of in a session; null until then."),
        ]
        | None
    )
    outcome_note: str
    progress: ProgressOut
    rev: int

    @classmethod
    def of(cls, assignment: AssignedSkill, language: str = ENGLISH) -> Self:
        """Show an assignment, the same to the patient and to their care team."""
        return cls(
            id=assignment.id,
            skill=assignment.skill,
            name=assignment.name,
            per_week=assignment.per_week,
            since=assignment.since,
            until=assignment.until,
            note=assignment.note,
            assigned_at=assignment.assigned_at,
            ended_at=assignment.ended_at,
            outcome=assignment.outcome,
            outcome_note=assignment.outcome_note,
            progress=ProgressOut(
                practised_days=assignment.progress.practised_days,
                days=assignment.progress.days,
                this_week=assignment.progress.this_week,
                per_week=assignment.progress.per_week,
                text=assignment.progress.spoken(language),
            ),
            rev=assignment.rev,
        )


@dataclass(frozen=True, slots=True)
class AssignmentsOut(Page):
    """Assignments, the newest first."""

    results: Sequence[AssignmentOut]


class Assignments(APIView):
    """The signed-in patient's own assignments."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_assignments",
        parameters=query_parameters(AssignmentsQuery),
        responses=AssignmentsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List what is assigned now, with progress."""
        wanted, now = validated_query(AssignmentsQuery, request), timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.SKILLS, now=now)
        assignments = list_assignments(chart=chart, now=now, with_ended=wanted.ended)
        return json_response(
            AssignmentsOut([AssignmentOut.of(row, chart.language) for row in assignments])
        )


class AssignmentsOfPatient(APIView):
    """The assignments of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_assignments_of_patient",
        parameters=query_parameters(AssignmentsQuery),
        responses=AssignmentsOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List what is assigned now, with the progress that was shared."""
        wanted, now = validated_query(AssignmentsQuery, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS)
        assignments = list_assignments(chart=chart, now=now, with_ended=wanted.ended)
        return json_response(
            AssignmentsOut([AssignmentOut.of(row, chart.language) for row in assignments])
        )

    @extend_schema(
        operation_id="assign_skill", request=AssignmentIn, responses={201: AssignmentOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Assign a skill from today on; one that is assigned already answers 409.

        The patient gets a reminder of it, which they may change or delete.
        """
        sent, now = validated_body(AssignmentIn, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        assignment = assign_skill(
            chart=chart, skill=sent.skill, per_week=sent.per_week, until=sent.until, note=sent.note,
            now=now,
        )  # fmt: skip
        return json_response(AssignmentOut.of(assignment), status=201, rev=assignment.rev)


class OneAssignment(APIView):
    """One assignment of a patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="change_assignment", request=AssignmentChangeIn, responses=AssignmentOut
    )
    def patch(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """Change how often, until when, or the note. Needs ``If-Match``."""
        sent, rev, now = (
            validated_body(AssignmentChangeIn, request), if_match_rev(request), timezone.now(),
        )  # fmt: skip
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        assignment = change_assignment(
            chart=chart, assignment_id=assignment_id, rev=rev, changes=sent.given(), now=now
        )
        return json_response(AssignmentOut.of(assignment), rev=assignment.rev)

    @extend_schema(operation_id="end_assignment", responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """End it; it stays on record with its progress. Needs ``If-Match``."""
        rev, now = if_match_rev(request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        end_assignment(chart=chart, assignment_id=assignment_id, rev=rev, now=now)
        return HttpResponse(status=204)


class CloseAssignment(APIView):
    """The end of one assignment, as it was spoken of in a session."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="close_assignment", request=AssignmentCloseIn, responses=AssignmentOut
    )
    def post(self, request: SignedIn, assignment_id: UUID) -> HttpResponse:
        """Say how it ended; its reminders end as well, and its progress stays on record.

        The same outcome again changes nothing; another answers 409 `already_closed`.
        """
        sent, now = validated_body(AssignmentCloseIn, request), timezone.now()
        chart = open_assignment_chart(viewer=request.user, assignment_id=assignment_id, now=now)
        assignment = close_assignment(
            chart=chart, assignment_id=assignment_id, outcome=sent.outcome, note=sent.note, now=now
        )
        return json_response(AssignmentOut.of(assignment), rev=assignment.rev)
