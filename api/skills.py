"""The catalogue of coping skills, and what patients were taught of it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.caching import answer_unless_known
from api.charts import chart_of
from api.paging import whole
from api.permissions import IsClinician, IsSignedIn
from api.reading import Input, YesNoField, asked, checked
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass
from care.models import User
from care.queries.patients import today_of
from care.queries.people import own_calendar
from journaling import actions, catalogue, queries
from journaling.queries.skills import ShownSkill


class SkillsAsked(Input):
    """Which skills."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=100)
    module = serializers.CharField(required=False, max_length=60)
    assigned = serializers.BooleanField(required=False)


class SkillOut(serializers.Serializer[Any]):
    """One coping skill; its caution is shown before the practice starts."""

    slug = serializers.CharField()
    name = serializers.CharField()
    also_known_as = serializers.CharField()
    module = serializers.CharField()
    description = serializers.CharField()
    minutes = serializers.IntegerField()
    ratings = serializers.ListField(child=serializers.CharField())
    caution = serializers.CharField()
    taught = serializers.BooleanField()
    assigned = serializers.BooleanField()


class SkillsOut(serializers.Serializer[Any]):
    """The catalogue."""

    results = SkillOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TaughtIn(Input):
    """Whether the skill was taught to the patient."""

    taught = YesNoField()


SEARCH = [
    OpenApiParameter("q", str, description="Part of a name or of another name."),
    OpenApiParameter("module", str),
    OpenApiParameter("assigned", bool),
]


class Skills(APIView):
    """The catalogue of coping skills, as the caller's clinic has it."""

    permission_classes = [IsSignedIn]

    @extend_schema(
        operation_id="list_skills", parameters=SEARCH, responses={200: SkillsOut, 304: None}
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the skills, a patient's assigned and taught ones first.

        With If-None-Match an unchanged list answers 304.
        """
        wanted = asked(SkillsAsked, request)
        viewer, now = request.user, timezone.now()
        chart = None
        if viewer.role == User.Role.PATIENT:
            chart = access.open_own_chart(viewer=viewer, what=DataClass.SKILLS, now=now)
        found = _found(request, chart, wanted, today=own_calendar(user=viewer).day_of(now))
        return answer_unless_known(request, found, version=catalogue.VERSION)


class SkillsOfPatient(APIView):
    """The catalogue as one patient of the caller is shown it."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_skills_of_patient",
        parameters=SEARCH,
        responses=SkillsOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the skills, the patient's assigned and taught ones first."""
        wanted, now = asked(SkillsAsked, request), timezone.now()
        chart = chart_of(request, patient_id, what=DataClass.SKILLS)
        # Staff's machines keep nothing of a patient, so there is nothing to ask about again.
        return answer(_found(request, chart, wanted, today=today_of(chart=chart, now=now)))


class OneSkillOfPatient(APIView):
    """One skill, as one patient of the caller knows it."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="mark_skill_taught", request=TaughtIn, responses={204: None})
    def put(self, request: SignedIn, patient_id: UUID, skill: str) -> HttpResponse:
        """Mark it as taught, or take the mark back; the same again changes nothing."""
        sent = checked(TaughtIn, request)
        chart = chart_of(request, patient_id, what=DataClass.SKILLS, to_write=True)
        actions.mark_taught(
            chart=chart,
            skill=skill,
            is_taught=sent["taught"],
            skills=queries.skills_of_clinic(clinic_id=request.user.clinic_id),
            now=timezone.now(),
        )
        return HttpResponse(status=204)


def _found(
    request: SignedIn, chart: Chart | None, wanted: dict[str, Any], *, today: date
) -> dict[str, Any]:
    found = queries.skills_shown(
        clinic_id=request.user.clinic_id,
        chart=chart,
        today=today,
        text=wanted.get("q", ""),
        module=wanted.get("module"),
        only_assigned=wanted.get("assigned", False),
    )
    return whole([_shape(one) for one in found])


def _shape(shown: ShownSkill) -> dict[str, Any]:
    skill = shown.skill
    return {
        "slug": skill.slug,
        "name": skill.name,
        "also_known_as": skill.also_known_as,
        "module": skill.module,
        "description": skill.description,
        "minutes": skill.minutes,
        "ratings": skill.ratings,
        "caution": skill.caution,
        "taught": shown.is_taught,
        "assigned": shown.is_assigned,
    }
