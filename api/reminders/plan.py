"""The reminders of a patient, and the clinic's default plan.

That is: the plan of each reminder, a pause of all of them, and the answer to the time question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import YES_OR_NO, ListOf, OneOf, WholeNumber
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsAdmin, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import ClockTime
from api.reminders.reminder_schema import (
    PURPOSES,
    PauseIn,
    PauseOut,
    ReminderChangeIn,
    ReminderIn,
    ReminderOut,
    RemindersOut,
    TimeAnswerIn,
    clock_times,
    weekday_names,
)
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from notifications.reminders.default_plan import default_plan_of, set_default_plan
from notifications.reminders.edit import (
    answer_time_question,
    change_reminder,
    create_reminder,
    delete_reminder,
)
from notifications.reminders.plan import WEEKDAY_NAMES, ReminderPlan
from notifications.reminders.read import read_reminders, reminder_of
from notifications.reminders.receipts import pause, resume


class Reminders(APIView):
    """The signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_reminders", responses=RemindersOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them all, oldest first."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        plan = read_reminders(chart=chart, now=now)
        return json_response(
            RemindersOut(
                results=[ReminderOut.of(reminder, chart.language) for reminder in plan.reminders],
                paused_until=plan.paused_until,
            )
        )

    @extend_schema(
        operation_id="plan_reminder",
        request=ReminderIn,
        responses={200: ReminderOut, 201: ReminderOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Plan a reminder.

        The phone may choose the id: the same id and plan again answers 200 and changes nothing, and
        so does the same plan without an id while it stands.
        """
        sent = validated_body(ReminderIn, request)
        now = timezone.now()
        reminder, is_new = create_reminder(
            chart=open_own_reminders(request, now),
            reminder_id=sent.id,
            sent={name: value for name, value in sent.given().items() if name != "id"},
            now=now,
        )
        return json_response(
            ReminderOut.of(reminder, request.user.reading_language),
            status=201 if is_new else 200,
            rev=reminder.rev,
        )


class OneReminder(APIView):
    """One of the signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_reminder", responses=ReminderOut)
    def get(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        reminder = reminder_of(chart=chart, reminder_id=reminder_id)
        answer = ReminderOut.of(reminder, request.user.reading_language)
        return json_response(answer, rev=reminder.rev)

    @extend_schema(operation_id="change_reminder", request=ReminderChangeIn, responses=ReminderOut)
    def patch(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Change it, from now on; what was sent is never sent again."""
        sent = validated_body(ReminderChangeIn, request)
        rev = if_match_rev(request)
        now = timezone.now()
        reminder = change_reminder(
            chart=open_own_reminders(request, now),
            reminder_id=reminder_id,
            rev=rev,
            changes=sent.given(),
            now=now,
        )
        answer = ReminderOut.of(reminder, request.user.reading_language)
        return json_response(answer, rev=reminder.rev)

    @extend_schema(operation_id="end_reminder", responses={204: None})
    def delete(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """End it; what waits to be sent is withdrawn."""
        rev = if_match_rev(request)
        now = timezone.now()
        delete_reminder(
            chart=open_own_reminders(request, now), reminder_id=reminder_id, rev=rev, now=now
        )
        return HttpResponse(status=204)


class TimeQuestion(APIView):
    """The question whether another time would suit the patient better."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="answer_time_question", request=TimeAnswerIn, responses=ReminderOut)
    def post(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Answer it. It is asked once when three reminders in a row had no answer."""
        sent = validated_body(TimeAnswerIn, request)
        now = timezone.now()
        reminder = answer_time_question(
            chart=open_own_reminders(request, now),
            reminder_id=reminder_id,
            answer=sent.answer,
            times=sent.times,
            now=now,
        )
        answer = ReminderOut.of(reminder, request.user.reading_language)
        return json_response(answer, rev=reminder.rev)


class PauseReminders(APIView):
    """Silence for a while."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="pause_reminders", request=PauseIn, responses=PauseOut)
    def post(self, request: SignedIn) -> HttpResponse:
        """Send nothing until then; a newer pause replaces the older."""
        sent = validated_body(PauseIn, request)
        now = timezone.now()
        until = pause(chart=open_own_reminders(request, now), until=sent.until, now=now)
        return json_response(PauseOut(until))

    @extend_schema(operation_id="resume_reminders", responses={204: None})
    def delete(self, request: SignedIn) -> HttpResponse:
        """Send again from now on; what was paused is not made up for."""
        now = timezone.now()
        resume(chart=open_own_reminders(request, now), now=now)
        return HttpResponse(status=204)


def open_own_reminders(request: SignedIn, now: datetime) -> Chart:
    """Open the caller's own chart for a change of their reminders."""
    return open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now, to_write=True)


class DefaultReminderIn(Input):
    """One reminder of the plan; its fields are those of a patient's reminder, without dates."""

    purpose: Annotated[str, OneOf(PURPOSES)]
    times: Annotated[list[Annotated[time, ClockTime()]] | None, ListOf(24)] = None
    before_minutes: Annotated[int, WholeNumber(5, 1440)] | None = None
    days: Annotated[list[Annotated[str, OneOf(WEEKDAY_NAMES)]], ListOf(7, least=1)] | None = None
    expires_minutes: Annotated[int | None, WholeNumber(1, 1440)] = None
    nudge: Annotated[bool | None, YES_OR_NO] = None
    skip_if_logged: Annotated[bool | None, YES_OR_NO] = None


class DefaultPlanIn(Input):
    """The whole plan; an empty list goes back to the built-in one."""

    reminders: Annotated[list[DefaultReminderIn], ListOf()]


@dataclass(frozen=True, slots=True)
class DefaultReminderOut:
    """One reminder of the plan."""

    purpose: Annotated[str, OneOf(PURPOSES)]
    times: Sequence[str]
    before_minutes: int | None
    days: Sequence[Annotated[str, OneOf(WEEKDAY_NAMES)]]
    expires_minutes: int
    nudge: bool
    skip_if_logged: bool

    @classmethod
    def of(cls, plan: ReminderPlan) -> Self:
        return cls(
            purpose=plan.purpose, times=clock_times(plan.minutes),
            before_minutes=plan.before_minutes, days=weekday_names(plan.weekdays) or (),
            expires_minutes=plan.expires_minutes, nudge=plan.nudge,
            skip_if_logged=plan.skip_if_logged,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DefaultPlanOut:
    """The plan that the next patient gets."""

    reminders: Sequence[DefaultReminderOut]


class DefaultReminders(APIView):
    """The clinic's plan for new patients."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="read_default_reminders", responses=DefaultPlanOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read what the next patient of this clinic gets."""
        plans = default_plan_of(clinic_id=request.user.clinic_id)
        return json_response(DefaultPlanOut([DefaultReminderOut.of(plan) for plan in plans]))

    @extend_schema(
        operation_id="set_default_reminders", request=DefaultPlanIn, responses=DefaultPlanOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace it, for patients who enrol from now on; nobody else's reminders change."""
        sent = validated_body(DefaultPlanIn, request)
        plans = set_default_plan(
            administrator=request.user, sent=[reminder.given() for reminder in sent.reminders]
        )
        return json_response(DefaultPlanOut([DefaultReminderOut.of(plan) for plan in plans]))
