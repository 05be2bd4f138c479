"""The brakes that all workers share: a gate that was shut opens again by one message that passes.

A gateway shuts one by asking to be left alone, or by failing several times in a row.
Whoever finds its time over takes the probe by one conditional update and sends one message; all
others wait for what it says. So a gateway that asks to be left alone is asked once per Retry-After,
however many workers there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Least

from backend.kit import bulk
from backend.kit.prepared import Prepared
from backend.kit.rows import claim
from notifications.gateways import Message, Outcome, Result
from notifications.models import Gate

#: Without a Retry-After a gate stays shut for a minute.
SHUT_SECONDS = 60
#: A probe whose sender died is taken again after so long: three times the longest time-out.
PROBE = timedelta(seconds=30)
#: While somebody probes, the others look again this soon.
LOOK_AGAIN = timedelta(seconds=2)

#: After so many faults in a row nobody sends for so long, if the gateway asks for no other pause.
MOST_FAULTS = 5
FAULT_SECONDS = 15

_PASSED = frozenset({Outcome.SENT, Outcome.DEAD, Outcome.REFUSED})
_FAULTS = frozenset({Outcome.FAULTED, Outcome.NOT_SENT, Outcome.DOUBTFUL})
#: A token that was refused is renewed: that is no fault of the way.
_NO_FAULTS = frozenset({"unauthenticated"})


@dataclass(slots=True)
class Passage:
    """Who may pass now, who is held, and which gates the messages that pass may open."""

    passing: Sequence[Message]
    held: list[Result] = field(default_factory=list)
    #: By gate: the message that probes it, and the instant that names this probe.
    probes: dict[str, tuple[Message, datetime]] = field(default_factory=dict)
    #: Whether the gateway failed last, so that a success has something to take back.
    is_failing: bool = False


def pass_through(
    messages: Sequence[Message], *, name: str, tries: Mapping[UUID, int], now: datetime
) -> Passage:
    """Let messages through the gates of one gateway; ``tries`` tells which was tried how often.

    At a gate whose time is over only the message passes that was tried least.
    """
    found = Passage(messages)
    for gate, shut_until, faults in _STANDING.all():
        found.is_failing |= gate == name and faults > 0
        before = [message for message in found.passing if _is_before(message, gate, name)]
        if shut_until is not None and before:
            _stop_at(gate, shut_until, before, found=found, tries=tries, now=now)
    return found


def _stop_at(
    gate: str,
    shut_until: datetime,
    before: Sequence[Message],
    *,
    found: Passage,
    tries: Mapping[UUID, int],
    now: datetime,
) -> None:
    wait_until, probing = shut_until, None
    if shut_until <= now:
        wait_until = now + LOOK_AGAIN
        until = now + PROBE
        if claim(Gate.objects.filter(pk=gate, shut_until=shut_until), shut_until=until):
            probing = min(before, key=lambda one: (tries[one.occurrence], one.not_after))
            found.probes[gate] = (probing, until)
    stopped = [message for message in before if message is not probing]
    names = {id(message) for message in stopped}
    found.passing = [message for message in found.passing if id(message) not in names]
    found.held += [hold(message, until=wait_until, now=now) for message in stopped]


def hold(message: Message, *, until: datetime, now: datetime) -> Result:
    """Say of a message that it was not tried, and when it may be."""
    seconds = max(int((until - now).total_seconds() + 0.999), 1)
    return Result(message.occurrence, message.device, Outcome.HELD, "gate_shut", seconds)


def _is_before(message: Message, gate: str, name: str) -> bool:
    return gate in {name, f"{name}:{message.platform}"}


def hear(probes: dict[str, tuple[Message, datetime]], *, result: Result, now: datetime) -> None:
    """Open the gates that this result of a probe opens, or shut them for as long as it says.

    A probe that nobody answers changes nothing: when its time is over, the next one follows.
    """
    for gate, (message, until) in probes.items():
        if (message.occurrence, message.device) != (result.occurrence, result.device):
            continue
        # Whoever shut it for longer meanwhile knows better: this probe is not named any more.
        mine = Gate.objects.filter(pk=gate, shut_until=until)
        if result.outcome in _PASSED:
            claim(mine, shut_until=None, reason="", faults=0)
        elif result.outcome is Outcome.SHUT and result.gate == gate:
            claim(mine, shut_until=now + timedelta(seconds=_seconds(result)))
        elif result.outcome is Outcome.FAULTED:
            claim(mine, shut_until=now + timedelta(seconds=_asked([result])))


def shut(*, results: Iterable[Result], now: datetime) -> None:
    """Shut for all workers what the gateway asked to leave alone; a longer pause stands."""
    longest: dict[str, Result] = {}
    for result in results:
        known = longest.get(result.gate)
        if result.outcome is Outcome.SHUT and (known is None or _seconds(known) < _seconds(result)):
            longest[result.gate] = result
    if not longest:
        return
    bulk.insert_new(Gate, ("name", "reason"), [(name, "") for name in sorted(longest)])
    for name, result in sorted(longest.items()):
        until = now + timedelta(seconds=_seconds(result))
        may_move = Q(shut_until__isnull=True) | Q(shut_until__lt=until)
        claim(Gate.objects.filter(may_move, pk=name), shut_until=until, reason=result.code[:40])


def note_faults(*, results: Iterable[Result], name: str, is_failing: bool, now: datetime) -> bool:
    """Count the faults in a row at a gateway, and shut it for all workers when they are many.

    A success begins the count anew; nothing is written while there is nothing to count. Return
    whether a count stands now.
    """
    row: list[Result] = []
    has_passed = False
    for result in results:
        if result.outcome in _PASSED:
            row, has_passed = [], True
        elif result.outcome in _FAULTS and result.code not in _NO_FAULTS:
            row.append(result)
    if row:
        _count(row, name=name, is_first=has_passed, now=now)
        return True
    if has_passed and is_failing:
        Gate.objects.filter(pk=name).update(faults=0)
        return False
    return is_failing


def _count(row: Sequence[Result], *, name: str, is_first: bool, now: datetime) -> None:
    """Add these faults, and shut the gate if they are too many; a longer pause stands."""
    bulk.insert_new(Gate, ("name", "reason"), [(name, "")])
    mine = Gate.objects.filter(pk=name)
    before = Value(0) if is_first else F("faults")
    mine.update(faults=Least(before + Value(len(row)), Value(MOST_FAULTS)))
    until = now + timedelta(seconds=_asked(row))
    may_move = Q(shut_until__isnull=True) | Q(shut_until__lt=until)
    many = mine.filter(may_move, faults__gte=MOST_FAULTS)
    claim(many, shut_until=until, reason=row[-1].code[:40])


def _asked(row: Iterable[Result]) -> int:
    """Tell for how many seconds faults shut a gate."""
    return max(result.retry_after or FAULT_SECONDS for result in row)


def _seconds(result: Result) -> int:
    return result.retry_after or SHUT_SECONDS


def _standing() -> "QuerySet[Any, Any]":
    """List the gates that are shut or fail; there are never more than a handful."""
    standing = Gate.objects.filter(Q(shut_until__isnull=False) | Q(faults__gt=0))
    return standing.order_by("name").values_list("name", "shut_until", "faults")


_STANDING = Prepared(_standing)
