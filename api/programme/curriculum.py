"""What a group of the clinic is taught week by week."""

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

from api.http.fields import Day, ListOf, OneOf, YesNo
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine
from journaling.education.curriculum import (
    MAX_TEXT_LENGTH,
    MOST_A_WEEK,
    MOST_WEEKS,
    THEMES,
    CurriculumPlan,
    CurriculumView,
    CurriculumWeek,
    curriculum_of,
    write_curriculum,
)

_Slugs = Annotated[list[Annotated[str, OneLine(60)]], ListOf(MOST_A_WEEK)]


class CurriculumWeekIn(Input):
    """What one week is about, with the slugs of its skills and lessons."""

    text: Annotated[str, OneLine(MAX_TEXT_LENGTH)]
    skills: _Slugs = Field(default_factory=list)
    lessons: _Slugs = Field(default_factory=list)


class CurriculumIn(Input):
    """A theme and its weeks, in order, the first in the week of ``starts_on``.

    Where it ``repeats``, it begins anew after its last week. ``own_words`` are what the clinic
    calls the theme; ``other`` needs some.
    """

    theme: Annotated[str, OneOf(THEMES)]
    own_words: Annotated[str, OneLine(80, may_be_blank=True)] = ""
    starts_on: Day
    repeats: YesNo = True
    weeks: Annotated[list[CurriculumWeekIn], ListOf(MOST_WEEKS)]

    def plan(self) -> CurriculumPlan:
        """Return it as a plan."""
        weeks = [
            CurriculumWeek(one.text, tuple(one.skills), tuple(one.lessons)) for one in self.weeks
        ]
        return CurriculumPlan(self.theme, self.own_words, self.starts_on, self.repeats, weeks)


@dataclass(frozen=True, slots=True)
class CurriculumWeekOut:
    """One week; ``week`` counts from 1."""

    week: int
    text: str
    skills: Sequence[str]
    lessons: Sequence[str]


@dataclass(frozen=True, slots=True)
class CurriculumOut:
    """A group's curriculum; without one ``rev`` is 0, and ``theme`` and ``starts_on`` are null."""

    theme: Annotated[str, OneOf(THEMES)] | None
    own_words: str
    starts_on: date | None
    repeats: bool
    weeks: Sequence[CurriculumWeekOut]
    rev: int
    updated_at: datetime | None

    @classmethod
    def of(cls, view: CurriculumView) -> Self:
        """Show it to a clinician of the clinic."""
        plan = view.plan
        if plan is None:
            return cls(
                theme=None, own_words="", starts_on=None, repeats=False, weeks=[], rev=view.rev,
                updated_at=view.at,
            )  # fmt: skip
        weeks = [
            CurriculumWeekOut(n, one.text, one.skills, one.lessons)
            for n, one in enumerate(plan.weeks, start=1)
        ]
        return cls(
            plan.theme, plan.own_words, plan.starts_on, plan.repeats, weeks, view.rev, view.at
        )


class Curriculum(APIView):
    """What one group of the clinic is taught."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_curriculum", responses=CurriculumOut)
    def get(self, request: SignedIn, group_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        return _response(curriculum_of(viewer=request.user, group_id=group_id))

    @extend_schema(operation_id="write_curriculum", request=CurriculumIn, responses=CurriculumOut)
    def put(self, request: SignedIn, group_id: UUID) -> HttpResponse:
        """Write it as a whole, as who leads the group. Needs ``If-Match``, "0" before the first.

        The group's members read in their app what is taught at each session.
        """
        sent, rev = validated_body(CurriculumIn, request), if_match_rev(request)
        written = write_curriculum(
            leader=request.user, group_id=group_id, plan=sent.plan(), rev=rev, now=timezone.now()
        )
        return _response(written)


def _response(view: CurriculumView) -> HttpResponse:
    return json_response(CurriculumOut.of(view), rev=view.rev)
