"""The throttle that all workers share: a circuit breaker with one probe after its cool-down, and a rate limit with a ramp.

A gateway shuts one by asking to be left alone, or by failing several times in a row.
Whoever finds its time over takes the probe by one conditional update and sends one message; all
others wait for what it says. So a gateway that asks to be left alone is asked once per Retry-After,
however many workers there are.

Google asks for a ramp from nothing to the most over a minute or longer. Whoever is about to send
takes a stretch of the time line that all workers share; while nobody sends, the pace sinks again as
fast as it grew.
"""

from collections.abc import Iterable, Mapping, Sequence
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
)

#: Without a Retry-After a gate stays shut for a minute.
BLOCK_SECONDS = 60
#: A probe whose sender died is taken again after so long: three times the longest time-out.
PROBE_TIMEOUT = timedelta(seconds=30)
#: While somebody probes, the others look again this soon.
PROBE_WAIT = timedelta(seconds=2)

_PASSED = frozenset({SendOutcome.SENT, SendOutcome.DEAD_ADDRESS, SendOutcome.REFUSED})
_FAULTS = frozenset({SendOutcome.FAULTED, SendOutcome.NOT_SENT, SendOutcome.AMBIGUOUS})
#: A token that was refused is renewed: that is no fault of the way.
_IGNORED_CODES = frozenset({"unauthenticated"})


@dataclass(slots=True)
class Admission:
    """Who may pass now, who is held, and which gates the messages that pass may open."""

    passing: Sequence[PushMessage]
    held: list[PushResult] = field(default_factory=list)
    #: By gate: the message that probes it, and the instant that names this probe.
    probes: dict[str, tuple[PushMessage, datetime]] = field(default_factory=dict)
    #: Whether the gateway failed last, so that a success has something to take back.
    is_failing: bool = False


def admit(
    messages: Sequence[PushMessage], *, name: str, tries: Mapping[UUID, int], now: datetime
) -> Admission:
    """Let messages through the gates of one gateway; ``tries`` tells which was tried how often.

    At a gate whose time is over only the message passes that was tried least.
    """
    found = Admission(messages)
    for throttle, blocked_until, consecutive_faults in _BLOCKED_OR_FAILING.all():
        found.is_failing |= throttle == name and consecutive_faults > 0
        before = [message for message in found.passing if _is_concerned(message, throttle, name)]
        if blocked_until is not None and before:
            _hold_back(throttle, blocked_until, before, found=found, tries=tries, now=now)
    return found


def _hold_back(
    throttle: str,
    blocked_until: datetime,
    before: Sequence[PushMessage],
    *,
    found: Admission,
    tries: Mapping[UUID, int],
    now: datetime,
) -> None:
    wait_until, probing = blocked_until, None
    if blocked_until <= now:
        wait_until = now + PROBE_WAIT
        until = now + PROBE_TIMEOUT
        if claim(
            GatewayThrottle.objects.filter(pk=throttle, blocked_until=blocked_until),
            blocked_until=until,
        ):
            probing = min(before, key=lambda one: (tries[one.occurrence], one.not_after))
            found.probes[throttle] = (probing, until)
    stopped = [message for message in before if message is not probing]
    names = {id(message) for message in stopped}
    found.passing = [message for message in found.passing if id(message) not in names]
    found.held += [held_result(message, until=wait_until, now=now) for message in stopped]


def held_result(message: PushMessage, *, until: datetime, now: datetime) -> PushResult:
    """Say of a message that it was not tried, and when it may be."""
    seconds = max(int((until - now).total_seconds() + 0.999), 1)
    return PushResult(message.occurrence, message.device, SendOutcome.HELD, "gate_shut", seconds)


def _is_concerned(message: PushMessage, throttle: str, name: str) -> bool:
    return throttle in {name, f"{name}:{message.platform}"}


def on_result(
    probes: dict[str, tuple[PushMessage, datetime]], *, result: PushResult, now: datetime
) -> None:
    """Open the gates that this result of a probe opens, or shut them for as long as it says.

    A probe that nobody answers changes nothing: when its time is over, the next one follows.
    """
    for throttle, (message, until) in probes.items():
        if (message.occurrence, message.device) != (result.occurrence, result.device):
            continue
        # Whoever shut it for longer meanwhile knows better: this probe is not named any more.
        mine = GatewayThrottle.objects.filter(pk=throttle, blocked_until=until)
        if result.outcome in _PASSED:
            claim(mine, blocked_until=None, reason="", consecutive_faults=0)
        elif result.outcome is SendOutcome.BACK_OFF and result.throttle == throttle:
            claim(mine, blocked_until=now + timedelta(seconds=_block_seconds(result)))
        elif result.outcome is SendOutcome.FAULTED:
            claim(mine, blocked_until=now + timedelta(seconds=_fault_block_seconds([result])))


def block_throttles(*, results: Iterable[PushResult], now: datetime) -> None:
    """Shut for all workers what the gateway asked to leave alone; a longer pause stands."""
    longest: dict[str, PushResult] = {}
    for result in results:
        known = longest.get(result.throttle)
        if result.outcome is SendOutcome.BACK_OFF and (
            known is None or _block_seconds(known) < _block_seconds(result)
        ):
            longest[result.throttle] = result
    if not longest:
        return
    bulk.bulk_insert_ignore(
        GatewayThrottle, ("name", "reason"), [(name, "") for name in sorted(longest)]
    )
    for name, result in sorted(longest.items()):
        until = now + timedelta(seconds=_block_seconds(result))
        may_move = Q(blocked_until__isnull=True) | Q(blocked_until__lt=until)
        claim(
            GatewayThrottle.objects.filter(may_move, pk=name),
            blocked_until=until,
            reason=result.code[:40],
        )


def count_faults(
    *, results: Iterable[PushResult], name: str, is_failing: bool, now: datetime
) -> bool:
    """Count the faults in a row at a gateway, and shut it for all workers when they are many.

    A success begins the count anew; nothing is written while there is nothing to count. Return
    whether a count stands now.
    """
    row: list[PushResult] = []
    has_passed = False
    for result in results:
        if result.outcome in _PASSED:
            row, has_passed = [], True
        elif result.outcome in _FAULTS and result.code not in _IGNORED_CODES:
            row.append(result)
    if row:
        _add_faults(row, name=name, is_first=has_passed, now=now)
        return True
    if has_passed and is_failing:
        GatewayThrottle.objects.filter(pk=name).update(consecutive_faults=0)
        return False
    return is_failing


def _add_faults(row: Sequence[PushResult], *, name: str, is_first: bool, now: datetime) -> None:
    """Add these faults, and shut the gate if they are too many; a longer pause stands."""
    bulk.bulk_insert_ignore(GatewayThrottle, ("name", "reason"), [(name, "")])
    mine = GatewayThrottle.objects.filter(pk=name)
    before = Value(0) if is_first else F("consecutive_faults")
    mine.update(consecutive_faults=Least(before + Value(len(row)), Value(FAULTS_TO_BLOCK)))
    until = now + timedelta(seconds=_fault_block_seconds(row))
    may_move = Q(blocked_until__isnull=True) | Q(blocked_until__lt=until)
    many = mine.filter(may_move, consecutive_faults__gte=FAULTS_TO_BLOCK)
    claim(many, blocked_until=until, reason=row[-1].code[:40])


def _fault_block_seconds(row: Iterable[PushResult]) -> int:
    """Tell for how many seconds faults shut a gate."""
    return max(result.retry_after or FAULT_BLOCK_SECONDS for result in row)


def _block_seconds(result: PushResult) -> int:
    return result.retry_after or BLOCK_SECONDS


def _blocked_or_failing() -> "QuerySet[Any, Any]":
    """List the gates that are shut or fail; there are never more than a handful."""
    standing = GatewayThrottle.objects.filter(
        Q(blocked_until__isnull=False) | Q(consecutive_faults__gt=0)
    )
    return standing.order_by("name").values_list("name", "blocked_until", "consecutive_faults")


_BLOCKED_OR_FAILING = CompiledQuery(_blocked_or_failing)

RAMP_DURATION = timedelta(seconds=60)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reservation:
    """So many messages may leave from this instant on."""

    count: int
    starts_at: datetime
    #: How much of the time line one message takes; nothing where no pace is set.
    each: timedelta


def reserve(*, name: str, wanted: int, now: datetime) -> Reservation:
    """Take the next free stretch, for at most as many messages as a second has room for."""
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
    """Move the beginning of the ramp by the time in which nobody sent."""
    idle = starts_at - next_send_at
    reached = min(next_send_at - ramp_started_at, RAMP_DURATION)
    return starts_at - max(reached - idle, timedelta())


def return_unused(reservation: Reservation, *, name: str, sent: int) -> None:
    """Give back what was not used: most reminders may have stayed silent."""
    unused = reservation.count - sent
    if reservation.each and unused:
        GatewayThrottle.objects.filter(pk=name).update(
            next_send_at=F("next_send_at") - unused * reservation.each
        )
