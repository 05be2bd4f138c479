"""The reminders of a patient, and the clinic's default plan.

That is: the plan of each reminder, a pause of all of them, and the answer to the time question.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.inputs import if_match_rev
from api.http.paging import unpaged
from api.http.permissions import IsAdmin, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ChoiceOf,
    ClockField,
    ListOf,
    StrictInput,
    WholeNumberField,
    YesNoField,
    validated_body,
)
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
    reminder_to_json,
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
from notifications.reminders.read import paused_until, reminder_of, reminders_of
from notifications.reminders.receipts import pause, resume


class Reminders(APIView):
    """The signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_reminders", responses=RemindersOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them all, oldest first."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        reminders = [reminder_to_json(reminder) for reminder in reminders_of(chart=chart)]
        return json_response(
            {**unpaged(reminders), "paused_until": paused_until(chart=chart, now=now)}
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
            reminder_id=sent.pop("id", None),
            sent=sent,
            now=now,
        )
        return json_response(
            reminder_to_json(reminder), status=201 if is_new else 200, rev=reminder.rev
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
        return json_response(reminder_to_json(reminder), rev=reminder.rev)

    @extend_schema(operation_id="change_reminder", request=ReminderChangeIn, responses=ReminderOut)
    def patch(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Change it, from now on; what was sent is never sent again."""
        changes = validated_body(ReminderChangeIn, request)
        rev = if_match_rev(request)
        now = timezone.now()
        reminder = change_reminder(
            chart=open_own_reminders(request, now),
            reminder_id=reminder_id,
            rev=rev,
            changes=changes,
            now=now,
        )
        return json_response(reminder_to_json(reminder), rev=reminder.rev)

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
            answer=sent["answer"],
            times=sent["times"],
            now=now,
        )
        return json_response(reminder_to_json(reminder), rev=reminder.rev)


class PauseReminders(APIView):
    """Silence for a while."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="pause_reminders", request=PauseIn, responses=PauseOut)
    def post(self, request: SignedIn) -> HttpResponse:
        """Send nothing until then; a newer pause replaces the older."""
        sent = validated_body(PauseIn, request)
        now = timezone.now()
        until = pause(chart=open_own_reminders(request, now), until=sent["until"], now=now)
        return json_response({"until": until})

    @extend_schema(operation_id="resume_reminders", responses={204: None})
    def delete(self, request: SignedIn) -> HttpResponse:
        """Send again from now on; what was paused is not made up for."""
        now = timezone.now()
        resume(chart=open_own_reminders(request, now), now=now)
        return HttpResponse(status=204)


def open_own_reminders(request: SignedIn, now: datetime) -> Chart:
    """Open the caller's own chart for a change of their reminders."""
    return open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now, to_write=True)


class DefaultReminderIn(StrictInput):
    """One reminder of the plan; its fields are those of a patient's reminder, without dates."""

    purpose = ChoiceOf(choices=PURPOSES)
    times = ListOf(child=ClockField(), max_length=24, required=False)
    before_minutes = WholeNumberField(min_value=5, max_value=1440, required=False, allow_null=True)
    days = ListOf(
        child=ChoiceOf(choices=list(WEEKDAY_NAMES)),
        min_length=1,
        max_length=7,
        required=False,
        allow_null=True,
    )
    expires_minutes = WholeNumberField(min_value=1, max_value=1440, required=False)
    nudge = YesNoField(required=False)
    skip_if_logged = YesNoField(required=False)


class DefaultPlanIn(StrictInput):
    """The whole plan; an empty list goes back to the built-in one."""

    reminders = DefaultReminderIn(many=True)


class DefaultReminderOut(serializers.Serializer[Any]):
    """One reminder of the plan."""

    purpose = serializers.ChoiceField(choices=PURPOSES)
    times = serializers.ListField(child=serializers.CharField())
    before_minutes = serializers.IntegerField(allow_null=True)
    days = serializers.ListField(child=serializers.ChoiceField(choices=list(WEEKDAY_NAMES)))
    expires_minutes = serializers.IntegerField()
    nudge = serializers.BooleanField()
    skip_if_logged = serializers.BooleanField()


class DefaultPlanOut(serializers.Serializer[Any]):
    """The plan that the next patient gets."""

    reminders = DefaultReminderOut(many=True)


class DefaultReminders(APIView):
    """The clinic's plan for new patients."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="read_default_reminders", responses=DefaultPlanOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read what the next patient of this clinic gets."""
        plans = default_plan_of(clinic_id=request.user.clinic_id)
        return json_response({"reminders": [_default_to_json(plan) for plan in plans]})

    @extend_schema(
        operation_id="set_default_reminders", request=DefaultPlanIn, responses=DefaultPlanOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace it, for patients who enrol from now on; nobody else's reminders change."""
        sent = validated_body(DefaultPlanIn, request)
        plans = set_default_plan(administrator=request.user, sent=sent["reminders"])
        return json_response({"reminders": [_default_to_json(plan) for plan in plans]})


def _default_to_json(plan: ReminderPlan) -> dict[str, Any]:
    return {
        "purpose": plan.purpose,
        "times": clock_times(plan.minutes),
        "before_minutes": plan.before_minutes,
        "days": weekday_names(plan.weekdays),
        "expires_minutes": plan.expires_minutes,
        "nudge": plan.nudge,
        "skip_if_logged": plan.skip_if_logged,
    }
