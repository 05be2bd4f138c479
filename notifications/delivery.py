"""Sending what was claimed: outside any transaction, after asking all facts again."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from backend.kit.rows import refuse_inside_transaction
from notifications import facts, rules, wording
from notifications.claiming import Batch, Leased, lease, release
from notifications.gateways import Gateway, Message, Result
from notifications.models import Device, Gate
from notifications.recording import (
    Settled,
    end_dead,
    later,
    record,
    settle,
    shut_gates,
    silent,
)
from notifications.turns import take_turns

#: As many as are sent between two looks at the facts, and as many as a gateway takes at once.
CHUNK = 100

Clock = Callable[[], datetime]


def deliver(*, batch: Batch, gateway: Gateway, clock: Clock) -> Counter[str]:
    """Send a batch and write down what became of each; return how many ended in which state.

    In the second half of the lease no chunk is begun: what is left is given back.

    :raises backend.kit.rows.InsideTransaction: inside a transaction: what was sent can't be rolled
        back.
    """
    refuse_inside_transaction()
    tally: Counter[str] = Counter()
    if not batch.leased:
        return tally
    leave_at = clock() + lease() / 2
    for place in range(0, len(batch.leased), CHUNK):
        now = clock()
        if now >= leave_at:
            release(fence=batch.fence, items=batch.leased[place:], now=now)
            break
        settled = _deliver(batch.leased[place : place + CHUNK], gateway=gateway, now=now,
                           fence=batch.fence)  # fmt: skip
        tally.update(found.state for found in settled)
    return tally


def _deliver(
    items: Sequence[Leased], *, gateway: Gateway, now: datetime, fence: UUID
) -> list[Settled]:
    settled, willing = _judge(items, now=now)
    turns = take_turns(items=willing, now=now)
    settled += [silent(item, "bundled") for item in turns.bundled]
    put_off, messages = _messages(turns.speaking, turns.waiting, gateway=gateway, now=now)
    settled += put_off
    results = _send(messages, gateway=gateway, now=now)
    by_item: dict[UUID, list[Result]] = {}
    for result in results:
        by_item.setdefault(result.occurrence, []).append(result)
    settled += [settle(item, by_item[item.id], now=now) for item in turns.speaking
                if item.id in by_item]  # fmt: skip
    record(settled=settled, fence=fence)
    end_dead(results=results, now=now)
    shut_gates(results=results, now=now)
    return settled


def _judge(items: Sequence[Leased], *, now: datetime) -> tuple[list[Settled], list[Leased]]:
    """Ask the facts again, and part what must stay silent from what may be sent."""
    known = facts.facts_of(patients={item.patient for item in items}, now=now)
    wishes = facts.wishes_of(leased=items)
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
    return settled, willing


def _messages(
    items: Sequence[Leased], waiting: dict[UUID, int], *, gateway: Gateway, now: datetime
) -> tuple[list[Settled], list[Message]]:
    """Address each occurrence; settle those that have no address or stand before a shut gate."""
    if not gateway.needs_devices:
        return [], [_message(item, None, waiting[item.id]) for item in items]
    devices = facts.devices_of(patients={item.patient for item in items})
    shut = dict(
        Gate.objects.filter(name__startswith=gateway.name, shut_until__gt=now).values_list(
            "name", "shut_until"
        )
    )
    settled: list[Settled] = []
    messages: list[Message] = []
    for item in items:
        found = [
            device
            for device in devices.get(item.patient, [])
            if str(device.pk) not in item.accepted
        ]
        blocked = _blocked(found, shut, gateway.name)
        uncovered = [device for device in found if not _is_covered(device, item)]
        if blocked is not None:
            settled.append(later(item, "gate_shut", wake_at=blocked))
        elif not uncovered:
            settled.append(silent(item, "on_phone" if found else "no_device"))
        messages += [
            _message(item, device, waiting[item.id]) for device in uncovered if blocked is None
        ]
    return settled, messages


def _blocked(devices: Sequence[Device], shut: dict[str, datetime], name: str) -> datetime | None:
    """Find until when all of an occurrence must wait, because a gate of one device is shut."""
    names = {name, *(f"{name}:{device.platform}" for device in devices)}
    return max((until for gate, until in shut.items() if gate in names), default=None)


def _is_covered(device: Device, item: Leased) -> bool:
    """Tell whether the phone itself shows this occurrence, by a notification it has planned."""
    return (
        not item.is_snoozed
        and device.covered_until is not None
        and device.covered_until >= item.due_at
    )


def _message(item: Leased, device: Device | None, waiting: int) -> Message:
    return Message(
        occurrence=item.id,
        device=device.pk if device else None,
        provider=device.provider if device else "",
        address=device.address if device else "",
        platform=device.platform if device else "",
        kind=wording.kind(purpose=item.purpose),
        sentence=wording.sentence(purpose=item.purpose, waiting=waiting),
        tag=item.tag,
        minute=item.minute,
        not_after=item.not_after,
    )


def _send(messages: Sequence[Message], *, gateway: Gateway, now: datetime) -> list[Result]:
    results: list[Result] = []
    for place in range(0, len(messages), CHUNK):
        results += gateway.send(messages[place : place + CHUNK], now=now)
    return results
