"""What was sent and still matters, for phones without push."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsPatient
from api.reminder_shapes import PURPOSES
from api.requests import SignedIn
from care import access
from care.access import DataClass
from notifications import actions, queries, wording
from notifications.models import Occurrence, Reminder


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
    answers = serializers.ListField(child=serializers.ChoiceField(choices=list(actions.ANSWERS)))


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
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        waiting = [_shape(found) for found in queries.inbox(chart=chart, now=now)]
        asked = [_question(reminder) for reminder in queries.asked_about(chart=chart)]
        return answer({**whole(waiting), "questions": asked})


def _question(reminder: Reminder) -> dict[str, Any]:
    return {
        "reminder": reminder.id,
        "text": wording.CHANGE_THE_TIME,
        "asked_at": reminder.asked_at,
        "answers": list(actions.ANSWERS),
    }


def _shape(found: Occurrence) -> dict[str, Any]:
    return {
        "id": found.pk,
        "reminder": found.reminder.id,
        "purpose": found.purpose,
        "text": wording.sentence(purpose=found.purpose),
        "due_at": found.due_at,
        "expires_at": found.not_after,
        "sent_at": found.sent_at,
        "opened_at": found.opened_at,
        "tag": found.tag,
    }
