"""The signed-in patient's own entries."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api import helping
from api.answers import answer
from api.charts import chart_of
from api.entry_schema import CHANGES_IN, ENTRY_IN, ENTRY_OUT, EntriesOut, HistoryOut
from api.paging import Asked, PageAsked, asked_page, page
from api.permissions import IsClinician, IsPatient
from api.prompted import dated
from api.reading import ChoiceOf, DayField, Input, WholeNumber, asked, checked, sent_rev
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from backend.kit.zones import zone
from care import access
from care.access import Chart, DataClass
from journaling import actions, queries
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.kinds.craving import OUTCOMES
from journaling.safety.support import Support
from notifications import actions as reminding


class EntriesAsked(PageAsked):
    """Which entries; ``from`` and ``to`` are local days, both included."""

    kind = ChoiceOf(choices=list(KINDS), required=False)
    to = DayField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": DayField(required=False)}


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
    #: A refusal is answered by what the body says about safety (``api/helping.py``).
    answers_sent = staticmethod(helping.in_body)

    @extend_schema(
        operation_id="record_entry", request=ENTRY_IN, responses={200: ENTRY_OUT, 201: ENTRY_OUT}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Record one entry.

        The phone chooses the id: the same id and content again answers 200 and changes nothing,
        other content under the id answers 409. A diary card without `date` whose `origin` is a
        reminder is of the reminder's day, until noon of the next.
        """
        sent, now = _object(request.data), timezone.now()
        chart = _chart_to_write(request)
        [sent] = dated(chart, [sent])
        entry, is_new = actions.record_entry(chart=chart, sent=sent, now=now)
        support = actions.respond(chart=chart, entries=[entry], now=now)
        reminding.note_prompted(chart=chart, origins=[entry.origin], now=now)
        return answer(shape(entry, support=support), status=201 if is_new else 200)

    @extend_schema(operation_id="list_entries", parameters=LIST_PARAMETERS, responses=EntriesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List own entries, newest first."""
        wanted, filters = _asked(request)
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        return _listed(request, chart, wanted, filters)


class EntriesOfPatient(APIView):
    """The entries of one patient of the caller, as far as the patient shares them."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_entries_of_patient", parameters=LIST_PARAMETERS, responses=EntriesOut
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them, newest first; what is private is not there, nor is it counted by ``seq``."""
        wanted, filters = _asked(request)
        chart = chart_of(request, patient_id, what=DataClass.ENTRIES)
        return _listed(request, chart, wanted, filters)


def _asked(request: SignedIn) -> tuple[Asked, dict[str, Any]]:
    return asked_page(request, tie=int), asked(EntriesAsked, request)


def _listed(
    request: SignedIn, chart: Chart, wanted: Asked, filters: dict[str, Any]
) -> HttpResponse:
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
            shape=lambda row: shape(row[0]) if chart.is_own else _for_staff(row[0]),
        )
    )


class OneEntry(APIView):
    """One of the signed-in patient's own entries."""

    permission_classes = [IsPatient]
    answers_sent = staticmethod(helping.in_body)

    @extend_schema(operation_id="read_entry", responses=ENTRY_OUT)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        entry = queries.entry_of(chart=chart, entry_id=entry_id)
        return answer(shape(entry), rev=entry.rev)

    @extend_schema(operation_id="change_entry", request=CHANGES_IN, responses=ENTRY_OUT)
    def patch(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Change the fields that are sent; null takes an answer back. Needs ``If-Match``.

        What stood before stays in the history. ``id``, ``kind`` and ``recorded_at`` never change.
        """
        rev, now = sent_rev(request), timezone.now()
        chart = _chart_to_write(request)
        entry = actions.change_entry(
            chart=chart, entry_id=entry_id, rev=rev, changes=_object(request.data), now=now
        )
        support = actions.respond(chart=chart, entries=[entry], now=now)
        return answer(shape(entry, support=support), rev=entry.rev)

    @extend_schema(operation_id="delete_entry", responses={204: None})
    def delete(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Delete it; its words stay in the history. ``If-Match`` is honoured where it is sent."""
        rev = sent_rev(request) if "If-Match" in request.headers else None
        actions.delete_entry(
            chart=_chart_to_write(request), entry_id=entry_id, rev=rev, now=timezone.now()
        )
        return HttpResponse(status=204)


class AfterwardsIn(Input):
    """How the craving went on."""

    intensity_after = WholeNumber(min_value=0, max_value=10)
    minutes_later = WholeNumber(min_value=5, max_value=1_440)
    outcome = ChoiceOf(choices=OUTCOMES, required=False, allow_null=True)


class Afterwards(APIView):
    """The later rating of a craving."""

    permission_classes = [IsPatient]
    answers_sent = staticmethod(helping.in_body)

    @extend_schema(operation_id="rate_entry_after", request=AfterwardsIn, responses=ENTRY_OUT)
    def post(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Attach it; the same again changes nothing.

        A rating 5 to 60 minutes later counts; a later one is kept and stands in no statistic.
        """
        sent, now = checked(AfterwardsIn, request), timezone.now()
        chart = _chart_to_write(request)
        entry = actions.rate_afterwards(chart=chart, entry_id=entry_id, sent=sent, now=now)
        support = actions.respond(chart=chart, entries=[entry], now=now)
        return answer(shape(entry, support=support), rev=entry.rev)


class EntryHistory(APIView):
    """How one of the signed-in patient's own entries came to say what it says."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_entry_history", responses=HistoryOut)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """List every revision, the first one first: author, time, and what changed.

        The history of a deleted entry stays readable for its author.
        """
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.ENTRIES, now=now)
        found = queries.history_of(chart=chart, entry_id=entry_id)
        return answer(
            {
                "results": [
                    {
                        "rev": change.rev,
                        "at": change.at,
                        "author": {"id": change.author_id, "role": change.author_role},
                        "action": change.action,
                        "changes": [
                            {"field": name, "before": before, "after": after}
                            for name, (before, after) in change.changes.items()
                        ],
                    }
                    for change in found
                ]
            }
        )


def _chart_to_write(request: SignedIn) -> Chart:
    return access.open_own_chart(
        viewer=request.user, what=DataClass.ENTRIES, now=timezone.now(), to_write=True
    )


def _for_staff(entry: Recorded) -> dict[str, Any]:
    """Shape an entry for who is not its author, without its place in the journal.

    Numbers count the entries that are private as well: their gaps would tell how many there are.
    """
    return {name: value for name, value in shape(entry).items() if name != "seq"}


def _object(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
    return sent


def shape(entry: Recorded, *, support: Support | None = None) -> dict[str, Any]:
    """Shape an entry: common fields, those of its kind, and what the server derived.

    ``support`` stands in the answer to a save alone; reading an entry again gives none.
    """
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
        "zone_suspect": entry.zone_suspect,
        "reviewed_at": entry.reviewed_at,
        "acknowledged_at": entry.acknowledged_at,
        "support": support.told() if support is not None else None,
    }
