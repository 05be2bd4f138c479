"""Skills given as homework."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.charts import chart_of
from api.paging import whole
from api.permissions import IsClinician, IsPatient
from api.reading import DayField, Input, PlainText, WholeNumber, asked, checked, sent_rev
from api.requests import SignedIn
from care import access
from care.access import DataClass
from care.queries.patients import today_of
from care.queries.people import own_calendar
from journaling import actions, queries
from journaling.actions.skills import LONGEST_NOTE, MOST_A_WEEK
from journaling.queries.assignments import Assigned
from notifications import actions as reminding


class AssignmentIn(Input):
    """A skill to practise so many times a week, until a local day of the patient or without end."""

    skill = PlainText(max_length=60)
    per_week = WholeNumber(min_value=1, max_value=MOST_A_WEEK)
    until = DayField(required=False, allow_null=True, default=None)
    note = PlainText(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class AssignmentChangeIn(Input):
    """What changes about an assignment; what is left out stays."""

    per_week = WholeNumber(min_value=1, max_value=MOST_A_WEEK, required=False)
    until = DayField(required=False, allow_null=True)
    note = PlainText(max_length=LONGEST_NOTE, required=False, allow_blank=True)


class AssignmentsAsked(Input):
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


ASKED = [OpenApiParameter("ended", bool, description="List ended ones as well.")]


class Assignments(APIView):
    """The signed-in patient's own assignments."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_assignments", parameters=ASKED, responses=AssignmentsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List what is assigned now, with progress."""
        wanted, now = asked(AssignmentsAsked, request), timezone.now()
        found = queries.assignments_of(
            chart=access.open_own_chart(viewer=request.user, what=DataClass.SKILLS, now=now),
            skills=queries.skills_of_clinic(clinic_id=request.user.clinic_id),
            today=own_calendar(user=request.user).day_of(now),
            with_ended=wanted.get("ended", False),
        )
        return answer(whole(list(map(shape, found))))


class AssignmentsOfPatient(APIView):
    """The assignments of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_assignments_of_patient", parameters=ASKED, responses=AssignmentsOut
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List what is assigned now, with the progress that was shared."""
        wanted = asked(AssignmentsAsked, request)
        chart = chart_of(request, patient_id, what=DataClass.SKILLS)
        found = queries.assignments_of(
            chart=chart,
            skills=queries.skills_of_clinic(clinic_id=request.user.clinic_id),
            today=today_of(chart=chart, now=timezone.now()),
            with_ended=wanted.get("ended", False),
        )
        return answer(whole(list(map(shape, found))))

    @extend_schema(
        operation_id="assign_skill", request=AssignmentIn, responses={201: AssignmentOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Assign a skill from today on; one that is assigned already answers 409.

        The patient gets a reminder of it, which they may change or delete.
        """
        sent, now = checked(AssignmentIn, request), timezone.now()
        chart = chart_of(request, patient_id, what=DataClass.SKILLS, to_write=True)
        skills = queries.skills_of_clinic(clinic_id=request.user.clinic_id)
        today = today_of(chart=chart, now=now)
        assignment_id = actions.assign_skill(
            chart=chart, **sent, skills=skills, today=today, now=now
        )
        reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
        found = queries.assignment_of(
            chart=chart, assignment_id=assignment_id, skills=skills, today=today
        )
        return answer(shape(found), status=201, rev=found.rev)


class OneAssignment(APIView):
    """One assignment of a patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="change_assignment", request=AssignmentChangeIn, responses=AssignmentOut
    )
    def patch(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """Change how often, until when, or the note. Needs ``If-Match``."""
        changes, rev, now = checked(AssignmentChangeIn, request), sent_rev(request), timezone.now()
        chart = chart_of(request, patient_id, what=DataClass.SKILLS, to_write=True)
        actions.change_assignment(
            chart=chart, assignment_id=assignment_id, rev=rev, changes=changes, now=now
        )
        reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
        found = queries.assignment_of(
            chart=chart,
            assignment_id=assignment_id,
            skills=queries.skills_of_clinic(clinic_id=request.user.clinic_id),
            today=today_of(chart=chart, now=now),
        )
        return answer(shape(found), rev=found.rev)

    @extend_schema(operation_id="end_assignment", responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, assignment_id: UUID) -> HttpResponse:
        """End it; it stays on record with its progress. Needs ``If-Match``."""
        rev, now = sent_rev(request), timezone.now()
        chart = chart_of(request, patient_id, what=DataClass.SKILLS, to_write=True)
        actions.end_assignment(chart=chart, assignment_id=assignment_id, rev=rev, now=now)
        reminding.homework_changed(chart=chart, assignment_id=assignment_id, now=now)
        return HttpResponse(status=204)


def shape(one: Assigned) -> dict[str, Any]:
    """Shape an assignment, for the patient and for their care team alike."""
    return {
        "id": one.id,
        "skill": one.skill,
        "name": one.name,
        "per_week": one.per_week,
        "since": one.since,
        "until": one.until,
        "note": one.note,
        "assigned_at": one.assigned_at,
        "ended_at": one.ended_at,
        "progress": {
            "practised_days": one.progress.practised_days,
            "days": one.progress.days,
            "this_week": one.progress.this_week,
            "per_week": one.progress.per_week,
            "text": one.progress.text,
        },
        "rev": one.rev,
    }
