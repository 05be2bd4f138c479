"""Seven days of diary cards and skills as a grid, for the patient and for their care team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import A_DAY, OneOf
from api.http.inputs import Input, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.insights.diary_week import (
    MISSING,
    DayAnswer,
    DiaryRow,
    DiaryWeek,
    SkillRow,
    diary_week,
)


class DiaryWeekQuery(Input):
    """The first of the seven days, of the patient's calendar; without it the last seven days."""

    from_: Annotated[date | None, A_DAY, Field(alias="from")] = None


@dataclass(frozen=True, slots=True)
class DiaryAnswerOut:
    """One answer of one day. Where ``value`` is null, ``missing`` is why; no answer is no zero.

    ``acted`` is whether an urge was acted on, null where that was not answered.
    """

    value: float | None
    missing: Annotated[str, OneOf(MISSING)] | None
    acted: bool | None

    @classmethod
    def of(cls, answer: DayAnswer) -> Self:
        """Show one."""
        return cls(answer.value, answer.missing, answer.acted)


@dataclass(frozen=True, slots=True)
class DiaryRowOut:
    """One question over the seven days; ``own`` is a target of the patient's own."""

    name: str
    own: bool
    answers: Sequence[DiaryAnswerOut]

    @classmethod
    def of(cls, row: DiaryRow) -> Self:
        """Show one."""
        return cls(row.name, row.is_own, list(map(DiaryAnswerOut.of, row.answers)))


@dataclass(frozen=True, slots=True)
class SkillWeekOut:
    """How often a skill was used on each day; null where nothing about it was logged."""

    skill: str
    name: str
    used: Sequence[int | None]

    @classmethod
    def of(cls, row: SkillRow) -> Self:
        """Show one."""
        return cls(row.slug, row.name, row.used)


@dataclass(frozen=True, slots=True)
class DiaryWeekOut:
    """The grid, as far as the caller may see the entries.

    ``written`` are the days with a diary card, ``late`` those whose card was written down or
    changed more than 48 hours later, and is in no figure. Urges and emotions are of 0 to 5.
    """

    days: Sequence[date]
    today: date
    written: Sequence[date]
    late: Sequence[date]
    urges: Sequence[DiaryRowOut]
    emotions: Sequence[DiaryRowOut]
    day_fields: Sequence[DiaryRowOut]
    skills: Sequence[SkillWeekOut]

    @classmethod
    def of(cls, week: DiaryWeek) -> Self:
        """Show the week."""
        urges, emotions, day_fields = (
            list(map(DiaryRowOut.of, rows)) for rows in (week.urges, week.emotions, week.day_fields)
        )
        return cls(
            week.days, week.today, sorted(week.written), sorted(week.late), urges, emotions,
            day_fields, list(map(SkillWeekOut.of, week.skills)),
        )  # fmt: skip


class OwnDiaryWeek(APIView):
    """The signed-in patient's own diary week."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="read_diary_week",
        parameters=query_parameters(DiaryWeekQuery),
        responses=DiaryWeekOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it from a day on."""
        first, now = validated_query(DiaryWeekQuery, request).from_, timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        return json_response(DiaryWeekOut.of(diary_week(chart=chart, first=first, now=now)))


class DiaryWeekOfPatient(APIView):
    """The diary week of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="read_diary_week_of_patient",
        parameters=query_parameters(DiaryWeekQuery),
        responses=DiaryWeekOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read what the patient shares with the caller, from a day on."""
        first = validated_query(DiaryWeekQuery, request).from_
        chart = open_patient_chart(request, patient_id, what=DataCategory.ENTRIES)
        week = diary_week(chart=chart, first=first, now=timezone.now())
        return json_response(DiaryWeekOut.of(week))
