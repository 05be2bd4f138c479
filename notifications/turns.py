"""One message at a time for one patient, whatever the number of workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit import bulk
from notifications.claiming import Leased
from notifications.models import Recipient
from notifications.rules import BUNDLED_WITHIN


@dataclass(frozen=True, slots=True)
class Turns:
    """Who speaks now, with how many things waiting in all; the others are bundled into it."""

    speaking: Sequence[Leased]
    waiting: dict[UUID, int]
    bundled: Sequence[Leased]


def take_turns(*, items: Sequence[Leased], now: datetime) -> Turns:
    """Let one occurrence of each patient speak; what is due within minutes of it is bundled.

    The patients' rows are locked in one order, so of two workers that hold reminders of one
    patient the second finds the turn taken. A retry keeps its turn; a snooze was asked for.
    """
    if not items:
        return Turns([], {}, [])
    patients = sorted({item.patient for item in items})
    with transaction.atomic():
        bulk.insert_new(Recipient, ("patient",), [(patient,) for patient in patients])
        taken = {
            pk: turn_of
            for pk, turn_at, turn_of in Recipient.objects.select_for_update()
            .filter(pk__in=patients)
            .order_by("pk")
            .values_list("pk", "turn_at", "turn_of")
            if turn_at is not None and now - turn_at < BUNDLED_WITHIN
        }
        speaking, bundled = _split(items, taken)
        bulk.update_each(
            Recipient,
            ("patient", "turn_at", "turn_of"),
            [(item.patient, now, item.id) for item in speaking.values()],
        )
    waiting = {item.id: 1 for item in speaking.values()}
    for item in bundled:
        if item.patient in speaking:
            waiting[speaking[item.patient].id] += 1
    return Turns(list(speaking.values()), waiting, bundled)


def _split(
    items: Sequence[Leased], taken: dict[UUID, UUID | None]
) -> tuple[dict[UUID, Leased], list[Leased]]:
    speaking: dict[UUID, Leased] = {}
    bundled: list[Leased] = []
    for item in sorted(items, key=lambda found: (found.due_at, found.id)):
        may = item.is_snoozed or item.patient not in taken or taken[item.patient] == item.id
        if may and item.patient not in speaking:
            speaking[item.patient] = item
        else:
            bundled.append(item)
    return speaking, bundled
