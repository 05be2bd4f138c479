"""The signed-in patient's own entries."""

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http import error_support
from api.http.fields import A_DAY, OneOf, WholeNumber
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.journal.diary_day import date_by_reminder
from api.journal.entry_json import (
    CHANGES_IN,
    ENTRY_IN,
    ENTRY_OUT,
    EntriesOut,
    HistoryOut,
    RevisionOut,
    entry_to_json,
    entry_to_json_for_staff,
)
from backend.kit.errors import InvalidInput
from backend.kit.strict_json import Json
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.edit import delete_entry, save_changes, save_later_rating
from journaling.entries.kinds.craving import OUTCOMES
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import entries_page, entry_history, entry_of
from journaling.entries.record import SavedEntry, save_entry


class EntriesQuery(PageQuery):
    """Which entries; ``from`` and ``to`` are local days, both included."""

    kind: Annotated[str | None, OneOf(list(KINDS))] = None
    to: Annotated[date | None, A_DAY, Field(description="Local day.")] = None
    from_: Annotated[date | None, A_DAY, Field(alias="from", description="Local day.")] = None


class Entries(APIView):
    """The signed-in patient's own entries."""

    permission_classes = [IsPatient]
    #: A refusal is answered by what the body says about safety (``api/http/error_support.py``).
    find_entries = staticmethod(error_support.entries_in_body)

    @extend_schema(
        operation_id="record_entry", request=ENTRY_IN, responses={200: ENTRY_OUT, 201: ENTRY_OUT}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Record one entry.

        The phone chooses the id: the same id and content again answers 200 and changes nothing,
        other content under the id answers 409. A diary card without `date` whose `origin` is a
        reminder is of the reminder's day, until noon of the next.
        """
        sent, now = _require_object(request.data), timezone.now()
        chart = _open_own_entries(request)
        [dated] = date_by_reminder(chart, [sent])
        saved = save_entry(chart=chart, sent=_require_object(dated), now=now)
        return json_response(
            entry_to_json(saved.entry, support=saved.support), status=201 if saved.is_new else 200
        )

    @extend_schema(
        operation_id="list_entries",
        parameters=query_parameters(EntriesQuery),
        responses=EntriesOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List own entries, newest first."""
        query = validated_query(EntriesQuery, request)
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        return _entries_response(request, chart, query)


class EntriesOfPatient(APIView):
    """The entries of one patient of the caller, as far as the patient shares them."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_entries_of_patient",
        parameters=query_parameters(EntriesQuery),
        responses=EntriesOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them, newest first; what is private is not there, nor is it counted by ``seq``."""
        query = validated_query(EntriesQuery, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.ENTRIES)
        return _entries_response(request, chart, query)


def _entries_response(request: SignedIn, chart: Chart, query: EntriesQuery) -> HttpResponse:
    wanted = query.page(tie=int)
    rows = entries_page(
        chart=chart,
        limit=wanted.limit + 1,
        kind=query.kind,
        first_day=query.from_,
        last_day=query.to,
        position=wanted.position,
        is_backwards=wanted.is_backwards,
    )
    return json_response(
        paged(
            request,
            wanted=wanted,
            rows=rows,
            place=lambda row: row[1],
            shape=lambda row: (
                entry_to_json(row[0]) if chart.is_own else entry_to_json_for_staff(row[0])
            ),
            answer=EntriesOut,
        )
    )


class OneEntry(APIView):
    """One of the signed-in patient's own entries."""

    permission_classes = [IsPatient]
    find_entries = staticmethod(error_support.entries_in_body)

    @extend_schema(operation_id="read_entry", responses=ENTRY_OUT)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        entry = entry_of(chart=chart, entry_id=entry_id)
        return json_response(entry_to_json(entry), rev=entry.rev)

    @extend_schema(operation_id="change_entry", request=CHANGES_IN, responses=ENTRY_OUT)
    def patch(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Change the fields that are sent; null takes an answer back. Needs ``If-Match``.

        What stood before stays in the history. ``id``, ``kind`` and ``recorded_at`` never change.
        """
        rev, now = if_match_rev(request), timezone.now()
        chart = _open_own_entries(request)
        saved = save_changes(
            chart=chart, entry_id=entry_id, rev=rev, changes=_require_object(request.data), now=now
        )
        return _saved_response(saved)

    @extend_schema(operation_id="delete_entry", responses={204: None})
    def delete(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Delete it; its words stay in the history. ``If-Match`` is honoured where it is sent."""
        rev = if_match_rev(request) if "If-Match" in request.headers else None
        delete_entry(
            chart=_open_own_entries(request), entry_id=entry_id, rev=rev, now=timezone.now()
        )
        return HttpResponse(status=204)


class AfterwardsIn(Input):
    """How the craving went on."""

    intensity_after: Annotated[int, WholeNumber(0, 10)]
    minutes_later: Annotated[int, WholeNumber(5, 1_440)]
    outcome: Annotated[str, OneOf(OUTCOMES)] | None = None


class LaterRating(APIView):
    """The later rating of a craving."""

    permission_classes = [IsPatient]
    find_entries = staticmethod(error_support.entries_in_body)

    @extend_schema(operation_id="rate_entry_after", request=AfterwardsIn, responses=ENTRY_OUT)
    def post(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Attach it; the same again changes nothing.

        A rating 5 to 60 minutes later counts; a later one is kept and stands in no statistic.
        """
        sent, now = validated_body(AfterwardsIn, request), timezone.now()
        chart = _open_own_entries(request)
        return _saved_response(
            save_later_rating(chart=chart, entry_id=entry_id, sent=sent.given(), now=now)
        )


class EntryHistory(APIView):
    """How one of the signed-in patient's own entries came to say what it says."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_entry_history", responses=HistoryOut)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """List every revision, the first one first: author, time, and what changed.

        The history of a deleted entry stays readable for its author.
        """
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        revisions = entry_history(chart=chart, entry_id=entry_id)
        return json_response(HistoryOut(list(map(RevisionOut.of, revisions))))


def _open_own_entries(request: SignedIn) -> Chart:
    return open_own_chart(
        viewer=request.user, what=DataCategory.ENTRIES, now=timezone.now(), to_write=True
    )


def _saved_response(saved: SavedEntry) -> HttpResponse:
    return json_response(entry_to_json(saved.entry, support=saved.support), rev=saved.entry.rev)


def _require_object(sent: Json) -> dict[str, Json]:
    if not isinstance(sent, dict):
        raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
    return sent
