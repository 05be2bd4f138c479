"""The catalogue of coping skills: as patients have it, and what a clinic adds or changes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Flag, ListOf, OneOf, WholeNumber, YesNo
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsAdmin, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response, json_response_unless_cached
from api.http.text_fields import OneLine, Text
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import User
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import (
    ClinicSkillOverride,
    PatientSkill,
    clinic_skill_overrides,
    set_clinic_skill,
)
from journaling.skills.patient_skills import find_skills, mark_taught

#: What a patient may be asked about a practice, as the shipped catalogue has it.
RATINGS = sorted({rating for one in catalogue.shipped_skills().values() for rating in one.ratings})


class SkillsQuery(Input):
    """Which skills."""

    q: Annotated[
        str | None,
        Text(100, may_be_blank=True),
        Field(description="Part of a name or of another name."),
    ] = None
    module: Annotated[str | None, Text(60)] = None
    assigned: Flag = False


@dataclass(frozen=True, slots=True)
class SkillOut:
    """One coping skill; its caution is shown before the practice starts."""

    slug: str
    name: str
    also_known_as: str
    module: str
    description: str
    minutes: int
    ratings: Sequence[str]
    caution: str
    taught: bool
    assigned: bool

    @classmethod
    def of(cls, shown: PatientSkill) -> Self:
        skill = shown.skill
        return cls(
            slug=skill.slug, name=skill.name, also_known_as=skill.also_known_as,
            module=skill.module, description=skill.description, minutes=skill.minutes,
            ratings=skill.ratings, caution=skill.caution, taught=shown.is_taught,
            assigned=shown.is_assigned,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkillsOut(Page):
    """The catalogue."""

    results: Sequence[SkillOut]


class TaughtIn(Input):
    """Whether the skill was taught to the patient."""

    taught: YesNo


class ModuleName(Text):
    """The name of a module of skills, in lower case letters and underscores."""

    pattern = r"^[a-z][a-z_]{1,39}$"
    not_text: ClassVar[str] = "This value does not match the required pattern."

    def _faults_of(self, typed: str) -> Iterator[tuple[str, str]]:
        yield from super()._faults_of(typed)
        if not re.search(self.pattern, typed):
            yield "invalid", self.not_text

    def json_schema(self) -> dict[str, Any]:
        """Return the pattern."""
        return super().json_schema() | {"pattern": self.pattern}


class ClinicSkillIn(Input):
    """What the clinic says; null or left out is as shipped. A skill that it adds needs more."""

    name: Annotated[str, OneLine(80)] | None = None
    also_known_as: Annotated[str, OneLine(200, may_be_blank=True)] | None = None
    module: Annotated[str, ModuleName(40)] | None = None
    description: Annotated[str, Text(500)] | None = None
    minutes: Annotated[int, WholeNumber(1, 600)] | None = None
    ratings: Annotated[list[Annotated[str, OneOf(RATINGS)]], ListOf(len(RATINGS))] | None = None
    caution: Annotated[str, Text(300, may_be_blank=True)] | None = None
    withdrawn: YesNo = False


@dataclass(frozen=True, slots=True)
class ClinicSkillOut:
    """What the clinic says about one skill; null is as shipped."""

    slug: str
    name: str | None
    also_known_as: str | None
    module: str | None
    description: str | None
    minutes: int | None
    ratings: Sequence[str] | None
    caution: str | None
    rev: int
    changed_at: datetime
    withdrawn: bool

    @classmethod
    def of(cls, override: ClinicSkillOverride) -> Self:
        """Show what the clinic says."""
        return cls(
            slug=override.slug, name=override.name, also_known_as=override.also_known_as,
            module=override.module, description=override.description, minutes=override.minutes,
            ratings=override.ratings, caution=override.caution, rev=override.rev,
            changed_at=override.changed_at, withdrawn=override.is_withdrawn,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClinicSkillsOut(Page):
    """What the clinic says, by slug."""

    results: Sequence[ClinicSkillOut]


class Skills(APIView):
    """The catalogue of coping skills, as the caller's clinic has it."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(
        operation_id="list_skills",
        parameters=query_parameters(SkillsQuery),
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
        body = _matching_skills(request, chart, wanted, now)
        return json_response_unless_cached(request, body, version=catalogue.CATALOGUE_VERSION)


class SkillsOfPatient(APIView):
    """The catalogue as one patient of the caller is shown it."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_skills_of_patient",
        parameters=query_parameters(SkillsQuery),
        responses=SkillsOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the skills, the patient's assigned and taught ones first."""
        wanted, now = validated_query(SkillsQuery, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.SKILLS)
        # Staff's machines keep nothing of a patient, so there is nothing to ask about again.
        return json_response(_matching_skills(request, chart, wanted, now))


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
            is_taught=sent.taught,
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
        return json_response(ClinicSkillsOut([ClinicSkillOut.of(row) for row in overrides]))


class OneClinicSkill(APIView):
    """What the clinic says about one skill."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="set_clinic_skill", request=ClinicSkillIn, responses=ClinicSkillOut)
    def put(self, request: SignedIn, skill: str) -> HttpResponse:
        """Replace it, or add a skill; ``If-Match: "0"`` for the first time.

        A skill is withdrawn, never deleted: what was practised keeps its name.
        """
        sent, rev = validated_body(ClinicSkillIn, request), if_match_rev(request)
        override = set_clinic_skill(
            clinic_id=request.user.clinic_id,
            changed_by=request.user.pk,
            slug=skill,
            said=sent.model_dump(exclude={"withdrawn"}),
            is_withdrawn=sent.withdrawn,
            rev=rev,
            now=timezone.now(),
        )
        return json_response(ClinicSkillOut.of(override), rev=override.rev)


def _matching_skills(
    request: SignedIn, chart: Chart | None, wanted: SkillsQuery, now: datetime
) -> SkillsOut:
    skills = find_skills(
        clinic_id=request.user.clinic_id,
        chart=chart,
        now=now,
        text=wanted.q or "",
        module=wanted.module,
        only_assigned=wanted.assigned,
    )
    return SkillsOut([SkillOut.of(skill) for skill in skills])
