"""Sync of a phone that was offline: it sends operations and gets the changes it missed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.views import APIView

from api.http import error_support
from api.http.openapi import ErrorOut
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.support_answer import SupportOut
from api.journal.diary_day import date_by_reminder
from api.journal.entry_json import OPERATIONS_IN, entry_out_serializers, entry_to_json
from backend.kit.errors import MAX_ERRORS, InvalidInput
from backend.kit.strict_json import Json
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.entry import EntryValue, Tombstone
from journaling.sync.exchange import save_exchange
from journaling.sync.merge import STATUSES, OperationOutcome
from journaling.sync.protocol import MAX_OPERATIONS


class TombstoneOut(serializers.Serializer[Any]):
    """What is left of a deleted entry."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    rev = serializers.IntegerField()
    seq = serializers.IntegerField()
    deleted = serializers.BooleanField(help_text="Always true.")


def _change_serializers(*, many: bool) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name="Change",
        serializers=[*entry_out_serializers(), TombstoneOut],
        resource_type_field_name=None,
        many=many,
    )


@extend_schema_field(_change_serializers(many=True))
class ChangeList(serializers.ListField):
    """Entries and tombstones in the order of their numbers."""


@extend_schema_field(_change_serializers(many=False))
class ServerCopy(serializers.DictField):
    """What stands in the way of an operation."""


@extend_schema_field(cast("Any", ErrorOut))
class _Error(serializers.DictField):
    """Why one field was refused."""


@extend_schema_field(cast("Any", SupportOut))
class _Support(serializers.DictField):
    """What helps now."""


class SyncResultOut(serializers.Serializer[Any]):
    """What became of one operation."""

    id = serializers.UUIDField(allow_null=True, help_text="Null where none could be read.")
    status = serializers.ChoiceField(choices=STATUSES)
    rev = serializers.IntegerField(required=False)
    seq = serializers.IntegerField(required=False)
    server = ServerCopy(required=False)
    errors = serializers.ListField(child=_Error(), required=False)  # type: ignore[assignment] # the contract's name


class SyncOut(serializers.Serializer[Any]):
    """What became of each operation, and what the phone has not read yet."""

    results = SyncResultOut(many=True)
    changes = ChangeList()
    cursor = serializers.CharField()
    more = serializers.BooleanField()
    support = _Support(allow_null=True)


@extend_schema_field(OPERATIONS_IN)
class OperationList(serializers.ListField):
    """What was done offline, in order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_OPERATIONS, **kwargs)


class SyncIn(serializers.Serializer[Any]):
    """How far the phone has read, and what was done on it."""

    cursor = serializers.CharField(allow_null=True, required=False)
    ops = OperationList(required=False)


class Sync(APIView):
    """The signed-in patient's journal, offline and back."""

    permission_classes = [IsPatient]
    #: A refusal of the whole is answered by what its operations say
    #: (``api/http/error_support.py``).
    find_entries = staticmethod(error_support.entries_in_list("ops"))

    @extend_schema(operation_id="sync_journal", request=SyncIn, responses=SyncOut)
    def post(self, request: SignedIn) -> HttpResponse:
        """Send what was done offline, get what was missed.

        Operations are applied in order and all at once; each gets a result in its place:

        - `created`, `updated` (also a deletion) and `unchanged` (it was here before: a lost reply)
          carry the `rev` to send as the next `base_rev`;
        - `conflict` changed nothing and carries the server's copy: decide, then send again with its
          `rev` as `base_rev`;
        - `invalid` names the fields at fault; the other operations are applied all the same.

        An entry is sent whole: a field that is left out is taken back. `changes` are entries and
        tombstones numbered after `cursor`, your own as well; while `more` is true ask again with
        the new cursor. 410 `cursor_purged`: forget what was read, and start again with null.
        """
        sent = request.data
        if not isinstance(sent, dict):
            raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.ENTRIES, now=now, to_write=True
        )
        exchange, support = save_exchange(chart=chart, sent=_date_operations(chart, sent), now=now)
        return json_response(
            {
                "results": _outcomes_to_json(exchange.outcomes),
                "changes": [_change_to_json(change) for change in exchange.changes],
                "cursor": exchange.cursor,
                "more": exchange.has_more,
                "support": SupportOut.of(support) if support is not None else None,
            }
        )


def _outcomes_to_json(outcomes: Sequence[OperationOutcome]) -> list[dict[str, object]]:
    """Return all outcomes, with ``MAX_ERRORS`` errors in sum but at least one for each of them."""
    results, left = [], MAX_ERRORS
    for outcome in outcomes:
        kept = outcome.errors[: max(left, 1)]
        left -= len(kept)
        results.append(_outcome_to_json(replace(outcome, errors=kept)))
    return results


def _date_operations(chart: Chart, sent: dict[str, Json]) -> dict[str, Json]:
    """Date diary cards by the reminders that they answer."""
    operations = sent.get("ops")
    return (
        {**sent, "ops": date_by_reminder(chart, operations)}
        if isinstance(operations, list)
        else sent
    )


def _outcome_to_json(outcome: OperationOutcome) -> dict[str, object]:
    result: dict[str, object] = {"id": outcome.id, "status": outcome.status}
    if outcome.rev is not None:
        result |= {"rev": outcome.rev, "seq": outcome.seq}
    if outcome.server is not None:
        result["server"] = _change_to_json(outcome.server)
    if outcome.errors:
        result["errors"] = [
            {"field": error.field, "code": error.code, "detail": error.detail}
            for error in outcome.errors
        ]
    return result


def _change_to_json(change: EntryValue | Tombstone) -> dict[str, object]:
    if isinstance(change, EntryValue):
        return entry_to_json(change)
    return {
        "id": change.id,
        "kind": change.kind,
        "rev": change.rev,
        "seq": change.seq,
        "deleted": True,
    }
