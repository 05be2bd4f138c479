"""Some weeks of one patient in figures, for themselves and for their care team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import Count, OneOf
from api.http.inputs import Input, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
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
#: The fixed words; null claims nothing.
CONFIDENCES = [Confidence.TOO_EARLY.value, Confidence.LEANING.value, Confidence.FAIRLY_SURE.value]


class SummaryQuery(Input):
    """How many local days, today included."""

    days: Annotated[int, Count(MIN_DAYS, MAX_DAYS, opening="Must be a whole number")] = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class FindingOut:
    """What may be claimed, in ready words; ``confidence`` is null where nothing is."""

    text: str
    confidence: Annotated[str, OneOf(CONFIDENCES)] | None


@dataclass(frozen=True, slots=True)
class TrendOut(FindingOut):
    """A change over ``days`` days, of which ``n`` have an entry; ``change`` in points or null."""

    n: int
    days: int
    change: float | None


@dataclass(frozen=True, slots=True)
class WeeksOut:
    """The mean of the last seven days beside the seven before; null where no day has a value."""

    text: str
    earlier: float | None
    earlier_days: int
    later: float | None
    later_days: int
    arrow: str | None


@dataclass(frozen=True, slots=True)
class CourseOut:
    """One daily rating on its scale."""

    low: int
    high: int
    trend: TrendOut
    weeks: WeeksOut

    @classmethod
    def of(cls, course: RatingCourse, language: str) -> Self:
        trend, weeks = (course.trend, course.weeks)
        return cls(
            low=course.scale.low,
            high=course.scale.high,
            trend=TrendOut(
                text=trend.spoken(language),
                confidence=_confidence_word(trend.confidence),
                n=trend.entry_days,
                days=trend.days,
                # A number that may not be claimed is not given either.
                change=trend.change if trend.confidence.is_claim else None,
            ),
            weeks=WeeksOut(
                text=weeks.spoken(language),
                earlier=weeks.earlier,
                earlier_days=weeks.earlier_days,
                later=weeks.later,
                later_days=weeks.later_days,
                arrow=weeks.arrow,
            ),
        )


@dataclass(frozen=True, slots=True)
class TimingOut(FindingOut):
    """When cravings come; ``top`` is null where they are spread."""

    n: int
    top: str | None
    counts: Mapping[str, int]

    @classmethod
    def of(cls, timing: CravingTiming, language: str) -> Self:
        """Show when cravings come."""
        return cls(
            text=timing.spoken(language), confidence=_confidence_word(timing.confidence),
            n=timing.n, top=timing.top, counts=timing.counts,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CravingCourseOut(CourseOut):
    """The strongest craving of each day, and when cravings come."""

    parts_of_day: TimingOut
    weekdays: TimingOut


@dataclass(frozen=True, slots=True)
class AfterSkillOut:
    """Cravings before and after one skill, most used first; no skill is ranked."""

    skill: str
    name: str
    n: int
    lower: int
    before: float
    after: float
    text: str

    @classmethod
    def of(cls, outcome: CravingsAfterSkill, language: str) -> Self:
        before, after = outcome.typical
        return cls(
            skill=outcome.skill, name=catalogue.skill_name(outcome.skill), n=len(outcome.pairs),
            lower=outcome.lower, before=before, after=after, text=outcome.spoken(language),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandOutOut(FindingOut):
    """The one skill that stands out, or null."""

    skill: str | None


@dataclass(frozen=True, slots=True)
class SkillFindingsOut:
    """What may be said about skills."""

    after: Sequence[AfterSkillOut]
    stands_out: StandOutOut


@dataclass(frozen=True, slots=True)
class DaysOfUseOut:
    """Days by what is known; a day without any entry is unknown."""

    days: int
    without_use: int
    with_use: int
    unknown: int
    text: str


@dataclass(frozen=True, slots=True)
class PeriodOut:
    """Local days, both included; it begins with the patient's first day where that is later."""

    first_day: date
    last_day: date
    days: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """How many entries, on how many days; ``too_late`` of them stand in no figure."""

    n: int
    days: int
    too_late: int
    text: str
    too_late_text: str


@dataclass(frozen=True, slots=True)
class SummaryOut:
    """Figures with their words, their number and their period."""

    period: PeriodOut
    logged: LoggedOut
    use: DaysOfUseOut
    mood: CourseOut
    craving: CravingCourseOut
    skills: SkillFindingsOut

    @classmethod
    def of(cls, summary: PatientSummary) -> Self:
        """Show a summary; its texts address the patient or speak of them."""
        language = summary.language
        craving = CourseOut.of(summary.craving, language)
        return cls(
            period=PeriodOut(
                first_day=summary.days[0], last_day=summary.days[-1], days=len(summary.days)
            ),
            logged=LoggedOut(
                n=summary.entries,
                days=summary.days_with,
                too_late=summary.too_late,
                text=summary.logged_text,
                too_late_text=summary.too_late_text,
            ),
            use=DaysOfUseOut(
                days=summary.use.days,
                without_use=summary.use.without_use,
                with_use=summary.use.with_use,
                unknown=summary.use.unknown,
                text=summary.use_text,
            ),
            mood=CourseOut.of(summary.mood, language),
            craving=CravingCourseOut(
                low=craving.low,
                high=craving.high,
                trend=craving.trend,
                weeks=craving.weeks,
                parts_of_day=TimingOut.of(summary.parts_of_day, language),
                weekdays=TimingOut.of(summary.weekdays, language),
            ),
            skills=SkillFindingsOut(
                after=[AfterSkillOut.of(outcome, language) for outcome in summary.after_skills],
                stands_out=StandOutOut(
                    text=summary.stand_out.sentence(
                        whose="your" if summary.is_own else "their", language=language
                    ),
                    confidence=_confidence_word(summary.stand_out.confidence),
                    skill=summary.stand_out.skill,
                ),
            ),
        )


class OwnSummary(APIView):
    """The signed-in patient's own weeks."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="read_summary", parameters=query_parameters(SummaryQuery), responses=SummaryOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Read trends, days and skills, each with how many entries it rests on.

        Words claim no more than the entries bear out; nothing counts in a row, and nothing starts
        again at nought.
        """
        days, now = validated_query(SummaryQuery, request).days, timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        return json_response(_summary_response(chart, days, now))


class SummaryOfPatient(APIView):
    """A patient's weeks, for their care team."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="read_patient_summary",
        parameters=query_parameters(SummaryQuery),
        responses=SummaryOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read the same figures of what the patient shares with the caller."""
        days, now = validated_query(SummaryQuery, request).days, timezone.now()
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.ENTRIES, now=now
        )
        return json_response(_summary_response(chart, days, now))


def _summary_response(chart: Chart, days: int, now: datetime) -> SummaryOut:
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=chart.patient_id)):
        return SummaryOut.of(_compute_summary(chart, days, now))


def _compute_summary(chart: Chart, days: int, now: datetime) -> PatientSummary:
    return patient_summary(chart=chart, calendar=patient_clock(chart=chart), days=days, now=now)


def _confidence_word(confidence: Confidence) -> str | None:
    return None if confidence is Confidence.NONE else confidence.value
