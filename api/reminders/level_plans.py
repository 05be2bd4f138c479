"""What the clinic plans for each level of care, and applying it to one patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.errors import NotFound
from api.http.fields import ListOf, Measured, OneOf, WholeNumber
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import Closed, IsAdmin, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import ClockTime, OneLine
from api.reminders.reminder_schema import PURPOSES, clock_times
from care.access.data_categories import DataCategory
from care.clinic.level_plans import (
    LEVELS,
    MOST_CHECK_INS,
    MOST_MEASURES,
    LevelPlanDetails,
    LevelPlanVersion,
    MeasureDue,
    level_plan_history,
    level_plans,
)
from notifications.reminders.level_plan import (
    STATUSES,
    LevelPlanPreview,
    PlanItem,
    apply_level_plan,
    preview_level_plan,
    set_plan_of_level,
)


class MeasureDueIn(Input):
    """A questionnaire that is asked for every so many days."""

    instrument: Annotated[str, OneLine(40)]
    every_days: Annotated[int, WholeNumber(1, 366)]


class LevelPlanIn(Input):
    """The plan of one level as a whole; what is left out or null it does not plan."""

    sessions_per_week: Annotated[int, WholeNumber(0, 40)] | None = None
    hours_per_week: Annotated[float, Measured(0, 100)] | None = None
    check_ins: Annotated[list[Annotated[time, ClockTime()]], ListOf(MOST_CHECK_INS)] = []
    #: Minutes before each session.
    prompt_minutes: Annotated[int, WholeNumber(120, 180)] | None = None
    reminder_minutes: Annotated[int, WholeNumber(5, 1440)] | None = None
    measures: Annotated[list[MeasureDueIn], ListOf(MOST_MEASURES)] = []

    def details(self) -> LevelPlanDetails:
        """Return what shall stand."""
        return LevelPlanDetails(
            sessions_per_week=self.sessions_per_week, hours_per_week=self.hours_per_week,
            check_ins=tuple(at.hour * 60 + at.minute for at in self.check_ins),
            prompt_minutes=self.prompt_minutes, reminder_minutes=self.reminder_minutes,
            measures=tuple(MeasureDue(one.instrument, one.every_days) for one in self.measures),
        )  # fmt: skip


class ApplyLevelPlanIn(Input):
    """Which version was looked at."""

    rev: Annotated[int, WholeNumber(0, 2**31 - 1)]


@dataclass(frozen=True, slots=True)
class MeasureDueOut:
    """A questionnaire that is asked for every so many days."""

    instrument: str
    every_days: int


@dataclass(frozen=True, slots=True)
class LevelPlanOut:
    """The plan of one level; ``rev`` is 0 before the first one."""

    level: Annotated[str, OneOf(LEVELS)]
    sessions_per_week: int | None
    hours_per_week: float | None
    check_ins: Sequence[str]
    prompt_minutes: int | None
    reminder_minutes: int | None
    measures: Sequence[MeasureDueOut]
    rev: int
    updated_at: datetime | None

    @classmethod
    def of(cls, version: LevelPlanVersion) -> Self:
        """Show a version."""
        plan = version.details
        return cls(
            version.level, plan.sessions_per_week, plan.hours_per_week,
            clock_times(plan.check_ins), plan.prompt_minutes, plan.reminder_minutes,
            [MeasureDueOut(one.instrument, one.every_days) for one in plan.measures],
            version.rev, version.at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelPlansOut(Page):
    """The plan of each level, or every version of one, the newest first."""

    results: Sequence[LevelPlanOut]

    @classmethod
    def of(cls, versions: Sequence[LevelPlanVersion]) -> Self:
        """Show them."""
        return cls([LevelPlanOut.of(version) for version in versions])


@dataclass(frozen=True, slots=True)
class LevelPlanItemOut:
    """One reminder: it is made, there already, left to the patient who decided, or ends."""

    status: Annotated[str, OneOf(STATUSES)]
    purpose: Annotated[str, OneOf(PURPOSES)]
    times: Sequence[str]
    before_minutes: int | None
    every_days: int | None

    @classmethod
    def of(cls, item: PlanItem) -> Self:
        """Show one."""
        plan = item.plan
        return cls(
            item.status, plan.purpose, clock_times(plan.minutes), plan.before_minutes,
            plan.every_days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelPlanOfPatientOut:
    """The plan of the patient's level, and what applying it does or did."""

    plan: LevelPlanOut
    items: Sequence[LevelPlanItemOut]

    @classmethod
    def of(cls, preview: LevelPlanPreview) -> Self:
        """Show both."""
        items = [LevelPlanItemOut.of(item) for item in preview.items]
        return cls(LevelPlanOut.of(preview.version), items)


class LevelPlans(APIView):
    """What the clinic plans for each level."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="list_level_plans", responses=LevelPlansOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List the plan of each level as it stands, from the most to the fewest hours."""
        return json_response(LevelPlansOut.of(level_plans(clinic_id=request.user.clinic_id)))


class OneLevelPlan(APIView):
    """What the clinic plans for one level."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Return the permission: administrators alone, who write and read the history."""
        return [IsAdmin()]

    @extend_schema(operation_id="list_level_plan_history", responses=LevelPlansOut)
    def get(self, request: SignedIn, level: str) -> HttpResponse:
        """List every version, the newest first."""
        versions = level_plan_history(clinic_id=request.user.clinic_id, level=_known(level))
        return json_response(LevelPlansOut.of(versions))

    @extend_schema(operation_id="write_level_plan", request=LevelPlanIn, responses=LevelPlanOut)
    def put(self, request: SignedIn, level: str) -> HttpResponse:
        """Replace it as a whole. Needs ``If-Match``, "0" before the first one."""
        sent, rev = validated_body(LevelPlanIn, request), if_match_rev(request)
        version = set_plan_of_level(
            admin=request.user, level=_known(level), rev=rev, details=sent.details(),
            now=timezone.now(),
        )  # fmt: skip
        return json_response(LevelPlanOut.of(version), rev=version.rev)


class LevelPlanOfPatient(APIView):
    """The plan of a patient's level, applied to their reminders."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="preview_level_plan", responses=LevelPlanOfPatientOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Look at what applying it does."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.REMINDERS)
        preview = preview_level_plan(chart=chart, now=timezone.now())
        return json_response(LevelPlanOfPatientOut.of(preview))

    @extend_schema(
        operation_id="apply_level_plan", request=ApplyLevelPlanIn, responses=LevelPlanOfPatientOut
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Apply it as it was looked at; again changes nothing. 412 where it was changed since."""
        sent = validated_body(ApplyLevelPlanIn, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.REMINDERS, to_write=True)
        done = apply_level_plan(chart=chart, rev=sent.rev, now=timezone.now())
        return json_response(LevelPlanOfPatientOut.of(done))


def _known(level: str) -> str:
    if level not in LEVELS:
        raise NotFound
    return level
