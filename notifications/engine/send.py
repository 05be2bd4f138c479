"""Send a claimed batch outside any transaction, a chunk at a time.

Results are recorded in small lots. A worker that is killed loses at most one lot: what FCM took and
nobody recorded is sent again under the same tag.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backend.kit.db.claims import require_autocommit
from notifications.engine.claim import (
    CLAIM_LIMIT,
    ClaimedBatch,
    begin_attempts,
    end_lease,
    lease_duration,
    release_unstarted,
)
from notifications.engine.outcome import (
    OccurrenceOutcome,
    decide_outcome,
    end_dead_devices,
    record_outcomes,
)
from notifications.engine.select import Selection, select_messages
from notifications.engine.step import Leased
from notifications.engine.throttle import (
    Reservation,
    admit,
    block_throttles,
    count_faults,
    on_result,
    reserve,
    return_unused,
)
from notifications.push.gateway import (
    WEB_PUSH,
    Addressing,
    PushGateway,
    PushMessage,
    PushResult,
    SendOutcome,
    throttle_names,
)

log = logging.getLogger(__name__)

#: As many as are begun together: a gateway takes no more at once, and a crash repeats no more.
CHUNK_SIZE = 100
#: Contexts are loaded for a whole batch, and again for what was not begun so soon after.
CONTEXT_VALID_FOR = timedelta(seconds=2)
#: What was begun so often and never settled is begun alone: a crash takes no other with it.
ATTEMPTS_TO_ISOLATE = 2
#: Results are recorded at so many occurrences, or so long after the last time.
FLUSH_SIZE = 100
FLUSH_SECONDS = 0.05

Clock = Callable[[], datetime]
Wait = Callable[[float], None]


def send_batch(
    *,
    batch: ClaimedBatch,
    gateway: PushGateway,
    clock: Clock,
    seconds: float | None = None,
    wait: Wait = time.sleep,
) -> Counter[str]:
    """Send a batch and record the outcome of each; return how many ended in which state.

    After ``seconds``, and in the second half of the lease, no chunk is begun: what is left is
    released.

    :raises backend.kit.db.claims.InsideTransaction: inside a transaction: what was sent can't be
        rolled back.
    """
    require_autocommit()
    stop_at = time.monotonic() + (lease_duration().total_seconds() if seconds is None else seconds)
    sender = _BatchSender(batch.lease_id, gateway, clock, wait, stop_at)
    unsent = sorted(batch.leased, key=lambda item: item.attempts >= ATTEMPTS_TO_ISOLATE)
    while unsent:
        together = sum(item.attempts < ATTEMPTS_TO_ISOLATE for item in unsent[:CLAIM_LIMIT]) or 1
        released = sender.send_all(unsent[:together])
        unsent = unsent[together:]
        if released:
            release_unstarted(
                lease_id=batch.lease_id,
                items=[*released, *unsent],
                next_attempt_at=sender.resume_at,
            )
            break
    if sender.has_begun:
        end_lease(lease_id=batch.lease_id)
    return sender.tally


class _BatchSender:
    """Sends the batch of one worker."""

    def __init__(
        self, lease_id: UUID, gateway: PushGateway, clock: Clock, wait: Wait, stop_at: float
    ) -> None:
        self.lease_id, self.gateway, self.clock, self.wait = lease_id, gateway, clock, wait
        self.stop_at = stop_at
        self.resume_at = clock()
        self.stop_sending_at = self.resume_at + lease_duration() / 2
        self.has_begun = False
        self.tally: Counter[str] = Counter()

    def send_all(self, items: Sequence[Leased]) -> Sequence[Leased]:
        """Send these, a chunk at a time; return what there was no time for."""
        selected_at = self.clock()
        if self.is_too_late(selected_at, now=selected_at):
            self.resume_at = selected_at
            return items
        selection = self.select(items, now=selected_at)
        sending, messages = list(selection.sending), _by_occurrence(selection.messages)
        while sending:
            reservation = self.wait_for_reservation(min(CHUNK_SIZE, len(sending)))
            if reservation is None:
                return sending
            part, sending = sending[: reservation.count], sending[reservation.count :]
            if self.clock() - selected_at > CONTEXT_VALID_FOR:
                reselection = self.select(part, now=self.clock())
                part, messages = (
                    list(reselection.sending),
                    messages | _by_occurrence(reselection.messages),
                )
            sent = self.send(part, messages) if part else 0
            return_unused(reservation, name=self.gateway.name, sent=sent)
        return []

    def is_too_late(self, at: datetime, *, now: datetime) -> bool:
        """Whether a chunk begun then would end too late for the lease or for the caller."""
        left = self.stop_at - time.monotonic()
        return at >= self.stop_sending_at or (at - now).total_seconds() >= left

    def select(self, items: Sequence[Leased], *, now: datetime) -> Selection:
        """Select the messages, and record at once what is suppressed or postponed."""
        selection = select_messages(items, addressing=self.gateway.addressing, now=now)
        record_outcomes(settled=selection.settled, lease_id=self.lease_id)
        self.tally.update(outcome.state for outcome in selection.settled)
        return selection

    def wait_for_reservation(self, wanted: int) -> Reservation | None:
        """Wait until so many, or fewer, may be sent; return None where that is too late."""
        now = self.clock()
        reservation = Reservation(wanted, now, timedelta())
        if self.gateway.addressing is Addressing.DEVICES:
            reservation = reserve(name=self.gateway.name, wanted=wanted, now=now)
        if self.is_too_late(reservation.starts_at, now=now):
            return_unused(reservation, name=self.gateway.name, sent=0)
            self.resume_at = reservation.starts_at
            return None
        if reservation.starts_at > now:
            self.wait((reservation.starts_at - now).total_seconds())
        return reservation

    def send(self, part: Sequence[Leased], messages: Mapping[UUID, Sequence[PushMessage]]) -> int:
        """Begin what still belongs to this worker, send it, and return how many messages left."""
        now = self.clock()
        self.has_begun = True
        begun = begin_attempts(lease_id=self.lease_id, items=part, now=now)
        tries = {item.id: item.attempts for item in begun}
        messages_to_send = [message for item in begun for message in messages[item.id]]
        admission = admit(messages_to_send, name=self.gateway.name, tries=tries, now=now)
        buffer = ResultBuffer(
            lease_id=self.lease_id, throttle=self.gateway.name, failing=admission.failing,
            clock=self.clock,
        )  # fmt: skip
        buffer.expect_results(begun, messages_to_send)
        for result in admission.held:
            buffer.on_result(result)
        for result in send_messages(admission.passing, gateway=self.gateway, now=now):
            on_result(admission.probes, result=result, now=self.clock())
            buffer.on_result(result)
        buffer.close()
        self.tally.update(outcome.state for outcome in buffer.settled)
        return len(admission.passing)


def _by_occurrence(messages: Sequence[PushMessage]) -> dict[UUID, list[PushMessage]]:
    by_occurrence: dict[UUID, list[PushMessage]] = {}
    for message in messages:
        by_occurrence.setdefault(message.occurrence, []).append(message)
    return by_occurrence


class _PendingResults(NamedTuple):
    """One occurrence, the devices whose results are missing yet, and the results of the others."""

    item: Leased
    missing: list[UUID | None]
    results: list[PushResult]


class ResultBuffer:
    """The results of one chunk of one worker, buffered until they are recorded.

    A pause begins when a result arrives: an answer may be slow to come.
    """

    def __init__(
        self,
        *,
        lease_id: UUID,
        throttle: str,
        failing: Collection[str],
        clock: Callable[[], datetime],
    ) -> None:
        self.lease_id = lease_id
        self.throttle = throttle
        self.failing = failing
        self._browsers: dict[UUID | None, str] = {}
        self.clock = clock
        self.now = clock()
        self.settled: list[OccurrenceOutcome] = []
        self._unwritten: list[OccurrenceOutcome] = []
        self._results: list[PushResult] = []
        self._awaited: dict[UUID, _PendingResults] = {}
        self._written_at = time.monotonic()

    def expect_results(self, items: Sequence[Leased], messages: Sequence[PushMessage]) -> None:
        """Register the occurrences and the messages that will have results."""
        self._awaited = {item.id: _PendingResults(item, [], []) for item in items}
        for message in messages:
            self._awaited[message.occurrence].missing.append(message.device)
            if message.provider == WEB_PUSH:
                self._browsers[message.device] = throttle_names(message, name=self.throttle)[0]

    def on_result(self, result: PushResult) -> None:
        """Add one result; an occurrence is settled when all of its devices have theirs."""
        awaited = self._awaited.get(result.occurrence)
        if awaited is None or result.device not in awaited.missing:
            return
        awaited.missing.remove(result.device)
        awaited.results.append(result)
        self._results.append(result)
        is_time = time.monotonic() - self._written_at >= FLUSH_SECONDS
        if is_time:
            # One instant for a lot: equal values of a column are written as one value.
            self.now = self.clock()
        if not awaited.missing:
            self._unwritten.append(decide_outcome(awaited.item, awaited.results, now=self.now))
        if len(self._unwritten) >= FLUSH_SIZE or is_time:
            self.flush()

    def close(self) -> None:
        """Record what is left. A message without a result may have been taken: it is ambiguous."""
        for occurrence, awaited in self._awaited.items():
            for device in list(awaited.missing):
                self.on_result(PushResult(occurrence, device, SendOutcome.AMBIGUOUS, "no_result"))
        self.flush()

    def _throttle_of(self, result: PushResult) -> str:
        return self._browsers.get(result.device, self.throttle)

    def flush(self) -> None:
        """Record the results up to now, the shared throttles first."""
        results, self._results = self._results, []
        block_throttles(results=results, now=self.now)
        self.failing = count_faults(
            results=results, throttle_of=self._throttle_of, failing=self.failing, now=self.now
        )
        record_outcomes(settled=self._unwritten, lease_id=self.lease_id)
        self.settled += self._unwritten
        self._unwritten = []
        end_dead_devices(results=results, now=self.now)
        self._written_at = time.monotonic()


def send_messages(
    messages: Sequence[PushMessage], *, gateway: PushGateway, now: datetime
) -> Iterator[PushResult]:
    """Send, and yield results; if the gateway raises, the results it did not yield are missing."""
    for start in range(0, len(messages), CHUNK_SIZE):
        try:
            yield from gateway.send(messages[start : start + CHUNK_SIZE], now=now)
        except Exception as fault:  # a gateway of a clinic's own may raise anything
            code = type(fault).__name__
            log.exception("gateway broke off", extra={"event": "fault", "code": code})
