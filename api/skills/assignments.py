"""Skill assignments (homework)."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.fields import (
    DayField,
    StrictInput,
    StringField,
    WholeNumberField,
    if_match_rev,
    validated_body,
    validated_query,
)
from api.http.paging import unpaged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.people.patients import patient_today
from care.people.profile import own_calendar
from journaling.skills.assign import (
    MAX_ASSIGNMENT_NOTE_LENGTH,
    MAX_TIMES_A_WEEK,
    assign_skill,
    change_assignment,
    end_assignment,
)
from journaling.skills.clinic_vocabulary import skills_of_clinic
from journaling.skills.read import AssignedSkill, assignment_of, assignments_of
from notifications.reminders.follow_assignments import follow_assignment


class AssignmentIn(StrictInput):
    """A skill to practise so many times a week, until a local day of the patient or without end."""

    skill = StringField(max_length=60)
    per_week = WholeNumberField(min_value=1, max_value=MAX_TIMES_A_WEEK)
    until = DayField(required=False, allow_null=True, default=None)
    note = StringField(
        max_length=MAX_ASSIGNMENT_NOTE_LENGTH, required=False, allow_blank=True, default=""
    )


class AssignmentChangeIn(StrictInput):
    """What changes about an assignment; what is left out stays."""

    per_week = WholeNumberField(min_value=1, max_value=MAX_TIMES_A_WEEK, required=False)
    until = DayField(required=False, allow_null=True)
    note = StringField(max_length=MAX_ASSIGNMENT_NOTE_LENGTH, required=False, allow_blank=True)


class AssignmentsQuery(StrictInput):
    """Whether ended assignments are listed as well."""

    ended = serializers.BooleanField(required=False)


class ProgressOut(serializers.Serializer[Any]):
    """Practised on ``practised_days`` of ``days``; ``this_week`` of ``per_week`` times."""

    practised_days = serializers.IntegerField()
    days = serializers.IntegerField()
    this_week = serializers.IntegerField()
    per_week = serializers.IntegerField()
    text = serializers.CharField()


class AssignmentOut(serializers.Serializer[Any]):
    """A skill given as homework, seen by the patient and their care team alike."""

    id = serializers.UUIDField()
    skill = serializers.CharField()
    name = serializers.CharField()
    per_week = serializers.IntegerField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    assigned_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    progress = ProgressOut()
    rev = serializers.IntegerField()


class AssignmentsOut(serializers.Serializer[Any]):
    """Assignments, the newest first."""

    results = AssignmentOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


QUERY_PARAMETERS = [OpenApiParameter("ended", bool, description="List ended ones as well.")]


class Assignments(APIView):
    """The signed-in patient's own assignments."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_assignments", parameters=QUERY_PARAMETERS, responses=AssignmentsOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List what is assigned now, with progress."""
        wanted, now = validated_query(AssignmentsQuery, request), timezone.now()
        assignments = assignments_of(
            chart=open_own_chart(viewer=request.user, what=DataCategory.SKILLS, now=now),
            skills=skills_of_clinic(clinic_id=request.user.clinic_id),
            today=own_calendar(user=request.user).day_of(now),
            with_ended=wanted.get("ended", False),
        )
        return json_response(unpaged(list(map(assignment_to_json, assignments))))


class AssignmentsOfPatient(APIView):
    """The assignments of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_assignments_of_patient",
        parameters=QUERY_PARAMETERS,
        responses=AssignmentsOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List what is assigned now, with the progress that was shared."""
        wanted = validated_query(AssignmentsQuery, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS)
        assignments = assignments_of(
            chart=chart,
            skills=skills_of_clinic(clinic_id=request.user.clinic_id),
            today=patient_today(chart=chart, now=timezone.now()),
            with_ended=wanted.get("ended", False),
        )
        return json_response(unpaged(list(map(assignment_to_json, assignments))))

    @extend_schema(
        operation_id="assign_skill", request=AssignmentIn, responses={201: AssignmentOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Assign a skill from today on; one that is assigned already answers 409.

        The patient gets a reminder of it, which they may change or delete.
        """
        sent, now = validated_body(AssignmentIn, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        skills = skills_of_clinic(clinic_id=request.user.clinic_id)
        today = patient_today(chart=chart, now=now)
        assignment_id = assign_skill(chart=chart, **sent, skills=skills, today=today, now=now)
        follow_assignment(chart=chart, assignment_id=assignment_id, now=now)
        assignment = assignment_of(
            chart=chart, assignment_id=assignment_id, skills=skills, today=today
        )
        return json_response(assignment_to_json(assignment), status=201, rev=assignment.rev)


class OneAssignment(APIView):
    """One assignment of a patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="change_assignment", request=AssignmentChangeIn, responses=AssignmentOut
    )
    def patch(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """Change how often, until when, or the note. Needs ``If-Match``."""
        changes, rev, now = (
            validated_body(AssignmentChangeIn, request),
            if_match_rev(request),
            timezone.now(),
        )
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        change_assignment(
            chart=chart, assignment_id=assignment_id, rev=rev, changes=changes, now=now
        )
        follow_assignment(chart=chart, assignment_id=assignment_id, now=now)
        assignment = assignment_of(
            chart=chart,
            assignment_id=assignment_id,
            skills=skills_of_clinic(clinic_id=request.user.clinic_id),
            today=patient_today(chart=chart, now=now),
        )
        return json_response(assignment_to_json(assignment), rev=assignment.rev)

    @extend_schema(operation_id="end_assignment", responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """End it; it stays on record with its progress. Needs ``If-Match``."""
        rev, now = if_match_rev(request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        end_assignment(chart=chart, assignment_id=assignment_id, rev=rev, now=now)
        follow_assignment(chart=chart, assignment_id=assignment_id, now=now)
        return HttpResponse(status=204)


def assignment_to_json(assignment: AssignedSkill) -> dict[str, Any]:
    """Return an assignment as JSON, the same for the patient and for their care team."""
    return {
        "id": assignment.id,
        "skill": assignment.skill,
        "name": assignment.name,
        "per_week": assignment.per_week,
        "since": assignment.since,
        "until": assignment.until,
        "note": assignment.note,
        "assigned_at": assignment.assigned_at,
        "ended_at": assignment.ended_at,
        "progress": {
            "practised_days": assignment.progress.practised_days,
            "days": assignment.progress.days,
            "this_week": assignment.progress.this_week,
            "per_week": assignment.progress.per_week,
            "text": assignment.progress.text,
        },
        "rev": assignment.rev,
    }
