"""The reminders that a clinic gives to each new patient."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsAdmin
from api.reading import ChoiceOf, ClockField, Input, WholeNumber, YesNoField, checked
from api.reminder_shapes import PURPOSES, clocks, weekdays
from api.requests import SignedIn
from notifications import actions
from notifications.plans import DAYS, Plan


class DefaultReminderIn(Input):
    """One reminder of the plan; its fields are those of a patient's reminder, without dates."""

    purpose = ChoiceOf(choices=PURPOSES)
    times = serializers.ListField(child=ClockField(), max_length=24, required=False)
    before_minutes = WholeNumber(min_value=5, max_value=1440, required=False, allow_null=True)
    days = serializers.ListField(
        child=ChoiceOf(choices=list(DAYS)),
        min_length=1,
        max_length=7,
        required=False,
        allow_null=True,
    )
    expires_minutes = WholeNumber(min_value=1, max_value=1440, required=False)
    nudge = YesNoField(required=False)
    skip_if_logged = YesNoField(required=False)


class DefaultPlanIn(Input):
    """The whole plan; an empty list goes back to the built-in one."""

    reminders = DefaultReminderIn(many=True)


class DefaultReminderOut(serializers.Serializer[Any]):
    """One reminder of the plan."""

    purpose = serializers.ChoiceField(choices=PURPOSES)
    times = serializers.ListField(child=serializers.CharField())
    before_minutes = serializers.IntegerField(allow_null=True)
    days = serializers.ListField(child=serializers.ChoiceField(choices=list(DAYS)))
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
        plans = actions.default_plan_of(clinic_id=request.user.clinic_id)
        return answer({"reminders": [_shape(plan) for plan in plans]})

    @extend_schema(
        operation_id="set_default_reminders", request=DefaultPlanIn, responses=DefaultPlanOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace it, for patients who enrol from now on; nobody else's reminders change."""
        sent = checked(DefaultPlanIn, request)
        plans = actions.set_default_plan(administrator=request.user, sent=sent["reminders"])
        return answer({"reminders": [_shape(plan) for plan in plans]})


def _shape(plan: Plan) -> dict[str, Any]:
    return {
        "purpose": plan.purpose,
        "times": clocks(plan.minutes),
        "before_minutes": plan.before_minutes,
        "days": weekdays(plan.weekdays),
        "expires_minutes": plan.expires_minutes,
        "nudge": plan.nudge,
        "skip_if_logged": plan.skip_if_logged,
    }
