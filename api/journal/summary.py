"""Some weeks of one patient in figures, for themselves and for their care team."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import StrictInput, validated_query
from api.journal.summary_schema import SummaryOut
from backend.kit.errors import InvalidInput
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.people.profile import patient_clock
from journaling.insights.confidence import Confidence
from journaling.insights.skill_outcomes import CravingsAfterSkill
from journaling.insights.summary import PatientSummary, RatingCourse, patient_summary
from journaling.insights.timing import CravingTiming
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names

DEFAULT_DAYS = 28
MIN_DAYS, MAX_DAYS = 7, 366
DAYS_PARAMETER = OpenApiParameter(
    "days", {"type": "integer", "minimum": MIN_DAYS, "maximum": MAX_DAYS, "default": DEFAULT_DAYS}
)


class SummaryQuery(StrictInput):
    """How many local days, today included."""

    days = serializers.CharField(required=False)


class OwnSummary(APIView):
    """The signed-in patient's own weeks."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_summary", parameters=[DAYS_PARAMETER], responses=SummaryOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read trends, days and skills, each with how many entries it rests on.

        Words claim no more than the entries bear out; nothing counts in a row, and nothing starts
        again at nought.
        """
        days, now = _parse_days(request), timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        return json_response(_summary_response(chart, days, now))


class SummaryOfPatient(APIView):
    """A patient's weeks, for their care team."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="read_patient_summary", parameters=[DAYS_PARAMETER], responses=SummaryOut
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read the same figures of what the patient shares with the caller."""
        days, now = _parse_days(request), timezone.now()
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.ENTRIES, now=now
        )
        return json_response(_summary_response(chart, days, now))


def _summary_response(chart: Chart, days: int, now: datetime) -> dict[str, Any]:
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=chart.patient_id)):
        return summary_to_json(_compute_summary(chart, days, now))


def _compute_summary(chart: Chart, days: int, now: datetime) -> PatientSummary:
    return patient_summary(chart=chart, calendar=patient_clock(chart=chart), days=days, now=now)


def _parse_days(request: SignedIn) -> int:
    text = validated_query(SummaryQuery, request).get("days", str(DEFAULT_DAYS))
    if text.isascii() and text.isdecimal() and len(text) < 4:
        days = int(text)
        if MIN_DAYS <= days <= MAX_DAYS:
            return days
    detail = f"Must be a whole number from {MIN_DAYS} to {MAX_DAYS}."
    raise InvalidInput.of("days", "out_of_range", detail)


def summary_to_json(summary: PatientSummary) -> dict[str, Any]:
    """Return a summary as JSON; its texts address the patient or speak of them."""
    return {
        "period": {
            "first_day": summary.days[0],
            "last_day": summary.days[-1],
            "days": len(summary.days),
        },
        "logged": {
            "n": summary.entries,
            "days": summary.days_with,
            "too_late": summary.too_late,
            "text": summary.logged_text,
            "too_late_text": summary.too_late_text,
        },
        "use": {
            "days": summary.use.days,
            "without_use": summary.use.without_use,
            "with_use": summary.use.with_use,
            "unknown": summary.use.unknown,
            "text": summary.use_text,
        },
        "mood": _course_to_json(summary.mood),
        "craving": {
            **_course_to_json(summary.craving),
            "parts_of_day": _timing_to_json(summary.parts_of_day),
            "weekdays": _timing_to_json(summary.weekdays),
        },
        "skills": {
            "after": list(map(_after_skill_to_json, summary.after_skills)),
            "stands_out": {
                "text": summary.stand_out.sentence(whose="your" if summary.is_own else "their"),
                "confidence": _confidence_to_json(summary.stand_out.confidence),
                "skill": summary.stand_out.skill,
            },
        },
    }


def _course_to_json(course: RatingCourse) -> dict[str, Any]:
    trend, weeks = course.trend, course.weeks
    return {
        "low": course.scale.low,
        "high": course.scale.high,
        "trend": {
            "text": trend.text,
            "confidence": _confidence_to_json(trend.confidence),
            "n": trend.entry_days,
            "days": trend.days,
            # A number that may not be claimed is not given either.
            "change": trend.change if trend.confidence.is_claim else None,
        },
        "weeks": {
            "text": weeks.text,
            "earlier": weeks.earlier,
            "earlier_days": weeks.earlier_days,
            "later": weeks.later,
            "later_days": weeks.later_days,
            "arrow": weeks.arrow,
        },
    }


def _timing_to_json(timing: CravingTiming) -> dict[str, Any]:
    return {
        "text": timing.text,
        "confidence": _confidence_to_json(timing.confidence),
        "n": timing.n,
        "top": timing.top,
        "counts": timing.counts,
    }


def _after_skill_to_json(outcome: CravingsAfterSkill) -> dict[str, Any]:
    before, after = outcome.typical
    return {
        "skill": outcome.skill,
        "name": catalogue.skill_name(outcome.skill),
        "n": len(outcome.pairs),
        "lower": outcome.lower,
        "before": before,
        "after": after,
        "text": outcome.text,
    }


def _confidence_to_json(confidence: Confidence) -> str | None:
    return None if confidence is Confidence.NONE else confidence.value
