"""Serializers of reminders, and reminders as JSON."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from api.http.serializer_fields import (
    ChoiceOf,
    ClockField,
    DayField,
    IdField,
    InstantField,
    ListOf,
    StrictInput,
    WholeNumberField,
    YesNoField,
)
from notifications import wording
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import TIME_ANSWERS
from notifications.reminders.next_due import unspread_due_at
from notifications.reminders.plan import WEEKDAY_NAMES

PURPOSES = [purpose.value for purpose in Purpose]


class EveryIn(StrictInput):
    """Every so many days, counted from a local day."""

    days = WholeNumberField(min_value=1, max_value=366)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": DayField()}


class ReminderChangeIn(StrictInput):
    """What changes about a reminder; what is left out stays.

    Times are wall-clock times in the patient's own zone; ``days`` and ``every`` exclude each other.
    Reminders of purpose ``session`` and ``pre_session`` may follow the patient's sessions instead:
    ``before_minutes`` before each (120 to 180 for ``pre_session``), in place of ``times``.
    """

    purpose = ChoiceOf(choices=PURPOSES, required=False)
    times = ListOf(child=ClockField(), max_length=24, required=False)
    before_minutes = WholeNumberField(min_value=5, max_value=1440, required=False, allow_null=True)
    days = ListOf(
        child=ChoiceOf(choices=list(WEEKDAY_NAMES)),
        min_length=1,
        max_length=7,
        required=False,
        allow_null=True,
    )
    every = EveryIn(required=False, allow_null=True)
    starts_on = DayField(required=False, allow_null=True)
    ends_on = DayField(required=False, allow_null=True)
    expires_minutes = WholeNumberField(min_value=1, max_value=1440, required=False)
    nudge = YesNoField(required=False)
    skip_if_logged = YesNoField(required=False)
    active = YesNoField(required=False)


class ReminderIn(ReminderChangeIn):
    """A reminder to plan. Without ``days`` and ``every`` it is every day.

    ``times`` may be left out for ``session`` and ``pre_session`` only, which then follow sessions.
    """

    id = IdField(required=False)
    purpose = ChoiceOf(choices=PURPOSES)


class PauseIn(StrictInput):
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
    days = serializers.ListField(
        child=serializers.ChoiceField(choices=list(WEEKDAY_NAMES)), allow_null=True
    )
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


class UpcomingQuery(StrictInput):
    """How far ahead to look."""

    hours = serializers.CharField(required=False)


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


class TimeAnswerIn(StrictInput):
    """``keep`` it as it was, ``fewer`` as it is now, or ``move`` it to other ``times``."""

    answer = ChoiceOf(choices=list(TIME_ANSWERS))
    times = ListOf(child=ClockField(), max_length=24, required=False, default=list)


def reminder_to_json(reminder: Reminder) -> dict[str, Any]:
    """Return a reminder as JSON for its patient."""
    return {
        "id": reminder.id,
        "purpose": reminder.purpose,
        "times": clock_times(reminder.minutes),
        "days": weekday_names(reminder.weekdays),
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
        "next_due_at": unspread_due_at(reminder),
        "halved": reminder.halved_at is not None,
        "question": wording.TIME_QUESTION if reminder.asked_at is not None else None,
        "rev": reminder.rev,
    }


def clock_times(minutes: Sequence[int]) -> list[str]:
    """Return minutes of the day as wall-clock times."""
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]


def weekday_names(mask: int | None) -> list[str] | None:
    """Return the weekdays of a mask, Monday first; None for a reminder of every n days."""
    if mask is None:
        return None
    return [name for place, name in enumerate(WEEKDAY_NAMES) if mask >> place & 1]
