"""One day of the signed-in patient's own journal."""

from datetime import date as calendar_day
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.journal.entry_json import EntryList, entry_to_json
from api.reminders.reminder_schema import PURPOSES
from backend.kit import parsing
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.read import entries_of_day
from notifications.reminders.read import ReminderOfDay, ReminderStatus, reminders_of_day

DAY_PARAMETER = OpenApiParameter(
    "date",
    {"type": "string", "format": "date"},
    OpenApiParameter.PATH,
    description="A day of the patient's own calendar, as YYYY-MM-DD.",
)


class ReminderOfDayOut(serializers.Serializer[Any]):
    """One reminder of the day. One that was not delivered was not ignored.

    ``held_back`` was not sent on purpose, as in a pause or because it was answered already.
    """

    id = serializers.UUIDField()
    reminder = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    nudge = serializers.BooleanField()
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    tag = serializers.CharField()
    state = serializers.ChoiceField(choices=[became.value for became in ReminderStatus])
    answered = serializers.BooleanField()
    answered_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)


class DayOut(serializers.Serializer[Any]):
    """One local day. ``daily`` is the id of its diary card among the entries, or null."""

    date = serializers.DateField()
    entries = EntryList()
    daily = serializers.UUIDField(allow_null=True)
    reminders = ReminderOfDayOut(many=True)


class Day(APIView):
    """One local day of the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_day", parameters=[DAY_PARAMETER], responses=DayOut)
    def get(self, request: SignedIn, date: str) -> HttpResponse:
        """Read its entries, oldest first, and its reminders up to now.

        Every entry lies on the day that its own zone's calendar showed, or on the one before where
        the patient's day had not begun. Of a day to come nothing is made up.
        """
        day, now = _parse_date(date), timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        entries = entries_of_day(chart=chart, day=day)
        reminders = reminders_of_day(chart=chart, day=day, now=now)
        card = next((entry.id for entry in entries if entry.kind == "daily"), None)
        return json_response(
            {
                "date": day,
                "entries": list(map(entry_to_json, entries)),
                "daily": card,
                "reminders": list(map(_reminder_to_json, reminders)),
            }
        )


def _parse_date(text: str) -> calendar_day:
    try:
        return parsing.parse_day(text)
    except parsing.ParseFailed as fault:
        raise InvalidInput.of("date", fault.code, fault.detail) from None


def _reminder_to_json(reminder: ReminderOfDay) -> dict[str, Any]:
    return {
        "id": reminder.id,
        "reminder": reminder.reminder_id,
        "purpose": reminder.purpose,
        "nudge": reminder.is_nudge,
        "due_at": reminder.due_at,
        "expires_at": reminder.expires_at,
        "tag": reminder.tag,
        "state": reminder.state,
        "answered": reminder.answered_at is not None,
        "answered_at": reminder.answered_at,
        "opened_at": reminder.opened_at,
    }
