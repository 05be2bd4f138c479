"""Sync of a phone that was offline: it sends operations and gets the changes it missed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from pydantic import Field, JsonValue
from rest_framework.views import APIView

from api.http import error_support
from api.http.answers import Component, Sparse
from api.http.fields import OneOf, Rule, Schema, refuse
from api.http.inputs import Input, require_object, validated_body
from api.http.openapi import ErrorOut
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.support_answer import SupportOut
from api.http.text_fields import Text
from api.journal.diary_day import date_by_reminder
from api.journal.entries import entry_to_json
from api.journal.entry_schema import OPERATION_IN, entry_out_serializers
from backend.kit.errors import MAX_ERRORS
from backend.kit.strict_json import Json
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.entry import EntryValue, Tombstone
from journaling.entries.kinds.field_types import InvalidValue, validate_text
from journaling.sync.exchange import save_exchange
from journaling.sync.merge import STATUSES, OperationOutcome
from journaling.sync.protocol import MAX_CURSOR_LENGTH, MAX_OPERATIONS


@dataclass(frozen=True, slots=True)
class TombstoneOut:
    """What is left of a deleted entry."""

    id: UUID
    kind: str
    rev: int
    seq: int
    deleted: Annotated[bool, Field(description="Always true.")]


#: An entry as ``entry_to_json`` makes it, or what is left of one.
Change = Annotated[Mapping[str, object] | TombstoneOut, Component("Change")]


@dataclass(frozen=True)
class SyncResultOut(Sparse):
    """What became of one operation."""

    id: Annotated[UUID | None, Field(description="Null where none could be read.")]
    status: Annotated[str, OneOf(STATUSES)]
    rev: int | None = None
    seq: int | None = None
    server: Change | None = None
    errors: Sequence[ErrorOut] | None = None

    @classmethod
    def of(cls, outcome: OperationOutcome, *, most_errors: int) -> Self:
        """Show what became of an operation, with so many of its errors."""
        errors = [
            ErrorOut(error.field, error.code, error.detail)
            for error in outcome.errors[:most_errors]
        ]
        return cls(
            id=outcome.id,
            status=outcome.status,
            rev=outcome.rev,
            seq=outcome.seq,
            server=None if outcome.server is None else _shown(outcome.server),
            errors=errors or None,
        )


@dataclass(frozen=True, slots=True)
class SyncOut:
    """What became of each operation, and what the phone has not read yet."""

    components: ClassVar = (
        PolymorphicProxySerializer(
            component_name="Change",
            serializers=[*entry_out_serializers(), cast("Any", TombstoneOut)],
            resource_type_field_name=None,
        ),
    )

    results: Sequence[SyncResultOut]
    changes: Sequence[Change]
    cursor: str
    more: bool
    support: SupportOut | None


class CursorText(Rule):
    """A cursor as it was answered; which one it is, and whose, is found out later."""

    def read(self, sent: Json) -> str:
        """Take text that is no longer than a cursor can be."""
        try:
            return validate_text(sent, longest=MAX_CURSOR_LENGTH)
        except InvalidValue as fault:
            refuse(fault.code, fault.detail)

    def json_schema(self) -> Schema:
        """Return what every text has."""
        return Text().json_schema()


class OperationList(Rule):
    """A list of operations; each is read by itself, so that one keeps no other from being saved."""

    def read(self, sent: Json) -> list[Json]:
        """Take a list that is not too long."""
        if not isinstance(sent, list):
            refuse("not_a_list", "Must be a list of operations.")
        if len(sent) > MAX_OPERATIONS:
            refuse("too_many", f"At most {MAX_OPERATIONS} operations in one request.")
        return sent

    def json_schema(self) -> Schema:
        """Return a list of the entries with their envelopes."""
        items = {"x-component": "EntryOperationRequest"}
        return {"type": "array", "items": items, "maxItems": MAX_OPERATIONS}


class SyncIn(Input):
    """How far the phone has read, and what was done on it."""

    components: ClassVar = (OPERATION_IN,)
    _unknown_detail: ClassVar = "There is no such field."

    cursor: Annotated[str, CursorText()] | None = None
    ops: Annotated[list[JsonValue] | None, OperationList()] = None


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
        require_object(request.data)  # null is refused as what it is, not as a missing field
        sent, now = validated_body(SyncIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.ENTRIES, now=now, to_write=True
        )
        exchange, support = save_exchange(
            chart=chart,
            cursor=sent.cursor,
            operations=date_by_reminder(chart, sent.ops or []),
            now=now,
        )
        return json_response(
            SyncOut(
                results=list(_results(exchange.outcomes)),
                changes=list(map(_shown, exchange.changes)),
                cursor=exchange.cursor,
                more=exchange.has_more,
                support=None if support is None else SupportOut.of(support),
            )
        )


def _results(outcomes: Sequence[OperationOutcome]) -> Iterator[SyncResultOut]:
    """Yield all of them, with ``MAX_ERRORS`` errors in sum but at least one for each of them."""
    left = MAX_ERRORS
    for outcome in outcomes:
        result = SyncResultOut.of(outcome, most_errors=max(left, 1))
        left -= len(outcome.errors[: max(left, 1)])
        yield result


def _shown(change: EntryValue | Tombstone) -> dict[str, object] | TombstoneOut:
    if isinstance(change, EntryValue):
        return entry_to_json(change)
    return TombstoneOut(change.id, change.kind, change.rev, change.seq, deleted=True)
