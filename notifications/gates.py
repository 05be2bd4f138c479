"""The brakes that all workers share: a gate that was shut opens again by one message that passes.

Whoever finds its time over takes the probe by one conditional update and sends one message; all
others wait for what it says. So a gateway that asks to be left alone is asked once per Retry-After,
however many workers there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

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

_PASSED = frozenset({Outcome.SENT, Outcome.DEAD, Outcome.REFUSED})


@dataclass(slots=True)
class Passage:
    """Who may pass now, who is held, and which gates the messages that pass may open."""

    passing: Sequence[Message]
    held: list[Result] = field(default_factory=list)
    #: By gate: the message that probes it, and the instant that names this probe.
    probes: dict[str, tuple[Message, datetime]] = field(default_factory=dict)


def pass_through(
    messages: Sequence[Message], *, name: str, tries: Mapping[UUID, int], now: datetime
) -> Passage:
    """Let messages through the gates of one gateway; ``tries`` tells which was tried how often.

    At a gate whose time is over only the message passes that was tried least.
    """
    found = Passage(messages)
    for gate, shut_until in _SHUT.all():
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

    A probe in doubt changes nothing: when its time is over, the next one follows.
    """
    for gate, (message, until) in probes.items():
        if (message.occurrence, message.device) != (result.occurrence, result.device):
            continue
        # Whoever shut it for longer meanwhile knows better: this probe is not named any more.
        mine = Gate.objects.filter(pk=gate, shut_until=until)
        if result.outcome in _PASSED:
            claim(mine, shut_until=None, reason="")
        elif result.outcome is Outcome.SHUT and result.gate == gate:
            claim(mine, shut_until=now + timedelta(seconds=_seconds(result)))


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


def _seconds(result: Result) -> int:
    return result.retry_after or SHUT_SECONDS


def _shut_now() -> "QuerySet[Any, Any]":
    """List the gates that are shut; there are never more than a handful."""
    shut_now = Gate.objects.filter(shut_until__isnull=False)
    return shut_now.order_by("name").values_list("name", "shut_until")


_SHUT = Prepared(_shut_now)
