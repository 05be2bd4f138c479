"""Some weeks of one patient in figures, for themselves and for their care team."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsClinician, IsPatient
from api.reading import Input, asked
from api.requests import SignedIn
from api.summary_schema import SummaryOut
from backend.kit.errors import InvalidInput
from care import access
from care.access import Chart, DataClass
from care.queries.people import calendar_of
from journaling import wording
from journaling.queries.skills import names_of_clinic
from journaling.statistics import AfterSkill, Confidence, Timing
from journaling.summary import Course, Summary, summary

USUAL_DAYS = 28
FEWEST_DAYS, MOST_DAYS = 7, 366
DAYS = OpenApiParameter(
    "days", {"type": "integer", "minimum": FEWEST_DAYS, "maximum": MOST_DAYS, "default": USUAL_DAYS}
)


class SummaryAsked(Input):
    """How many local days, today included."""

    days = serializers.CharField(required=False)


class OwnSummary(APIView):
    """The signed-in patient's own weeks."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_summary", parameters=[DAYS], responses=SummaryOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read trends, days and skills, each with how many entries it rests on.

        Words claim no more than the entries bear out; nothing counts in a row, and nothing starts
        again at nought.
        """
        days, now = _days(request), timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        return answer(_told(chart, days, now))


class PatientSummary(APIView):
    """A patient's weeks, for their care team."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_patient_summary", parameters=[DAYS], responses=SummaryOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read the same figures of what the patient shares with the caller."""
        days, now = _days(request), timezone.now()
        chart = access.open_chart(
            viewer=request.user, patient_id=patient_id, what=DataClass.ENTRIES, now=now
        )
        return answer(_told(chart, days, now))


def _told(chart: Chart, days: int, now: datetime) -> dict[str, Any]:
    with wording.in_words_of(names_of_clinic(user_id=chart.patient_id)):
        return shape(_summed(chart, days, now))


def _summed(chart: Chart, days: int, now: datetime) -> Summary:
    return summary(chart=chart, calendar=calendar_of(chart=chart), days=days, now=now)


def _days(request: SignedIn) -> int:
    text = asked(SummaryAsked, request).get("days", str(USUAL_DAYS))
    if text.isascii() and text.isdecimal() and len(text) < 4:
        days = int(text)
        if FEWEST_DAYS <= days <= MOST_DAYS:
            return days
    detail = f"Must be a whole number from {FEWEST_DAYS} to {MOST_DAYS}."
    raise InvalidInput.of("days", "out_of_range", detail)


def shape(found: Summary) -> dict[str, Any]:
    """Shape a summary; who reads it decides whose skills its words speak of."""
    return {
        "period": {
            "first_day": found.days[0],
            "last_day": found.days[-1],
            "days": len(found.days),
        },
        "logged": {
            "n": found.entries,
            "days": found.days_with,
            "too_late": found.too_late,
            "text": found.logged_text,
            "too_late_text": found.too_late_text,
        },
        "use": {
            "days": found.use.days,
            "without_use": found.use.without_use,
            "with_use": found.use.with_use,
            "unknown": found.use.unknown,
            "text": found.use_text,
        },
        "mood": _course(found.mood),
        "craving": {
            **_course(found.craving),
            "parts_of_day": _timing(found.parts_of_day),
            "weekdays": _timing(found.weekdays),
        },
        "skills": {
            "after": list(map(_after, found.after_skills)),
            "stands_out": {
                "text": found.stand_out.told(whose="your" if found.is_own else "their"),
                "confidence": _sure(found.stand_out.confidence),
                "skill": found.stand_out.skill,
            },
        },
    }


def _course(course: Course) -> dict[str, Any]:
    trend, weeks = course.trend, course.weeks
    return {
        "low": course.scale.low,
        "high": course.scale.high,
        "trend": {
            "text": trend.text,
            "confidence": _sure(trend.confidence),
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


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "text": timing.text,
        "confidence": _sure(timing.confidence),
        "n": timing.n,
        "top": timing.top,
        "counts": timing.counts,
    }


def _after(found: AfterSkill) -> dict[str, Any]:
    before, after = found.typical
    return {
        "skill": found.skill,
        "name": wording.skill(found.skill),
        "n": len(found.pairs),
        "lower": found.lower,
        "before": before,
        "after": after,
        "text": found.text,
    }


def _sure(confidence: Confidence) -> str | None:
    return None if confidence is Confidence.NONE else confidence.value
