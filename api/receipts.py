"""What the phone tells of one reminder: opened, answered, or not now."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsPatient
from api.reading import Input, WholeNumber, checked
from api.reminder_shapes import PURPOSES
from api.reminders import chart_to_write
from api.requests import SignedIn
from notifications import actions
from notifications.models import Occurrence


class SnoozeIn(Input):
    """After how many minutes it comes again."""

    minutes = WholeNumber(min_value=1, max_value=1440)


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


class Opened(APIView):
    """A receipt: the patient opened it."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_opened", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; repeated, the first instant counts."""
        return _noted(request, partial(actions.note_opened, occurrence_id=occurrence_id))


class Answered(APIView):
    """A receipt: the patient did what it asked for."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_answered", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; nothing more of it is sent, and it leaves the inbox."""
        return _noted(request, partial(actions.note_answered, occurrence_id=occurrence_id))


class Snooze(APIView):
    """Not now, but soon."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="snooze_reminder", request=SnoozeIn, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Send it again after so many minutes, under the same tag."""
        sent = checked(SnoozeIn, request)
        snooze = partial(actions.snooze, occurrence_id=occurrence_id, minutes=sent["minutes"])
        return _noted(request, snooze)


def _noted(request: SignedIn, note: Callable[..., Occurrence]) -> HttpResponse:
    now = timezone.now()
    return answer(shape(note(chart=chart_to_write(request, now), now=now)))


def shape(found: Occurrence) -> dict[str, Any]:
    """Shape an occurrence for its patient."""
    return {
        "id": found.pk,
        "purpose": found.purpose,
        "due_at": found.due_at,
        "expires_at": found.not_after,
        "tag": found.tag,
        "state": found.state,
        "reason": found.reason,
        "opened_at": found.opened_at,
        "answered_at": found.answered_at,
        "next_at": found.wake_at,
    }
