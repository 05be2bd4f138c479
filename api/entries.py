"""The signed-in patient's own entries."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.entry_schema import ENTRY_IN, ENTRY_OUT, EntriesOut
from api.paging import asked_page, page
from api.permissions import IsPatient
from api.reading import Input, asked
from api.refusals import NotFound, Problem
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from backend.kit.zones import zone
from care import access
from care.access import DataClass
from journaling import actions, queries
from journaling.entries import Recorded
from journaling.kinds import KINDS


class EntriesAsked(Input):
    """Which entries; ``from`` and ``to`` are local days, both included."""

    kind = serializers.ChoiceField(choices=list(KINDS), required=False)
    to = serializers.DateField(required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": serializers.DateField(required=False)}


LIST_PARAMETERS = [
    OpenApiParameter("kind", str, enum=list(KINDS)),
    OpenApiParameter("from", {"type": "string", "format": "date"}, description="Local day."),
    OpenApiParameter("to", {"type": "string", "format": "date"}, description="Local day."),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
    OpenApiParameter("cursor", str),
]


class Entries(APIView):
    """The signed-in patient's own entries."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="record_entry", request=ENTRY_IN, responses={200: ENTRY_OUT, 201: ENTRY_OUT}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Record one entry.

        The phone chooses the id: the same id and content again answers 200 and changes nothing,
        other content under the id answers 409.
        """
        sent = request.data
        if not isinstance(sent, dict):
            raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
        now = timezone.now()
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.ENTRIES, now=now, to_write=True
        )
        try:
            entry, is_new = actions.record_entry(chart=chart, sent=sent, now=now)
        except actions.EntryDiffers:
            detail = "An entry of this id exists with other content."
            raise Problem(status=409, code="entry_differs", detail=detail) from None
        except actions.DayTaken as taken:
            detail = f"The diary card of that day is entry {taken.card_id}: change that one."
            raise Problem(status=409, code="day_taken", detail=detail) from None
        return answer(shape(entry), status=201 if is_new else 200)

    @extend_schema(operation_id="list_entries", parameters=LIST_PARAMETERS, responses=EntriesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List own entries, newest first."""
        wanted = asked_page(request, tie=int)
        filters = asked(EntriesAsked, request)
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        found = queries.entries_page(
            chart=chart,
            limit=wanted.limit + 1,
            kind=filters.get("kind"),
            first_day=filters.get("from"),
            last_day=filters.get("to"),
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        return answer(
            page(
                request,
                wanted=wanted,
                rows=found,
                place=lambda row: row[1],
                shape=lambda row: shape(row[0]),
            )
        )


class OneEntry(APIView):
    """One of the signed-in patient's own entries."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_entry", responses=ENTRY_OUT)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        try:
            entry = queries.entry_of(chart=chart, entry_id=entry_id)
        except queries.NoSuchEntry:
            raise NotFound from None
        return answer(shape(entry), rev=entry.rev)


def shape(entry: Recorded) -> dict[str, Any]:
    """Shape an entry: common fields, those of its kind, and what the server derived."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        # With the offset of the entry's own zone: the wall clock is clinical data.
        "occurred_at": entry.occurred_at.astimezone(zone(entry.time_zone)).isoformat(),
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values,
        **entry.derived,
        "rev": entry.rev,
        "seq": entry.seq,
        "received_at": entry.received_at,
        "recall": entry.recall,
        "local_date": entry.local_date,
        "clock_suspect": entry.clock_suspect,
        "reviewed_at": entry.reviewed_at,
        # No rule of safety is evaluated on entries yet, so there is never a block to give.
        "support": None,
    }
