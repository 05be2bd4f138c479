"""One message at a time for one patient, whatever the number of workers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backend.kit import bulk
from backend.kit.among import Many
from backend.kit.prepared import Prepared
from backend.kit.rows import read_by_index
from notifications import identity
from notifications.leases import Leased
from notifications.models import Recipient
from notifications.rules import Facts
from notifications.spacing import Asking, Turn, ask_for_turn

#: The order of ids in both databases; Python compares numbers far faster than ids.
_BY_NUMBER = attrgetter("int")
#: What a patient's row keeps of the turn.
COLUMNS = ("turn_at", "turn_of", "turns", "turn_is_nudge")


@dataclass(slots=True)
class Turns:
    """Who speaks now, with how many things waiting in all; who stays silent, and who waits."""

    speaking: list[Leased] = field(default_factory=list)
    waiting: dict[UUID, int] = field(default_factory=dict)
    silent: list[tuple[Leased, str]] = field(default_factory=list)
    later: list[tuple[Leased, str, datetime]] = field(default_factory=list)


def take_turns(*, items: Sequence[Leased], known: Mapping[UUID, Facts], now: datetime) -> Turns:
    """Let one occurrence of each patient speak, if the rules of spacing allow any.

    The patients' rows are locked in one order, so of two workers that hold reminders of one
    patient the second finds the turn taken.
    """
    found = Turns()
    if not items:
        return found
    patients = Many(sorted({item.patient for item in items}, key=_BY_NUMBER))
    while True:
        with transaction.atomic():
            read_by_index()
            turns = {pk: turn_of(*kept) for pk, *kept in _TURNS.all(patients=patients)}
            if len(turns) == len(patients):
                _give(items, turns, found, known, now)
                return found
        # Somebody's first reminder. Made outside, so that rows are only ever locked in one order.
        new = [(patient,) for patient in patients if patient not in turns]
        bulk.insert_new(Recipient, ("patient",), new)


def _give(
    items: Sequence[Leased],
    turns: dict[UUID, Turn],
    found: Turns,
    known: Mapping[UUID, Facts],
    now: datetime,
) -> None:
    """Ask for each, in turn, and keep whose turn it became."""
    before = dict(turns)
    for item in in_turn(items, before):
        turns[item.patient] = ask(item, found, turns[item.patient], known, now)
    taken = [
        (pk, turn.at, turn.of, [at.isoformat() for at in turn.recent], turn.is_nudge)
        for pk, turn in turns.items()
        if turn is not before[pk]
    ]
    bulk.update_each(Recipient, ("patient", *COLUMNS), taken)


def turn_of(
    at: datetime | None,
    of: UUID | None,
    recent: Sequence[str] | None,
    is_nudge: bool | None,  # noqa: FBT001 (a row)
) -> Turn:
    """Read a turn as it stands in a patient's row."""
    return Turn(at, of, tuple(map(datetime.fromisoformat, recent or ())), bool(is_nudge))


def in_turn(items: Sequence[Leased], turns: Mapping[UUID, Turn]) -> list[Leased]:
    """Let whoever has the turn go first, then what was asked for, then what has waited longest."""
    return sorted(
        items,
        key=lambda item: (
            item.id != turns[item.patient].of, not item.is_snoozed, item.due_at, item.id.int,
        ),
    )  # fmt: skip


def ask(item: Leased, found: Turns, turn: Turn, known: Mapping[UUID, Facts], now: datetime) -> Turn:
    """Ask for one occurrence whether it may speak; note the answer and return whose turn it is."""
    is_nudge = item.slot >= identity.NUDGE
    asking = Asking(
        item.id, item.due_at, item.not_after, item.is_snoozed,
        repeats=identity.named_by(item.tag) if is_nudge else None,
    )  # fmt: skip
    verdict = ask_for_turn(asking, turn=turn, facts=known[item.patient], now=now)
    if verdict.may:
        found.speaking.append(item)
        found.waiting[item.id] = 1
        return turn.taken(item.id, at=now, is_nudge=is_nudge)
    if verdict.wake_at is not None:
        found.later.append((item, verdict.reason, verdict.wake_at))
    else:
        found.silent.append((item, verdict.reason))
    if verdict.reason == "bundled" and turn.of in found.waiting:
        found.waiting[turn.of] += 1
    return turn


def _locked(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    rows = Recipient.objects.select_for_update().filter(pk__among=patients)
    return rows.order_by("pk").values_list("pk", *COLUMNS)


_TURNS = Prepared(_locked, patients=Recipient._meta.pk)
