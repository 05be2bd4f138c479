"""What gateways over HTTP share: the breaker of one call, pauses, and missing answers."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, as_completed
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from urllib3 import exceptions as wire

from notifications.push.gateway import (
    FAULT_BLOCK_SECONDS,
    FAULTS_TO_BLOCK,
    PushMessage,
    PushResult,
    SendOutcome,
)

#: SECURITY R40; two rounds of a chunk at the longest time-out end well within half a lease.
TIMEOUT_SECONDS = 10
#: What was not tried because a token was refused: the next chunk has another.
TOKEN_RETRY_SECONDS = 10
#: How long a throttle is blocked by a refusal that somebody has to mend.
REFUSAL_BLOCK_SECONDS = 300
#: How long it is blocked by a quota without a Retry-After.
QUOTA_BLOCK_SECONDS = 60


class CallBreaker:
    """A circuit breaker within one call, by throttle; used by several threads at once."""

    def __init__(self, name: str, *, now: datetime) -> None:
        self._name = name
        self._seconds: dict[str, int] = {}
        self._faults = 0
        self._began_at, self._began = now, time.monotonic()

    def now(self) -> datetime:
        """Return the time, in whole seconds since the call began: messages wait for each other."""
        return self._began_at + timedelta(seconds=int(self._elapsed()))

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def held(self, message: PushMessage) -> PushResult | None:
        """Return the result of a message that is held back; None if it may be sent."""
        over_in = (message.not_after - self._began_at).total_seconds()
        if 0 < over_in <= self._elapsed():
            return PushResult(message.occurrence, message.device, SendOutcome.HELD, "expired", 1)
        for throttle in (self._name, f"{self._name}:{message.platform}"):
            if throttle in self._seconds:
                seconds = self._seconds[throttle]
                return PushResult(
                    message.occurrence, message.device, SendOutcome.HELD, "gate_shut", seconds
                )
        return None

    def on_result(self, message: PushMessage, result: PushResult) -> None:
        """Record a refusal of all messages, or faults in a row."""
        self._faults = self._faults + 1 if result.outcome is SendOutcome.FAULTED else 0
        if self._faults >= FAULTS_TO_BLOCK:
            self._seconds.setdefault(self._name, result.retry_after or FAULT_BLOCK_SECONDS)
        if result.outcome is SendOutcome.BACK_OFF:
            self._seconds.setdefault(result.throttle, result.retry_after or TOKEN_RETRY_SECONDS)
        elif result.code == "unauthenticated":
            self._seconds.setdefault(self._name, TOKEN_RETRY_SECONDS)


def post_in_parallel(
    threads: Executor,
    post: Callable[[CallBreaker, PushMessage], PushResult],
    messages: Iterable[tuple[CallBreaker, PushMessage]],
) -> Iterator[PushResult]:
    """Post every message once, unless its breaker holds it; yield each result as it is known.

    Of what was not begun nothing is, where the caller stops early.
    """

    def post_unless_blocked(breaker: CallBreaker, message: PushMessage) -> PushResult:
        result = breaker.held(message) or post(breaker, message)
        breaker.on_result(message, result)
        return result

    futures = [threads.submit(post_unless_blocked, *pair) for pair in messages]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def result_without_answer(message: PushMessage, outcome: SendOutcome, code: str) -> PushResult:
    """Return the result of a message without an answer, or whose answer is known."""
    return PushResult(message.occurrence, message.device, outcome, code)


def outcome_without_answer(cause: BaseException) -> tuple[SendOutcome, str]:
    """Return whether the message may have left: without a connection it has not."""
    if isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return SendOutcome.NOT_SENT, "no_connection"
    inner = (
        cause.args[0]
        if isinstance(cause, requests.exceptions.ConnectionError) and cause.args
        else None
    )
    reason = inner.reason if isinstance(inner, wire.MaxRetryError) else inner
    if isinstance(reason, wire.NewConnectionError | wire.ConnectTimeoutError | wire.SSLError):
        return SendOutcome.NOT_SENT, "no_connection"
    is_timeout = isinstance(cause, requests.exceptions.Timeout)
    return SendOutcome.AMBIGUOUS, "timeout" if is_timeout else "dropped"


def ttl_seconds(message: PushMessage, *, now: datetime) -> int:
    """Return how long a push lives: until the end of its window, at least a second."""
    return max(int((message.not_after - now).total_seconds()), 1)


def retry_after_seconds(text: str, *, now: datetime) -> int | None:
    """Parse a Retry-After: a number of seconds or a date; return None for anything else."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) < 6 else None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(int((at - now).total_seconds()), 1)
