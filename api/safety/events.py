"""Safety events: list, read and acknowledge them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page, Sparse
from api.http.fields import A_FLAG, OneOf
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from journaling.safety.events import (
    CLEARING_REASONS,
    FAILED_CONTACT,
)
from journaling.safety.read_events import VisibleEvent, VisibleSign
from journaling.safety.staff_events import answer_event, list_events, open_event_chart, read_event


class SafetyEventsQuery(PageQuery):
    """Which events."""

    open: Annotated[bool, A_FLAG, Field(description="Only those that nobody cleared yet.")] = False


class AcknowledgeIn(Input):
    """Why the event can be cleared: one of the reasons, or a sentence of one's own.

    ``tried_not_reached`` clears nothing: the try is kept, and calling goes on.
    """

    reason: Annotated[
        str,
        Text(1000),
        Field(
            description="One of "
            + ", ".join((*CLEARING_REASONS, FAILED_CONTACT))
            + ", or words of one's own (stored encrypted)."
        ),
    ]
    note: Annotated[
        Annotated[str, Text(1000, may_be_blank=True)] | None,
        Field(description="Words beside the reason, stored encrypted, for the care team to read."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class EventPatientOut(Sparse):
    """Whom it is about, and who treats them."""

    id: UUID
    display_name: str
    told_apart_by: (
        Annotated[str, Field(description="What tells them from another of this name in the list.")]
        | None
    ) = None
    therapists: Sequence[str]


@dataclass(frozen=True, slots=True)
class SignOut:
    """What was answered once. ``entry`` is null where what was sent was refused and not stored."""

    entry: UUID | None
    kind: str
    happened_at: datetime | None
    arrived_at: datetime
    answers: Annotated[
        Mapping[str, int], Field(description="By rule: a rating as it was given, a yes or no as 1.")
    ]

    @classmethod
    def of(cls, sign: VisibleSign) -> Self:
        return cls(
            entry=sign.entry_id, kind=sign.kind, happened_at=sign.happened_at,
            arrived_at=sign.arrived_at, answers=dict(sign.fired),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TryOut:
    """Somebody tried to reach the patient and did not; ``note`` stands where one event is read."""

    at: datetime
    by: UUID
    by_name: str
    note: str | None


@dataclass(frozen=True, slots=True)
class SafetyEventOut:
    """One episode.

    ``entries``, ``rules`` and ``signs`` are null for who is on duty, not on the care team.
    ``opened_at`` is when the first of it arrived, ``happened_at`` when that happened, null where it
    can't be told. ``reason_text`` and the notes of tries stand where one event is read by somebody
    of the care team, and are null elsewhere.
    """

    id: UUID
    patient: EventPatientOut
    level: Annotated[int, OneOf([2, 3])]
    opened_at: datetime
    last_sign_at: datetime
    entries: Sequence[UUID] | None
    rules: Sequence[str] | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_by_name: str | None
    reason: Annotated[str, OneOf(CLEARING_REASONS)] | None
    reason_text: str | None
    happened_at: datetime | None
    signs: Sequence[SignOut] | None
    tries: Sequence[TryOut]
    next_call_at: datetime | None

    @classmethod
    def of(cls, event: VisibleEvent, marks: Mapping[UUID, str] | None = None) -> Self:
        return cls(
            id=event.id,
            patient=EventPatientOut(
                id=event.patient_id,
                display_name=event.patient_name,
                told_apart_by=(marks or {}).get(event.patient_id) or None,
                therapists=event.therapists,
            ),
            level=event.level,
            opened_at=event.opened_at,
            last_sign_at=event.last_sign_at,
            entries=event.entries,
            rules=event.codes,
            acknowledged_at=event.acknowledged_at,
            acknowledged_by=event.acknowledged_by,
            acknowledged_by_name=event.acknowledged_by_name or None,
            reason=event.reason or None,
            reason_text=event.words,
            happened_at=event.happened_at,
            signs=None if event.signs is None else list(map(SignOut.of, event.signs)),
            tries=[
                TryOut(at=attempt.at, by=attempt.by, by_name=attempt.name, note=attempt.words)
                for attempt in event.tries
            ],
            next_call_at=event.next_call_at,
        )


@dataclass(frozen=True, slots=True)
class SafetyEventsOut(Page):
    """A page of events."""

    results: Sequence[SafetyEventOut]


class SafetyEvents(APIView):
    """The safety events that the signed-in clinician may know of."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_safety_events",
        parameters=query_parameters(SafetyEventsQuery),
        responses=SafetyEventsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, newest first.

        Of own patients what is shared with the caller; while on duty or backup also the open ones
        of the clinic's other patients, without what was answered.
        """
        query, now = validated_query(SafetyEventsQuery, request), timezone.now()
        wanted = query.page(tie=UUID)
        listed = list_events(
            viewer=request.user, now=now, limit=wanted.limit + 1, only_open=query.open,
            position=wanted.position, is_backwards=wanted.is_backwards,
        )  # fmt: skip
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=listed.events,
                place=lambda event: (event.opened_at, event.id),
                shape=partial(SafetyEventOut.of, marks=listed.labels),
                answer=SafetyEventsOut,
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
        event = read_event(chart=chart, event_id=event_id, now=now)
        return json_response(SafetyEventOut.of(event))


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
        chart = open_event_chart(viewer=request.user, event_id=event_id, now=now, to_write=True)
        event = answer_event(
            chart=chart, event_id=event_id, reason=sent.reason, note=sent.note or "", now=now
        )
        return json_response(SafetyEventOut.of(replace(event, words=None)))
