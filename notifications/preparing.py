"""Before anything is sent: the facts asked again, the turns taken, the messages made."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError

from notifications import facts, rules
from notifications.addressing import address
from notifications.gateways import Message
from notifications.leases import Leased
from notifications.recording import Settled, faulty, later, silent
from notifications.turns import take_turns
from notifications.wishes import halve, wishes_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Chunk:
    """What is ready to leave: nothing of it has been sent yet."""

    settled: Sequence[Settled]
    speaking: Sequence[Leased] = ()
    messages: Sequence[Message] = ()


def ready(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Chunk:
    """Prepare messages; one that can't be prepared is settled by itself and stops no other."""
    if not items:
        return Chunk([])
    try:
        return _prepared(items, needs_devices=needs_devices, now=now)
    except DatabaseError:
        raise
    except Exception as fault:  # whatever it is, it is about one of them
        log.exception(
            "not prepared", extra={"event": "fault", "code": type(fault).__name__,
                                   "occurrence": str(items[0].id), "count": len(items)},
        )  # fmt: skip
        if len(items) == 1:
            return Chunk([faulty(items[0])])
    chunks = [ready([item], needs_devices=needs_devices, now=now) for item in items]
    return Chunk(
        [found for chunk in chunks for found in chunk.settled],
        [item for chunk in chunks for item in chunk.speaking],
        [message for chunk in chunks for message in chunk.messages],
    )


def _prepared(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Chunk:
    settled, willing, known = _judge(items, now=now)
    turns = take_turns(items=willing, known=known, now=now)
    silenced = [silent(item, reason) for item, reason in turns.silent]
    silenced += [later(item, reason, wake_at=wake_at) for item, reason, wake_at in turns.later]
    unaddressed, messages = address(
        turns.speaking, waiting=turns.waiting, needs_devices=needs_devices
    )
    addressed = {message.occurrence for message in messages}
    speaking = [item for item in turns.speaking if item.id in addressed]
    return Chunk([*settled, *silenced, *unaddressed], speaking, messages)


def _judge(
    items: Sequence[Leased], *, now: datetime
) -> tuple[list[Settled], list[Leased], dict[UUID, rules.Facts]]:
    """Ask the facts again, and part what must stay silent from what may be sent."""
    known = facts.facts_of(patients={item.patient for item in items}, now=now)
    wishes = wishes_of(leased=items, now=now)
    settled, willing = [], []
    for item in items:
        reason = rules.silent_because(
            facts=known.get(item.patient), wish=wishes.get(item.id), due_at=item.due_at,
            not_after=item.not_after, now=now,
        )  # fmt: skip
        if reason is None:
            willing.append(item)
        else:
            settled.append(silent(item, reason))
    halve(missed=[found.item.reminder for found in settled if found.reason == "halved"], now=now)
    return settled, willing, known
