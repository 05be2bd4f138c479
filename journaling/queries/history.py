"""How an entry came to say what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from care.access import Chart
from journaling.models import EntryRevision
from journaling.queries.entries import entry_for_history
from journaling.revisions import content_of, open_before


@dataclass(frozen=True, slots=True)
class Change:
    """One revision: who made it, when, and each field that changed, before and after.

    The first is "created" and lists no fields; one that deletes lists what was taken away.
    """

    rev: int
    at: datetime
    author_id: UUID
    author_role: str
    action: str
    changes: Mapping[str, tuple[Any, Any]]


def history_of(*, chart: Chart, entry_id: UUID) -> list[Change]:
    """List every revision of an entry, the first one first, also of a deleted one for its owner.

    :raises journaling.queries.NoSuchEntry: when there is none that this chart shows.
    """
    row, entry = entry_for_history(chart=chart, entry_id=entry_id)
    made = list(
        EntryRevision.objects.filter(entry_id=row)
        .order_by("rev")
        .values_list("rev", "at", "author_id", "author_role", "action", "before")
    )
    states = [
        open_before(bytes(before), entry_id=entry_id, rev=rev, cipher=chart.cipher)
        for rev, *_, before in made
    ]
    is_deleted = bool(made) and made[-1][4] == EntryRevision.Action.DELETED
    states.append({} if is_deleted else content_of(entry))
    first = Change(1, entry.received_at, chart.patient_id, "patient", "created", {})
    return [first] + [
        Change(rev, at, author_id, role, action, _between(states[place], states[place + 1]))
        for place, (rev, at, author_id, role, action, _) in enumerate(made)
    ]


def _between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }
