"""The throttle of a gateway, shared by all workers: circuit breaker, and rate limit with a ramp.

A throttle is blocked when the gateway asks for a pause, or after several faults in a row. After
the cool-down one message is the half-open probe: the worker that claims it by a conditional update
sends it, and all others wait for its result. So a gateway that asks for a pause is asked once per
Retry-After, however many workers there are.

Google asks for a ramp from nothing to the full rate over a minute or longer. Before sending, a
worker reserves a slot on the time line that all workers share; while nobody sends, the rate sinks
again as fast as it grew.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Least

from backend.kit.db import bulk
from backend.kit.db.claims import claim
from backend.kit.db.compiled import CompiledQuery
from notifications.models.device import GatewayThrottle
from notifications.push.gateway import (
    FAULT_BLOCK_SECONDS,
    FAULTS_TO_BLOCK,
    PushMessage,
    PushResult,
    SendOutcome,
    throttle_names,
)

#: How long a throttle is blocked without a Retry-After.
BLOCK_SECONDS = 60
#: A probe whose worker died is claimed again after so long: three times the longest time-out.
PROBE_TIMEOUT = timedelta(seconds=30)
#: While one worker probes, the others look again this soon.
PROBE_WAIT = timedelta(seconds=2)
RAMP_DURATION = timedelta(seconds=60)
_SECOND = timedelta(seconds=1)

_PASSED = frozenset({SendOutcome.SENT, SendOutcome.DEAD_ADDRESS, SendOutcome.REFUSED})
_FAULTS = frozenset({SendOutcome.FAULTED, SendOutcome.NOT_SENT, SendOutcome.AMBIGUOUS})
#: A token that was refused is renewed: that is no fault of the gateway.
_IGNORED_CODES = frozenset({"unauthenticated"})


@dataclass(slots=True)
class Admission:
    """Which messages may be sent now, which are held, and which of them are probes."""

    passing: Sequence[PushMessage]
    held: list[PushResult] = field(default_factory=list)
    #: By throttle: the message that probes it, and the instant that identifies this probe.
    probes: dict[str, tuple[PushMessage, datetime]] = field(default_factory=dict)
    #: The throttles that have faults counted, which a success is to reset.
    failing: set[str] = field(default_factory=set)


def admit(
    messages: Sequence[PushMessage], *, name: str, tries: Mapping[UUID, int], now: datetime
) -> Admission:
    """Split messages into those that pass the throttles of a gateway and those that are held.

    At a throttle whose cool-down is over only the probe passes: the message with the fewest
    ``tries``.
    """
    admission = Admission(messages)
    for throttle, blocked_until, consecutive_faults in _BLOCKED_OR_FAILING.all():
        if consecutive_faults > 0:
            admission.failing.add(throttle)
        concerned = [
            message
            for message in admission.passing
            if throttle in throttle_names(message, name=name)
        ]
        if blocked_until is not None and concerned:
            _hold_back(
                throttle, blocked_until, concerned, admission=admission, tries=tries, now=now
            )
    return admission


def _hold_back(
    throttle: str,
    blocked_until: datetime,
    before: Sequence[PushMessage],
    *,
    admission: Admission,
    tries: Mapping[UUID, int],
    now: datetime,
) -> None:
    wait_until, probe = blocked_until, None
    if blocked_until <= now:
        wait_until = now + PROBE_WAIT
        probe_until = now + PROBE_TIMEOUT
        if claim(
            GatewayThrottle.objects.filter(pk=throttle, blocked_until=blocked_until),
            blocked_until=probe_until,
        ):
            probe = min(before, key=lambda one: (tries[one.occurrence], one.not_after))
            admission.probes[throttle] = (probe, probe_until)
    held = [message for message in before if message is not probe]
    held_ids = {id(message) for message in held}
    admission.passing = [message for message in admission.passing if id(message) not in held_ids]
    admission.held += [held_result(message, until=wait_until, now=now) for message in held]


def held_result(message: PushMessage, *, until: datetime, now: datetime) -> PushResult:
    """Return the result of a message that was not tried, with the seconds until it may be."""
    seconds = max(int((until - now).total_seconds() + 0.999), 1)
    return PushResult(message.occurrence, message.device, SendOutcome.HELD, "gate_shut", seconds)


def on_result(
    probes: dict[str, tuple[PushMessage, datetime]], *, result: PushResult, now: datetime
) -> None:
    """Open the throttles that this message probed, or block them for as long as its result says.

    A probe without an answer changes nothing: when its time is over, the next one follows.
    """
    for throttle, (message, until) in probes.items():
        if (message.occurrence, message.device) != (result.occurrence, result.device):
            continue
        # Blocked for longer meanwhile, it has another instant: this probe counts no more.
        this_probe = GatewayThrottle.objects.filter(pk=throttle, blocked_until=until)
        if result.outcome in _PASSED:
            claim(this_probe, blocked_until=None, reason="", consecutive_faults=0)
        elif result.outcome is SendOutcome.BACK_OFF and result.throttle == throttle:
            claim(this_probe, blocked_until=now + timedelta(seconds=_block_seconds(result)))
        elif result.outcome is SendOutcome.FAULTED:
            claim(this_probe, blocked_until=now + timedelta(seconds=_fault_block_seconds([result])))


def block_throttles(*, results: Iterable[PushResult], now: datetime) -> None:
    """Block the throttles of these results for all workers; a longer pause stands."""
    longest: dict[str, PushResult] = {}
    for result in results:
        so_far = longest.get(result.throttle)
        if result.outcome is SendOutcome.BACK_OFF and (
            so_far is None or _block_seconds(so_far) < _block_seconds(result)
        ):
            longest[result.throttle] = result
    if not longest:
        return
    bulk.bulk_insert_ignore(
        GatewayThrottle, ("name", "reason"), [(name, "") for name in sorted(longest)]
    )
    for name, result in sorted(longest.items()):
        until = now + timedelta(seconds=_block_seconds(result))
        is_shorter = Q(blocked_until__isnull=True) | Q(blocked_until__lt=until)
        claim(
            GatewayThrottle.objects.filter(is_shorter, pk=name),
            blocked_until=until,
            reason=result.code[:40],
        )


def count_faults(
    *,
    results: Iterable[PushResult],
    throttle_of: Callable[[PushResult], str],
    failing: Collection[str],
    now: datetime,
) -> Collection[str]:
    """Count faults in a row by throttle, and block for all workers those that have many.

    A success resets the count; nothing is written while there is nothing to count. Return the
    throttles whose count is above zero now, given those that were ``failing`` before.
    """
    faults: dict[str, list[PushResult]] = {}
    passed: set[str] = set()
    for result in results:
        if result.outcome in _PASSED:
            throttle = throttle_of(result)
            passed.add(throttle)
            faults.pop(throttle, None)
        elif result.outcome in _FAULTS and result.code not in _IGNORED_CODES:
            faults.setdefault(throttle_of(result), []).append(result)
    for throttle, in_a_row in faults.items():
        _add_faults(in_a_row, name=throttle, is_first=throttle in passed, now=now)
    recovered = (passed - faults.keys()).intersection(failing)
    if recovered:
        GatewayThrottle.objects.filter(pk__in=recovered).update(consecutive_faults=0)
    return (set(failing) | faults.keys()) - recovered


def _add_faults(faults: Sequence[PushResult], *, name: str, is_first: bool, now: datetime) -> None:
    """Add these faults, and block the throttle if they are many; a longer pause stands."""
    bulk.bulk_insert_ignore(GatewayThrottle, ("name", "reason"), [(name, "")])
    throttle = GatewayThrottle.objects.filter(pk=name)
    before = Value(0) if is_first else F("consecutive_faults")
    throttle.update(consecutive_faults=Least(before + Value(len(faults)), Value(FAULTS_TO_BLOCK)))
    until = now + timedelta(seconds=_fault_block_seconds(faults))
    is_shorter = Q(blocked_until__isnull=True) | Q(blocked_until__lt=until)
    too_many = throttle.filter(is_shorter, consecutive_faults__gte=FAULTS_TO_BLOCK)
    claim(too_many, blocked_until=until, reason=faults[-1].code[:40])


def _fault_block_seconds(faults: Iterable[PushResult]) -> int:
    """Return for how many seconds these faults block a throttle."""
    return max(result.retry_after or FAULT_BLOCK_SECONDS for result in faults)


def _block_seconds(result: PushResult) -> int:
    return result.retry_after or BLOCK_SECONDS


@dataclass(frozen=True, slots=True)
class Reservation:
    """So many messages may be sent from this instant on."""

    count: int
    starts_at: datetime
    #: How much of the time line one message takes; zero where no rate is set.
    each: timedelta


def reserve(*, name: str, wanted: int, now: datetime) -> Reservation:
    """Reserve the next free slot, for at most as many messages as fit into a second."""
    most = float(settings.PUSH_PER_SECOND)
    if not most:
        return Reservation(wanted, now, timedelta())
    with transaction.atomic():
        bulk.bulk_insert_ignore(GatewayThrottle, ("name", "reason"), [(name, "")])
        next_send_at, ramp_started_at = (
            GatewayThrottle.objects.select_for_update()
            .values_list("next_send_at", "ramp_started_at")
            .get(pk=name)
        )
        starts_at = max(next_send_at or now, now)
        ramp_started_at = _ramp_start(
            ramp_started_at or now, next_send_at=next_send_at or now, starts_at=starts_at
        )
        per_second = most * max(
            min((starts_at - ramp_started_at) / RAMP_DURATION, 1.0), _SECOND / RAMP_DURATION
        )
        count = min(wanted, max(int(per_second), 1))
        each = _SECOND / per_second
        GatewayThrottle.objects.filter(pk=name).update(
            next_send_at=starts_at + count * each, ramp_started_at=ramp_started_at
        )
    return Reservation(count, starts_at, each)


def _ramp_start(
    ramp_started_at: datetime, *, next_send_at: datetime, starts_at: datetime
) -> datetime:
    """Return the start of the ramp, moved by the time in which nobody sent."""
    idle = starts_at - next_send_at
    reached = min(next_send_at - ramp_started_at, RAMP_DURATION)
    return starts_at - max(reached - idle, timedelta())


def return_unused(reservation: Reservation, *, name: str, sent: int) -> None:
    """Return the unused part of a reservation: many reminders may have been suppressed."""
    unused = reservation.count - sent
    if reservation.each and unused:
        GatewayThrottle.objects.filter(pk=name).update(
            next_send_at=F("next_send_at") - unused * reservation.each
        )


def _blocked_or_failing() -> "QuerySet[Any, Any]":
    """Select the throttles that are blocked or failing; there are never more than a handful."""
    rows = GatewayThrottle.objects.filter(
        Q(blocked_until__isnull=False) | Q(consecutive_faults__gt=0)
    )
    return rows.order_by("name").values_list("name", "blocked_until", "consecutive_faults")


_BLOCKED_OR_FAILING = CompiledQuery(_blocked_or_failing)
