"""The signed-in patient's reminders: their plan, what comes, and a pause."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsPatient
from api.reading import Input, InstantField, PlainText, WholeNumber, YesNoField, checked, sent_rev
from api.refusals import NotFound, PreconditionFailed, Problem
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from backend.kit.ids import new_id
from care import access
from care.access import Chart, DataClass
from notifications import actions, queries, wording
from notifications.models import Purpose, Reminder
from notifications.plans import DAYS

PURPOSES = [purpose.value for purpose in Purpose]
#: A phone may plan as far ahead as a fortnight.
MOST_HOURS = 336


class ClockField(PlainText):
    """A wall-clock time such as ``08:30``."""

    def to_internal_value(self, data: Any) -> Any:
        """Take hours and minutes, nothing finer."""
        text = super().to_internal_value(data)
        try:
            if len(text) != 5:
                raise ValueError(text)
            return time.fromisoformat(text)
        except ValueError:
            raise serializers.ValidationError(
                "Must be a time such as 08:30.", "invalid_time"
            ) from None


class EveryIn(Input):
    """Every so many days, counted from a local day."""

    days = WholeNumber(min_value=1, max_value=366)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": serializers.DateField()}


class ReminderChangeIn(Input):
    """What changes about a reminder; what is left out stays.

    Times are wall-clock times in the patient's own zone; ``days`` and ``every`` exclude each other.
    Reminders of purpose ``session`` and ``pre_session`` may follow the patient's sessions instead:
    ``before_minutes`` before each (120 to 180 for ``pre_session``), in place of ``times``.
    """

    purpose = serializers.ChoiceField(choices=PURPOSES, required=False)
    times = serializers.ListField(child=ClockField(), max_length=24, required=False)
    before_minutes = WholeNumber(min_value=5, max_value=1440, required=False, allow_null=True)
    days = serializers.ListField(
        child=serializers.ChoiceField(choices=list(DAYS)),
        min_length=1,
        max_length=7,
        required=False,
        allow_null=True,
    )
    every = EveryIn(required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    expires_minutes = WholeNumber(min_value=1, max_value=1440, required=False)
    nudge = YesNoField(required=False)
    skip_if_logged = YesNoField(required=False)
    active = YesNoField(required=False)


class ReminderIn(ReminderChangeIn):
    """A reminder to plan. Without ``days`` and ``every`` it is every day.

    ``times`` may be left out for ``session`` and ``pre_session`` only, which then follow sessions.
    """

    id = serializers.UUIDField(required=False)
    purpose = serializers.ChoiceField(choices=PURPOSES)


class PauseIn(Input):
    """Until when nothing is sent."""

    until = InstantField()


class EveryOut(serializers.Serializer[Any]):
    """Every so many days, counted from a local day."""

    days = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": serializers.DateField()}


class ReminderOut(serializers.Serializer[Any]):
    """A reminder. ``days`` or ``every`` stands, the other is null.

    One that follows sessions has ``before_minutes`` and no ``times``. ``halved``: three in a row
    were missed, so only every second one is sent; ``question`` asks the patient what to do about
    it (``reminders/{id}/time-question``).
    """

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    times = serializers.ListField(child=serializers.CharField())
    days = serializers.ListField(child=serializers.ChoiceField(choices=list(DAYS)), allow_null=True)
    every = EveryOut(allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    before_minutes = serializers.IntegerField(allow_null=True)
    expires_minutes = serializers.IntegerField()
    nudge = serializers.BooleanField()
    skip_if_logged = serializers.BooleanField()
    active = serializers.BooleanField()
    next_due_at = serializers.DateTimeField(allow_null=True)
    halved = serializers.BooleanField()
    question = serializers.CharField(allow_null=True)
    rev = serializers.IntegerField()


class RemindersOut(serializers.Serializer[Any]):
    """All reminders; ``paused_until`` is null where nothing is paused."""

    results = ReminderOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True)


class ComingOut(serializers.Serializer[Any]):
    """An occurrence to come; a local notification carries the same tag."""

    id = serializers.UUIDField()
    reminder = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    tag = serializers.CharField()


class ComingListOut(serializers.Serializer[Any]):
    """What comes, soonest first."""

    results = ComingOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class PauseOut(serializers.Serializer[Any]):
    """The pause that holds."""

    until = serializers.DateTimeField()


class Reminders(APIView):
    """The signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_reminders", responses=RemindersOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them all, oldest first."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        found = [shape(reminder) for reminder in queries.reminders_of(chart=chart)]
        return answer({**whole(found), "paused_until": queries.paused_until(chart=chart, now=now)})

    @extend_schema(
        operation_id="plan_reminder",
        request=ReminderIn,
        responses={200: ReminderOut, 201: ReminderOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Plan a reminder.

        The phone may choose the id: the same id and plan again answers 200 and changes nothing.
        """
        sent = checked(ReminderIn, request)
        now = timezone.now()
        try:
            reminder, is_new = actions.create_reminder(
                chart=chart_to_write(request, now),
                reminder_id=sent.pop("id", None) or new_id(),
                sent=sent,
                now=now,
            )
        except actions.ReminderDiffers:
            detail = "A reminder of this id exists with another plan."
            raise Problem(status=409, code="reminder_differs", detail=detail) from None
        return answer(shape(reminder), status=201 if is_new else 200, rev=reminder.rev)


class OneReminder(APIView):
    """One of the signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_reminder", responses=ReminderOut)
    def get(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        try:
            reminder = queries.reminder_of(chart=chart, reminder_id=reminder_id)
        except actions.NoSuchReminder:
            raise NotFound from None
        return answer(shape(reminder), rev=reminder.rev)

    @extend_schema(operation_id="change_reminder", request=ReminderChangeIn, responses=ReminderOut)
    def patch(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Change it, from now on; what was sent is never sent again."""
        changes = checked(ReminderChangeIn, request)
        rev = sent_rev(request)
        now = timezone.now()
        try:
            reminder = actions.change_reminder(
                chart=chart_to_write(request, now),
                reminder_id=reminder_id,
                rev=rev,
                changes=changes,
                now=now,
            )
        except actions.NoSuchReminder:
            raise NotFound from None
        except actions.ReminderChanged:
            raise PreconditionFailed from None
        return answer(shape(reminder), rev=reminder.rev)

    @extend_schema(operation_id="end_reminder", responses={204: None})
    def delete(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """End it; what waits to be sent is withdrawn."""
        rev = sent_rev(request)
        now = timezone.now()
        try:
            actions.delete_reminder(
                chart=chart_to_write(request, now), reminder_id=reminder_id, rev=rev, now=now
            )
        except actions.NoSuchReminder:
            raise NotFound from None
        except actions.ReminderChanged:
            raise PreconditionFailed from None
        return HttpResponse(status=204)


class Upcoming(APIView):
    """What comes, for a phone to plan by itself."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_upcoming_reminders",
        parameters=[
            OpenApiParameter("hours", {"type": "integer", "minimum": 1, "maximum": MOST_HOURS})
        ],
        responses=ComingListOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the occurrences of the next hours (48 unless told), each with its id and tag."""
        hours = _hours(request.query_params.get("hours", "48"))
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        found = [
            {
                "id": item.id,
                "reminder": item.reminder_id,
                "purpose": item.purpose,
                "due_at": item.due_at,
                "expires_at": item.expires_at,
                "tag": item.tag,
            }
            for item in queries.coming(chart=chart, hours=hours, now=now)
        ]
        return answer(whole(found))


class PauseReminders(APIView):
    """Silence for a while."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="pause_reminders", request=PauseIn, responses=PauseOut)
    def post(self, request: SignedIn) -> HttpResponse:
        """Send nothing until then; a newer pause replaces the older."""
        sent = checked(PauseIn, request)
        now = timezone.now()
        until = actions.pause(chart=chart_to_write(request, now), until=sent["until"], now=now)
        return answer({"until": until})

    @extend_schema(operation_id="resume_reminders", responses={204: None})
    def delete(self, request: SignedIn) -> HttpResponse:
        """Send again from now on; what was paused is not made up for."""
        now = timezone.now()
        actions.unpause(chart=chart_to_write(request, now), now=now)
        return HttpResponse(status=204)


def shape(reminder: Reminder) -> dict[str, Any]:
    """Shape a reminder for its patient."""
    mask = reminder.weekdays
    return {
        "id": reminder.id,
        "purpose": reminder.purpose,
        "times": [f"{minute // 60:02}:{minute % 60:02}" for minute in reminder.minutes],
        "days": None
        if mask is None
        else [name for place, name in enumerate(DAYS) if mask >> place & 1],
        "every": None
        if reminder.every_days is None
        else {"days": reminder.every_days, "from": reminder.every_from},
        "starts_on": reminder.starts_on,
        "ends_on": reminder.ends_on,
        "before_minutes": reminder.before_minutes,
        "expires_minutes": reminder.expires_minutes,
        "nudge": reminder.nudge,
        "skip_if_logged": reminder.skip_if_logged,
        "active": reminder.active,
        "next_due_at": queries.true_due_at(reminder),
        "halved": reminder.halved_at is not None,
        "question": wording.CHANGE_THE_TIME if reminder.asked_at is not None else None,
        "rev": reminder.rev,
    }


def chart_to_write(request: SignedIn, now: datetime) -> Chart:
    """Open the caller's own chart for a change of reminders."""
    return access.open_own_chart(
        viewer=request.user, what=DataClass.REMINDERS, now=now, to_write=True
    )


def _hours(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= number <= MOST_HOURS:
        raise InvalidInput.of("hours", "out_of_range", f"Must be from 1 to {MOST_HOURS}.")
    return number
