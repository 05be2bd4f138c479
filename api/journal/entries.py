"""The signed-in patient's own entries, and those of a clinician's patients."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http import error_support
from api.http.answers import Page
from api.http.fields import A_DAY, OneOf
from api.http.inputs import require_object, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.support_answer import SupportOut
from api.journal.diary_day import date_by_reminder
from api.journal.entry_schema import ENTRY_IN, ENTRY_OUT, SERVER_FIELDS, EntryList
from backend.kit.timezones import get_zone
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.model import getter_of
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import entries_page
from journaling.entries.record import save_entry
from journaling.safety.support import Support

_get_server_values = getter_of(tuple(SERVER_FIELDS))


class EntriesQuery(PageQuery):
    """Which entries; ``from`` and ``to`` are local days, both included."""

    kind: Annotated[str | None, OneOf(list(KINDS))] = None
    to: Annotated[date | None, A_DAY, Field(description="Local day.")] = None
    from_: Annotated[date | None, A_DAY, Field(alias="from", description="Local day.")] = None


@dataclass(frozen=True, slots=True)
class EntriesOut(Page):
    """A page of entries."""

    results: EntryList


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
        sent, now = require_object(request.data), timezone.now()
        chart = open_own_entries(request)
        [dated] = date_by_reminder(chart, [sent])
        saved = save_entry(chart=chart, sent=require_object(dated), now=now)
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


def open_own_entries(request: SignedIn) -> Chart:
    """Open the signed-in patient's own chart, to write entries in it."""
    return open_own_chart(
        viewer=request.user, what=DataCategory.ENTRIES, now=timezone.now(), to_write=True
    )


def entry_to_json(entry: EntryValue, *, support: Support | None = None) -> dict[str, object]:
    """Return an entry as JSON: common fields, those of its kind, and what the server derived.

    ``support`` is in the answer to a save only.
    """
    derived = entry.values.derived()
    return {
        "id": entry.id,
        "kind": entry.kind,
        # With the offset of the entry's own zone: the wall clock is clinical data.
        "occurred_at": entry.occurred_at.astimezone(get_zone(entry.time_zone)).isoformat(),
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values.by_name(),
        **(derived.by_name() if derived else {}),
        **dict(zip(SERVER_FIELDS, _get_server_values(entry))),  # noqa: B905 # as many, and hot
        "support": SupportOut.of(support) if support is not None else None,
    }


def entry_to_json_for_staff(entry: EntryValue) -> dict[str, object]:
    """Return an entry as JSON for others than its author, without ``seq``.

    ``seq`` counts private entries as well: its gaps would disclose how many there are.
    """
    return {name: value for name, value in entry_to_json(entry).items() if name != "seq"}
