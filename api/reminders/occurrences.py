"""Occurrences of reminders: upcoming ones, the inbox, and receipts (opened, answered, snoozed)."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    StrictInput,
    WholeNumberField,
    validated_body,
    validated_query,
)
from api.reminders.plan import open_own_reminders
from api.reminders.reminder_schema import PURPOSES, ComingListOut, UpcomingQuery
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from notifications import wording
from notifications.engine.forecast import FORECAST_HORIZON, upcoming
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders import receipts
from notifications.reminders.edit import TIME_ANSWERS
from notifications.reminders.read import inbox, reminders_with_time_question
from notifications.reminders.receipts import record_answered, record_opened

#: A phone may plan as far ahead as a fortnight.
MAX_HOURS_AHEAD = int(FORECAST_HORIZON.total_seconds()) // 3600


class UpcomingOccurrences(APIView):
    """What comes, for a phone to plan by itself."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_upcoming_reminders",
        parameters=[
            OpenApiParameter("hours", {"type": "integer", "minimum": 1, "maximum": MAX_HOURS_AHEAD})
        ],
        responses=ComingListOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the occurrences of the next hours (48 unless told), each with its id and tag."""
        hours = _parse_hours(validated_query(UpcomingQuery, request).get("hours", "48"))
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        occurrences = [
            {
                "id": item.id,
                "reminder": item.reminder_id,
                "purpose": item.purpose,
                "due_at": item.due_at,
                "expires_at": item.expires_at,
                "tag": item.tag,
            }
            for item in upcoming(chart=chart, hours=hours, now=now)
        ]
        return json_response(unpaged(occurrences))


def _parse_hours(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= number <= MAX_HOURS_AHEAD:
        raise InvalidInput.of("hours", "out_of_range", f"Must be from 1 to {MAX_HOURS_AHEAD}.")
    return number


class InboxItemOut(serializers.Serializer[Any]):
    """One reminder that waits to be answered; ``text`` is what a lock screen would show."""

    id = serializers.UUIDField()
    reminder = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    text = serializers.CharField()
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)
    tag = serializers.CharField()


class QuestionOut(serializers.Serializer[Any]):
    """A question about a reminder that was missed; ``reminders/{id}/time-question`` answers it."""

    reminder = serializers.UUIDField()
    text = serializers.CharField()
    asked_at = serializers.DateTimeField()
    answers = serializers.ListField(child=serializers.ChoiceField(choices=list(TIME_ANSWERS)))


class InboxOut(serializers.Serializer[Any]):
    """What waits, newest first, and what the patient is asked about their reminders."""

    questions = QuestionOut(many=True)
    results = InboxItemOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Inbox(APIView):
    """The signed-in patient's inbox."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_inbox", responses=InboxOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List what waits, whatever way it was sent; answered or over, it is gone from here."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        waiting = [_inbox_item_to_json(occurrence) for occurrence in inbox(chart=chart, now=now)]
        asked = [
            _question_to_json(reminder) for reminder in reminders_with_time_question(chart=chart)
        ]
        return json_response({**unpaged(waiting), "questions": asked})


def _question_to_json(reminder: Reminder) -> dict[str, Any]:
    return {
        "reminder": reminder.id,
        "text": wording.TIME_QUESTION,
        "asked_at": reminder.asked_at,
        "answers": list(TIME_ANSWERS),
    }


def _inbox_item_to_json(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "id": occurrence.pk,
        "reminder": occurrence.reminder.id,
        "purpose": occurrence.purpose,
        "text": wording.push_sentence(purpose=occurrence.purpose),
        "due_at": occurrence.due_at,
        "expires_at": occurrence.not_after,
        "sent_at": occurrence.sent_at,
        "opened_at": occurrence.opened_at,
        "tag": occurrence.tag,
    }


class SnoozeIn(StrictInput):
    """After how many minutes it comes again."""

    minutes = WholeNumberField(min_value=1, max_value=1440)


class OccurrenceOut(serializers.Serializer[Any]):
    """One occurrence, as the patient's app needs it."""

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    tag = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in Occurrence.State])
    reason = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)


class RecordOpened(APIView):
    """A receipt: the patient opened it."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_opened", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; repeated, the first instant counts."""
        return _record_receipt(request, partial(record_opened, occurrence_id=occurrence_id))


class RecordAnswered(APIView):
    """A receipt: the patient did what it asked for."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_answered", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; nothing more of it is sent, and it leaves the inbox."""
        return _record_receipt(request, partial(record_answered, occurrence_id=occurrence_id))


class Snooze(APIView):
    """Not now, but soon."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="snooze_reminder", request=SnoozeIn, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Send it again after so many minutes, under the same tag."""
        sent = validated_body(SnoozeIn, request)
        snooze = partial(receipts.snooze, occurrence_id=occurrence_id, minutes=sent["minutes"])
        return _record_receipt(request, snooze)


def _record_receipt(request: SignedIn, note: Callable[..., Occurrence]) -> HttpResponse:
    now = timezone.now()
    return json_response(occurrence_to_json(note(chart=open_own_reminders(request, now), now=now)))


def occurrence_to_json(occurrence: Occurrence) -> dict[str, Any]:
    """Return an occurrence as JSON for its patient."""
    return {
        "id": occurrence.pk,
        "purpose": occurrence.purpose,
        "due_at": occurrence.due_at,
        "expires_at": occurrence.not_after,
        "tag": occurrence.tag,
        "state": occurrence.state,
        "reason": occurrence.reason,
        "opened_at": occurrence.opened_at,
        "answered_at": occurrence.answered_at,
        "next_at": occurrence.next_attempt_at,
    }
