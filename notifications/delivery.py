"""Sending what was claimed: outside any transaction, after asking all facts again."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.kit.rows import refuse_inside_transaction
from notifications import gates, leases, pacing
from notifications.claiming import BATCH, Batch
from notifications.gateways import Gateway, Message, Result
from notifications.leases import Leased, begin, release
from notifications.ledger import Ledger
from notifications.preparing import Chunk, ready
from notifications.recording import record

log = logging.getLogger(__name__)

#: As many as are begun together: a gateway takes no more at once, and a death repeats no more.
CHUNK = 100
#: The facts are asked for a whole batch. What was not begun so soon after is asked again.
FRESH = timedelta(seconds=2)
#: What was begun so often and never settled is begun alone, so that it can take no other with it.
ALONE_AFTER = 2

Clock = Callable[[], datetime]
Wait = Callable[[float], None]


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
    stop_at = time.monotonic() + (leases.length().total_seconds() if seconds is None else seconds)
    work = _Delivery(batch.fence, gateway, clock, wait, stop_at)
    rest = sorted(batch.leased, key=lambda item: item.attempts >= ALONE_AFTER)
    while rest:
        together = sum(item.attempts < ALONE_AFTER for item in rest[:BATCH]) or 1
        left = work.send_all(rest[:together])
        rest = rest[together:]
        if left:
            release(fence=batch.fence, items=[*left, *rest], wake_at=work.goes_on_at)
            break
    if work.has_begun:
        leases.end(fence=batch.fence)
    return work.tally


class _Delivery:
    """One holder's way through its batch."""

    def __init__(
        self, fence: UUID, gateway: Gateway, clock: Clock, wait: Wait, stop_at: float
    ) -> None:
        self.fence, self.gateway, self.clock, self.wait = fence, gateway, clock, wait
        self.stop_at = stop_at
        self.goes_on_at = clock()
        self.leave_at = self.goes_on_at + leases.length() / 2
        self.has_begun = False
        self.tally: Counter[str] = Counter()

    def send_all(self, items: Sequence[Leased]) -> Sequence[Leased]:
        """Send these, a chunk at a time; return what there was no time for."""
        looked_at = self.clock()
        if self.is_too_late(looked_at, now=looked_at):
            self.goes_on_at = looked_at
            return items
        chunk = self.look(items, now=looked_at)
        speaking, messages = list(chunk.speaking), _by_name(chunk.messages)
        while speaking:
            stretch = self.wait_for_stretch(min(CHUNK, len(speaking)))
            if stretch is None:
                return speaking
            part, speaking = speaking[: stretch.count], speaking[stretch.count :]
            if self.clock() - looked_at > FRESH:
                again = self.look(part, now=self.clock())
                part, messages = list(again.speaking), messages | _by_name(again.messages)
            sent = self.send(part, messages) if part else 0
            pacing.settle_up(stretch, name=self.gateway.name, sent=sent)
        return []

    def is_too_late(self, at: datetime, *, now: datetime) -> bool:
        """Whether what begins then would end too late for the lease, or for whoever waits."""
        left = self.stop_at - time.monotonic()
        return at >= self.leave_at or (at - now).total_seconds() >= left

    def look(self, items: Sequence[Leased], *, now: datetime) -> Chunk:
        """Ask the facts, and write down at once what stays silent."""
        chunk = ready(items, needs_devices=self.gateway.needs_devices, now=now)
        record(settled=chunk.settled, fence=self.fence)
        self.tally.update(found.state for found in chunk.settled)
        return chunk

    def wait_for_stretch(self, wanted: int) -> pacing.Stretch | None:
        """Wait until so many, or fewer, may leave; None where that is too late."""
        now = self.clock()
        stretch = pacing.Stretch(wanted, now, timedelta())
        if self.gateway.needs_devices:
            stretch = pacing.reserve(name=self.gateway.name, wanted=wanted, now=now)
        if self.is_too_late(stretch.starts_at, now=now):
            pacing.settle_up(stretch, name=self.gateway.name, sent=0)
            self.goes_on_at = stretch.starts_at
            return None
        if stretch.starts_at > now:
            self.wait((stretch.starts_at - now).total_seconds())
        return stretch

    def send(self, part: Sequence[Leased], messages: Mapping[UUID, Sequence[Message]]) -> int:
        """Begin on what is still this holder's, and send it; return how many messages left."""
        now = self.clock()
        self.has_begun = True
        mine = begin(fence=self.fence, items=part, now=now)
        tries = {item.id: item.attempts for item in mine}
        due = [one for item in mine for one in messages[item.id]]
        passage = gates.pass_through(due, name=self.gateway.name, tries=tries, now=now)
        ledger = Ledger(
            fence=self.fence, gate=self.gateway.name, is_failing=passage.is_failing,
            clock=self.clock,
        )  # fmt: skip
        ledger.expect(mine, due)
        for result in passage.held:
            ledger.hear(result)
        for result in _sent(passage.passing, gateway=self.gateway, now=now):
            gates.hear(passage.probes, result=result, now=self.clock())
            ledger.hear(result)
        ledger.close()
        self.tally.update(found.state for found in ledger.settled)
        return len(passage.passing)


def _by_name(messages: Sequence[Message]) -> dict[UUID, list[Message]]:
    found: dict[UUID, list[Message]] = {}
    for message in messages:
        found.setdefault(message.occurrence, []).append(message)
    return found


def _sent(messages: Sequence[Message], *, gateway: Gateway, now: datetime) -> Iterator[Result]:
    """Send, and pass results on; should a gateway break off, what it didn't tell is in doubt."""
    for place in range(0, len(messages), CHUNK):
        try:
            yield from gateway.send(messages[place : place + CHUNK], now=now)
        except Exception as fault:  # a gateway of a clinic's own may raise anything
            code = type(fault).__name__
            log.exception("gateway broke off", extra={"event": "fault", "code": code})
