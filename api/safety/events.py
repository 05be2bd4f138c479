"""Safety events: list, read and acknowledge them."""

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

from api.http.paging import PageQuery, page_params, paged
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import StrictInput, StringField, validated_body, validated_query
from care.access.data_categories import DataCategory
from care.access.log import REASON_ON_CALL, log_read, log_reads_many
from care.accounts.names import namesake_labels_in
from journaling.safety.events import (
    CLEARING_REASONS,
    FAILED_CONTACT,
    acknowledge_event,
    is_failed_contact,
    record_failed_contact,
)
from journaling.safety.open_chart import open_event_chart
from journaling.safety.read_events import VisibleEvent, VisibleSign, event_of, events_page


class SafetyEventsQuery(PageQuery):
    """Which events."""

    open = serializers.BooleanField(required=False)


class AcknowledgeIn(StrictInput):
    """Why the event can be cleared: one of the reasons, or a sentence of one's own.

    ``tried_not_reached`` clears nothing: the try is kept, and calling goes on.
    """

    reason = StringField(
        max_length=1_000,
        help_text="One of "
        + ", ".join((*CLEARING_REASONS, FAILED_CONTACT))
        + ", or words of one's own (stored "
        "encrypted).",
    )
    note = StringField(
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
    reason = serializers.ChoiceField(choices=CLEARING_REASONS, allow_null=True)
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
        wanted = page_params(request, tie=UUID)
        only_open = validated_query(SafetyEventsQuery, request).get("open", False)
        now = timezone.now()
        events = events_page(
            viewer=request.user, now=now, limit=wanted.limit + 1, only_open=only_open,
            position=wanted.position, is_backwards=wanted.is_backwards,
        )  # fmt: skip
        for reason, is_full in (("care_team", True), (REASON_ON_CALL, False)):
            shown = [event.patient_id for event in events if (event.entries is not None) is is_full]
            log_reads_many(
                viewer=request.user, patient_ids=shown, what=DataCategory.SAFETY_EVENTS,
                reason=reason, now=now,
            )  # fmt: skip
        names = [(event.patient_id, event.patient_name) for event in events]
        marks = namesake_labels_in(names, viewer=request.user, now=now)
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=events,
                place=lambda event: (event.opened_at, event.id),
                shape=partial(_event_to_json, marks=marks),
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
        if chart.reason == REASON_ON_CALL:
            log_read(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
        return json_response(_event_to_json(seen))


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
        sent, now = validated_body(AcknowledgeIn, request), timezone.now()
        reason, note = sent["reason"], sent.get("note") or ""
        chart = open_event_chart(viewer=request.user, event_id=event_id, now=now, to_write=True)
        if is_failed_contact(reason):
            seen = record_failed_contact(chart=chart, event_id=event_id, note=note, now=now)
        else:
            seen = acknowledge_event(
                chart=chart, event_id=event_id, reason=reason, note=note, now=now
            )
        return json_response(_event_to_json(replace(seen, words=None)))


def _event_to_json(event: VisibleEvent, marks: Mapping[UUID, str] | None = None) -> dict[str, Any]:
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
        "signs": None if event.signs is None else list(map(_signal_to_json, event.signs)),
        "tries": [
            {"at": attempt.at, "by": attempt.by, "by_name": attempt.name, "note": attempt.words}
            for attempt in event.tries
        ],
        "next_call_at": event.next_call_at,
    }


def _signal_to_json(sign: VisibleSign) -> dict[str, Any]:
    return {
        "entry": sign.entry_id,
        "kind": sign.kind,
        "happened_at": sign.happened_at,
        "arrived_at": sign.arrived_at,
        "answers": dict(sign.fired),
    }
