"""Sending what was claimed: outside any transaction, after asking all facts again."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError

from backend.kit.rows import refuse_inside_transaction
from notifications import facts, gates, pacing, rules
from notifications.addressing import address
from notifications.claiming import Batch, Leased, begin, lease, release
from notifications.gateways import Gateway, Message, Result
from notifications.ledger import Ledger
from notifications.recording import Settled, faulty, later, silent
from notifications.turns import take_turns
from notifications.wishes import halve, wishes_of

log = logging.getLogger(__name__)

#: As many as are sent between two looks at the facts, and as many as a gateway takes at once.
CHUNK = 100
#: What was begun so often and never settled is begun alone, so that it can take no other with it.
ALONE_AFTER = 2

Clock = Callable[[], datetime]
Wait = Callable[[float], None]


@dataclass(slots=True)
class Chunk:
    """What is ready to leave: nothing of it has been sent yet."""

    settled: list[Settled]
    speaking: Sequence[Leased] = ()
    messages: Sequence[Message] = ()


def deliver(
    *,
    batch: Batch,
    gateway: Gateway,
    clock: Clock,
    seconds: float | None = None,
    wait: Wait = time.sleep,
) -> Counter[str]:
    """Send a batch and write down what became of each; return how many ended in which state.

    After ``seconds``, and in the second half of the lease, no chunk is begun: what is left is
    given back.

    :raises backend.kit.rows.InsideTransaction: inside a transaction: what was sent can't be rolled
        back.
    """
    refuse_inside_transaction()
    tally: Counter[str] = Counter()
    rest = sorted(batch.leased, key=lambda item: item.attempts >= ALONE_AFTER)
    leave_at = clock() + min(lease() / 2, timedelta(seconds=seconds or lease().total_seconds()))
    while rest:
        wanted = _size(rest)
        now = clock()
        stretch = (
            pacing.reserve(name=gateway.name, wanted=wanted, now=now)
            if gateway.needs_devices
            else pacing.Stretch(wanted, now, timedelta())
        )
        if max(now, stretch.starts_at) >= leave_at:
            pacing.settle_up(stretch, name=gateway.name, sent=0)
            release(fence=batch.fence, items=rest, wake_at=stretch.starts_at)
            break
        if stretch.starts_at > now:
            wait((stretch.starts_at - now).total_seconds())
        items, rest = rest[: stretch.count], rest[stretch.count :]
        settled, sent = _deliver(items, gateway=gateway, clock=clock, fence=batch.fence)
        pacing.settle_up(stretch, name=gateway.name, sent=sent)
        tally.update(found.state for found in settled)
    return tally


def _size(rest: Sequence[Leased]) -> int:
    """Tell how many go together: a hundred, or one that has been fatal before."""
    together = sum(item.attempts < ALONE_AFTER for item in rest[:CHUNK])
    return together or 1


def _deliver(
    items: Sequence[Leased], *, gateway: Gateway, clock: Clock, fence: UUID
) -> tuple[list[Settled], int]:
    now = clock()
    chunk = _ready(begin(fence=fence, items=items, now=now), gateway=gateway, now=now)
    tries = {str(item.id): item.attempts for item in chunk.speaking}
    passage = gates.pass_through(chunk.messages, name=gateway.name, tries=tries, now=now)
    ledger = Ledger(fence=fence, now=now)
    ledger.expect(chunk.speaking, chunk.messages)
    ledger.take(chunk.settled)
    for result in passage.held:
        ledger.hear(result)
    for result in _sent(passage.passing, gateway=gateway, now=now):
        gates.hear(passage.probes, result=result, now=now)
        ledger.hear(result)
    ledger.close()
    return ledger.settled, len(passage.passing)


def _ready(items: Sequence[Leased], *, gateway: Gateway, now: datetime) -> Chunk:
    """Prepare messages; one that can't be prepared is settled by itself and stops no other."""
    if not items:
        return Chunk([])
    try:
        return _prepared(items, gateway=gateway, now=now)
    except DatabaseError:
        raise
    except Exception as fault:  # whatever it is, it is about one of them
        log.exception(
            "not prepared", extra={"event": "fault", "code": type(fault).__name__,
                                   "occurrence": str(items[0].id), "count": len(items)},
        )  # fmt: skip
        if len(items) == 1:
            return Chunk([faulty(items[0])])
    chunks = [_ready([item], gateway=gateway, now=now) for item in items]
    return Chunk(
        [found for chunk in chunks for found in chunk.settled],
        [item for chunk in chunks for item in chunk.speaking],
        [message for chunk in chunks for message in chunk.messages],
    )


def _prepared(items: Sequence[Leased], *, gateway: Gateway, now: datetime) -> Chunk:
    settled, willing, known = _judge(items, now=now)
    turns = take_turns(items=willing, known=known, now=now)
    silenced = [silent(item, reason) for item, reason in turns.silent]
    silenced += [later(item, reason, wake_at=wake_at) for item, reason, wake_at in turns.later]
    unaddressed, messages = address(
        turns.speaking, waiting=turns.waiting, needs_devices=gateway.needs_devices
    )
    return Chunk([*settled, *silenced, *unaddressed], turns.speaking, messages)


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


def _sent(messages: Sequence[Message], *, gateway: Gateway, now: datetime) -> Iterator[Result]:
    """Send, and pass results on; should a gateway break off, what it didn't tell is in doubt."""
    for place in range(0, len(messages), CHUNK):
        try:
            yield from gateway.send(messages[place : place + CHUNK], now=now)
        except Exception as fault:  # a gateway of a clinic's own may raise anything
            code = type(fault).__name__
            log.exception("gateway broke off", extra={"event": "fault", "code": code})
