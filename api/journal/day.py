"""One day of the signed-in patient's own journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as calendar_day
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from api.http.fields import OneOf
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.journal.entries import entry_to_json
from api.journal.entry_schema import EntryList
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


@dataclass(frozen=True, slots=True)
class ReminderOfDayOut:
    """One reminder of the day. One that was not delivered was not ignored.

    ``held_back`` was not sent on purpose, as in a pause or because it was answered already.
    """

    id: UUID
    reminder: UUID
    purpose: Annotated[str, OneOf(PURPOSES)]
    nudge: bool
    due_at: datetime
    expires_at: datetime
    tag: str
    state: Annotated[str, OneOf([status.value for status in ReminderStatus])]
    answered: bool
    answered_at: datetime | None
    opened_at: datetime | None

    @classmethod
    def of(cls, reminder: ReminderOfDay) -> Self:
        """Show a reminder of the day."""
        return cls(
            id=reminder.id,
            reminder=reminder.reminder_id,
            purpose=reminder.purpose,
            nudge=reminder.is_nudge,
            due_at=reminder.due_at,
            expires_at=reminder.expires_at,
            tag=reminder.tag,
            state=reminder.state,
            answered=reminder.answered_at is not None,
            answered_at=reminder.answered_at,
            opened_at=reminder.opened_at,
        )


@dataclass(frozen=True, slots=True)
class DayOut:
    """One local day. ``daily`` is the id of its diary card among the entries, or null."""

    date: calendar_day
    entries: EntryList
    daily: UUID | None
    reminders: Sequence[ReminderOfDayOut]


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
            DayOut(
                date=day,
                entries=list(map(entry_to_json, entries)),
                daily=card,
                reminders=list(map(ReminderOfDayOut.of, reminders)),
            )
        )


def _parse_date(text: str) -> calendar_day:
    try:
        return parsing.parse_day(text)
    except parsing.ParseFailed as fault:
        raise InvalidInput.of("date", fault.code, fault.detail) from None
