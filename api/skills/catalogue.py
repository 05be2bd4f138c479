"""The catalogue of coping skills: as patients have it, and what a clinic adds or changes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.fields import (
    ChoiceOf,
    ListOf,
    OneLineField,
    StrictInput,
    StringField,
    WholeNumberField,
    YesNoField,
    if_match_rev,
    validated_body,
    validated_query,
)
from api.http.paging import unpaged
from api.http.permissions import IsAdmin, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response, json_response_unless_cached
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import User
from care.people.patients import patient_today
from care.people.profile import own_calendar
from journaling.skills import catalogue
from journaling.skills.assign import mark_taught
from journaling.skills.clinic_vocabulary import (
    PatientSkill,
    clinic_skill_overrides,
    search_skills,
    set_clinic_skill,
    skills_of_clinic,
)

SEARCH_PARAMETERS = [
    OpenApiParameter("q", str, description="Part of a name or of another name."),
    OpenApiParameter("module", str),
    OpenApiParameter("assigned", bool),
]
#: What a patient may be asked about a practice, as the shipped catalogue has it.
RATINGS = sorted({rating for one in catalogue.shipped_skills().values() for rating in one.ratings})


class SkillsQuery(StrictInput):
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


class TaughtIn(StrictInput):
    """Whether the skill was taught to the patient."""

    taught = YesNoField()


class ClinicSkillIn(StrictInput):
    """What the clinic says; null or left out is as shipped. A skill that it adds needs more."""

    name = OneLineField(max_length=80, required=False, allow_null=True)
    also_known_as = OneLineField(max_length=200, required=False, allow_null=True, allow_blank=True)
    module = serializers.RegexField(
        r"^[a-z][a-z_]{1,39}$", required=False, allow_null=True, max_length=40
    )
    description = StringField(max_length=500, required=False, allow_null=True)
    minutes = WholeNumberField(min_value=1, max_value=600, required=False, allow_null=True)
    ratings = ListOf(
        child=ChoiceOf(choices=RATINGS), required=False, allow_null=True,
        max_length=len(RATINGS),
    )  # fmt: skip
    caution = StringField(max_length=300, required=False, allow_null=True, allow_blank=True)
    withdrawn = YesNoField(required=False, default=False)


class ClinicSkillOut(serializers.Serializer[Any]):
    """What the clinic says about one skill; null is as shipped."""

    slug = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    also_known_as = serializers.CharField(allow_null=True)
    module = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    ratings = serializers.ListField(child=serializers.CharField(), allow_null=True)
    caution = serializers.CharField(allow_null=True)
    withdrawn = serializers.BooleanField()
    rev = serializers.IntegerField()
    changed_at = serializers.DateTimeField()


class ClinicSkillsOut(serializers.Serializer[Any]):
    """What the clinic says, by slug."""

    results = ClinicSkillOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Skills(APIView):
    """The catalogue of coping skills, as the caller's clinic has it."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(
        operation_id="list_skills",
        parameters=SEARCH_PARAMETERS,
        responses={200: SkillsOut, 304: None},
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the skills, a patient's assigned and taught ones first.

        With If-None-Match an unchanged list answers 304.
        """
        wanted = validated_query(SkillsQuery, request)
        viewer, now = request.user, timezone.now()
        chart = None
        if viewer.role == User.Role.PATIENT:
            chart = open_own_chart(viewer=viewer, what=DataCategory.SKILLS, now=now)
        body = _matching_skills(request, chart, wanted, today=own_calendar(user=viewer).day_of(now))
        return json_response_unless_cached(request, body, version=catalogue.CATALOGUE_VERSION)


class SkillsOfPatient(APIView):
    """The catalogue as one patient of the caller is shown it."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_skills_of_patient",
        parameters=SEARCH_PARAMETERS,
        responses=SkillsOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the skills, the patient's assigned and taught ones first."""
        wanted, now = validated_query(SkillsQuery, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS)
        # Staff's machines keep nothing of a patient, so there is nothing to ask about again.
        return json_response(
            _matching_skills(request, chart, wanted, today=patient_today(chart=chart, now=now))
        )


class OneSkillOfPatient(APIView):
    """One skill, as one patient of the caller knows it."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="mark_skill_taught", request=TaughtIn, responses={204: None})
    def put(self, request: SignedIn, patient_id: UUID, skill: str) -> HttpResponse:
        """Mark it as taught, or take the mark back; the same again changes nothing."""
        sent = validated_body(TaughtIn, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS, to_write=True)
        mark_taught(
            chart=chart,
            skill=skill,
            is_taught=sent["taught"],
            skills=skills_of_clinic(clinic_id=request.user.clinic_id),
            now=timezone.now(),
        )
        return HttpResponse(status=204)


class ClinicSkills(APIView):
    """The clinic's own skills, and what it says otherwise about shipped ones."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_clinic_skills", responses=ClinicSkillsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, withdrawn ones as well."""
        overrides = clinic_skill_overrides(clinic_id=request.user.clinic_id)
        return json_response(unpaged(list(map(_clinic_skill_to_json, overrides))))


class OneClinicSkill(APIView):
    """What the clinic says about one skill."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="set_clinic_skill", request=ClinicSkillIn, responses=ClinicSkillOut)
    def put(self, request: SignedIn, skill: str) -> HttpResponse:
        """Replace it, or add a skill; ``If-Match: "0"`` for the first time.

        A skill is withdrawn, never deleted: what was practised keeps its name.
        """
        sent, rev = validated_body(ClinicSkillIn, request), if_match_rev(request)
        is_withdrawn = sent.pop("withdrawn")
        set_clinic_skill(
            clinic_id=request.user.clinic_id,
            changed_by=request.user.pk,
            slug=skill,
            said=sent,
            is_withdrawn=is_withdrawn,
            rev=rev,
            now=timezone.now(),
        )
        rows = clinic_skill_overrides(clinic_id=request.user.clinic_id)
        override = next(row for row in rows if row["slug"] == skill)
        return json_response(_clinic_skill_to_json(override), rev=override["rev"])


def _matching_skills(
    request: SignedIn, chart: Chart | None, wanted: dict[str, Any], *, today: date
) -> dict[str, Any]:
    skills = search_skills(
        clinic_id=request.user.clinic_id,
        chart=chart,
        today=today,
        text=wanted.get("q", ""),
        module=wanted.get("module"),
        only_assigned=wanted.get("assigned", False),
    )
    return unpaged([_skill_to_json(skill) for skill in skills])


def _skill_to_json(shown: PatientSkill) -> dict[str, Any]:
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


def _clinic_skill_to_json(row: dict[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    shown["withdrawn"] = shown.pop("is_withdrawn")
    return shown
