"""Safety events: who may know of them, and who cleared them and why."""

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
from api.refusals import NotFound
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.models import User
from journaling.actions.safety_events import REASONS, acknowledge
from journaling.queries.safety_events import EventSeen, NoSuchEvent, events_page, whose


class SafetyEventsAsked(PageAsked):
    """Which events."""

    open = serializers.BooleanField(required=False)


class AcknowledgeIn(Input):
    """Why the event can be cleared: one of the reasons, or a sentence of one's own."""

    reason = PlainText(
        max_length=1_000,
        help_text="One of " + ", ".join(REASONS) + ", or words of one's own (stored encrypted).",
    )


class EventPatientOut(serializers.Serializer[Any]):
    """Whom it is about, and who treats them."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    therapists = serializers.ListField(child=serializers.CharField())


class SafetyEventOut(serializers.Serializer[Any]):
    """One episode. ``entries`` and ``rules`` are null for who is on duty, not on the care team."""

    id = serializers.UUIDField()
    patient = EventPatientOut()
    level = serializers.ChoiceField(choices=[2, 3])
    opened_at = serializers.DateTimeField()
    last_sign_at = serializers.DateTimeField()
    entries = serializers.ListField(child=serializers.UUIDField(), allow_null=True)
    rules = serializers.ListField(child=serializers.CharField(), allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.UUIDField(allow_null=True)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True)


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
        return answer(
            page(
                request,
                wanted=wanted,
                rows=found,
                place=lambda event: (event.opened_at, event.id),
                shape=_shape,
            )
        )


class AcknowledgeSafetyEvent(APIView):
    """Clearing one safety event, for everybody."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="acknowledge_safety_event", request=AcknowledgeIn, responses=SafetyEventOut
    )
    def post(self, request: SignedIn, event_id: UUID) -> HttpResponse:
        """Clear it with a reason; a second time changes nothing and answers as it stands."""
        sent, now = checked(AcknowledgeIn, request), timezone.now()
        found = whose(event_id=event_id)
        # Also for an event that isn't there a chart is asked for, so both refusals look the same.
        patient_id = found.patient_id if found is not None else event_id
        try:
            chart = _chart(request.user, patient_id)
            seen = acknowledge(chart=chart, event_id=event_id, reason=sent["reason"], now=now)
        except (NoSuchChart, NoSuchEvent):
            raise NotFound from None
        return answer(_shape(seen))


def _chart(viewer: User, patient_id: UUID) -> Chart:
    """Open the care team's chart, or the one of who is on duty, which shows events alone."""
    now = timezone.now()
    try:
        return access.open_chart(
            viewer=viewer, patient_id=patient_id, what=DataClass.SAFETY_EVENTS, now=now,
            to_write=True,
        )  # fmt: skip
    except NoSuchChart:
        return access.open_duty_chart(
            viewer=viewer, patient_id=patient_id, what=DataClass.SAFETY_EVENTS, now=now
        )


def _shape(event: EventSeen) -> dict[str, Any]:
    return {
        "id": event.id,
        "patient": {
            "id": event.patient_id,
            "display_name": event.patient_name,
            "therapists": event.therapists,
        },
        "level": event.level,
        "opened_at": event.opened_at,
        "last_sign_at": event.last_sign_at,
        "entries": event.entries,
        "rules": event.codes,
        "acknowledged_at": event.acknowledged_at,
        "acknowledged_by": event.acknowledged_by,
        "reason": event.reason or None,
    }
