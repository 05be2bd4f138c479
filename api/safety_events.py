"""Safety events: who may know of them, and who cleared them and why."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import PageAsked, asked_page, page
from api.permissions import IsClinician
from api.reading import Input, PlainText, asked, checked
from api.requests import SignedIn
from care import access
from care.access import DataClass
from care.queries.namesakes import apart
from journaling.actions.safety_charts import open_event_chart
from journaling.actions.safety_events import REASONS, acknowledge
from journaling.actions.safety_tries import TRIED, is_try, note_try
from journaling.queries.safety_events import (
    EventSeen,
    SignSeen,
    event_of,
    events_page,
)


class SafetyEventsAsked(PageAsked):
    """Which events."""

    open = serializers.BooleanField(required=False)


class AcknowledgeIn(Input):
    """Why the event can be cleared: one of the reasons, or a sentence of one's own.

    ``tried_not_reached`` clears nothing: the try is kept, and calling goes on.
    """

    reason = PlainText(
        max_length=1_000,
        help_text="One of " + ", ".join((*REASONS, TRIED)) + ", or words of one's own (stored "
        "encrypted).",
    )
    note = PlainText(
        max_length=1_000, required=False, allow_blank=True, allow_null=True,
        help_text="Words beside the reason, stored encrypted, for the care team to read.",
    )  # fmt: skip


class EventPatientOut(serializers.Serializer[Any]):
    """Whom it is about, and who treats them."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    told_apart_by = serializers.CharField(
        required=False, help_text="What tells them from another of this name in the list."
    )
    therapists = serializers.ListField(child=serializers.CharField())


class SignOut(serializers.Serializer[Any]):
    """What was answered once. ``entry`` is null where what was sent was refused and not stored."""

    entry = serializers.UUIDField(allow_null=True)
    kind = serializers.CharField()
    happened_at = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField()
    answers = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="By rule: a rating as it was given, a yes or no as 1.",
    )


class TryOut(serializers.Serializer[Any]):
    """Somebody tried to reach the patient and did not; ``note`` stands where one event is read."""

    at = serializers.DateTimeField()
    by = serializers.UUIDField()
    by_name = serializers.CharField()
    note = serializers.CharField(allow_null=True)


class SafetyEventOut(serializers.Serializer[Any]):
    """One episode.

    ``entries``, ``rules`` and ``signs`` are null for who is on duty, not on the care team.
    ``opened_at`` is when the first of it arrived, ``happened_at`` when that happened, null where it
    can't be told. ``reason_text`` and the notes of tries stand where one event is read by somebody
    of the care team, and are null elsewhere.
    """

    id = serializers.UUIDField()
    patient = EventPatientOut()
    level = serializers.ChoiceField(choices=[2, 3])
    opened_at = serializers.DateTimeField()
    last_sign_at = serializers.DateTimeField()
    entries = serializers.ListField(child=serializers.UUIDField(), allow_null=True)
    rules = serializers.ListField(child=serializers.CharField(), allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.UUIDField(allow_null=True)
    acknowledged_by_name = serializers.CharField(allow_null=True)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)
    reason_text = serializers.CharField(allow_null=True)
    happened_at = serializers.DateTimeField(allow_null=True)
    signs = SignOut(many=True, allow_null=True)
    tries = TryOut(many=True)
    next_call_at = serializers.DateTimeField(allow_null=True)


class SafetyEventsOut(serializers.Serializer[Any]):
    """A page of events."""

    results = SafetyEventOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SafetyEvents(APIView):
    """The safety events that the signed-in clinician may know of."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_safety_events",
        parameters=[
            OpenApiParameter("open", bool, description="Only those that nobody cleared yet."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=SafetyEventsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, newest first.

        Of own patients what is shared with the caller; while on duty or backup also the open ones
        of the clinic's other patients, without what was answered.
        """
        wanted = asked_page(request, tie=UUID)
        only_open = asked(SafetyEventsAsked, request).get("open", False)
        now = timezone.now()
        found = events_page(
            viewer=request.user, now=now, limit=wanted.limit + 1, only_open=only_open,
            position=wanted.position, is_backwards=wanted.is_backwards,
        )  # fmt: skip
        for reason, is_full in (("care_team", True), (access.ON_DUTY, False)):
            shown = [event.patient_id for event in found if (event.entries is not None) is is_full]
            access.log_list(
                viewer=request.user, patient_ids=shown, what=DataClass.SAFETY_EVENTS,
                reason=reason, now=now,
            )  # fmt: skip
        names = [(event.patient_id, event.patient_name) for event in found]
        marks = apart(names, viewer=request.user, now=now)
        return answer(
            page(
                request,
                wanted=wanted,
                rows=found,
                place=lambda event: (event.opened_at, event.id),
                shape=partial(_shape, marks=marks),
            )
        )


class OneSafetyEvent(APIView):
    """One safety event, with what staff wrote about it."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_safety_event", responses=SafetyEventOut)
    def get(self, request: SignedIn, event_id: UUID) -> HttpResponse:
        """Read it; the care team also reads why it was cleared and what was tried, in words."""
        now = timezone.now()
        chart = open_event_chart(viewer=request.user, event_id=event_id, now=now)
        seen = event_of(chart=chart, event_id=event_id)
        if chart.reason == access.ON_DUTY:
            access.log_read(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
        return answer(_shape(seen))


class AcknowledgeSafetyEvent(APIView):
    """Clearing one safety event, for everybody."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="acknowledge_safety_event", request=AcknowledgeIn, responses=SafetyEventOut
    )
    def post(self, request: SignedIn, event_id: UUID) -> HttpResponse:
        """Clear it with a reason; a second time changes nothing and answers as it stands.

        The reason `tried_not_reached` keeps it open: who tried and when is kept, with the note, and
        the next call is timed.
        """
        sent, now = checked(AcknowledgeIn, request), timezone.now()
        reason, note = sent["reason"], sent.get("note") or ""
        chart = open_event_chart(viewer=request.user, event_id=event_id, now=now, to_write=True)
        if is_try(reason):
            seen = note_try(chart=chart, event_id=event_id, note=note, now=now)
        else:
            seen = acknowledge(chart=chart, event_id=event_id, reason=reason, note=note, now=now)
        return answer(_shape(replace(seen, words=None)))


def _shape(event: EventSeen, marks: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    mark = (marks or {}).get(event.patient_id)
    return {
        "id": event.id,
        "patient": {
            "id": event.patient_id,
            "display_name": event.patient_name,
            **({"told_apart_by": mark} if mark else {}),
            "therapists": event.therapists,
        },
        "level": event.level,
        "opened_at": event.opened_at,
        "last_sign_at": event.last_sign_at,
        "entries": event.entries,
        "rules": event.codes,
        "acknowledged_at": event.acknowledged_at,
        "acknowledged_by": event.acknowledged_by,
        "acknowledged_by_name": event.acknowledged_by_name or None,
        "reason": event.reason or None,
        "reason_text": event.words,
        "happened_at": event.happened_at,
        "signs": None if event.signs is None else list(map(_sign, event.signs)),
        "tries": [
            {"at": one.at, "by": one.by, "by_name": one.name, "note": one.words}
            for one in event.tries
        ],
        "next_call_at": event.next_call_at,
    }


def _sign(sign: SignSeen) -> dict[str, Any]:
    return {
        "entry": sign.entry_id,
        "kind": sign.kind,
        "happened_at": sign.happened_at,
        "arrived_at": sign.arrived_at,
        "answers": dict(sign.fired),
    }
