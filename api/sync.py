"""Phones that were offline: what they did goes in, what they missed comes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api import helping
from api.answers import answer
from api.entries import shape
from api.permissions import IsPatient
from api.prompted import dated
from api.requests import SignedIn
from api.sync_schema import SyncIn, SyncOut
from backend.kit.errors import MOST_TOLD, InvalidInput
from care import access
from care.access import Chart, DataClass
from journaling import actions
from journaling.entries import Recorded, Tombstone
from journaling.sync.book import Outcome
from notifications import actions as reminding


class Sync(APIView):
    """The signed-in patient's journal, offline and back."""

    permission_classes = [IsPatient]
    #: A refusal of the whole is answered by what its operations say (``api/helping.py``).
    answers_sent = staticmethod(helping.in_list("ops"))

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
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.ENTRIES, now=now, to_write=True
        )
        found = actions.exchange(chart=chart, sent=_dated(chart, sent), now=now)
        support = actions.respond(chart=chart, entries=found.said, refused=found.refused, now=now)
        origins = [entry.origin for entry in found.said]
        reminding.note_prompted(chart=chart, origins=origins, now=now)
        return answer(
            {
                "results": _results(found.outcomes),
                "changes": [_change(change) for change in found.changes],
                "cursor": found.cursor,
                "more": found.has_more,
                "support": support.told() if support is not None else None,
            }
        )


def _results(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Tell each outcome, and some faults of the whole; one of each operation in any case."""
    told, left = [], MOST_TOLD
    for outcome in outcomes:
        kept = outcome.errors[: max(left, 1)]
        left -= len(kept)
        told.append(_result(replace(outcome, errors=kept)))
    return told


def _dated(chart: Chart, sent: dict[str, Any]) -> dict[str, Any]:
    """Put diary cards on the days of the reminders that they answer."""
    operations = sent.get("ops")
    return {**sent, "ops": dated(chart, operations)} if isinstance(operations, list) else sent


def _result(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"id": outcome.id, "status": outcome.status}
    if outcome.rev is not None:
        told |= {"rev": outcome.rev, "seq": outcome.seq}
    if outcome.server is not None:
        told["server"] = _change(outcome.server)
    if outcome.errors:
        told["errors"] = [
            {"field": error.field, "code": error.code, "detail": error.detail}
            for error in outcome.errors
        ]
    return told


def _change(change: Recorded | Tombstone) -> dict[str, Any]:
    if isinstance(change, Recorded):
        return shape(change)
    return {
        "id": change.id,
        "kind": change.kind,
        "rev": change.rev,
        "seq": change.seq,
        "deleted": True,
    }
