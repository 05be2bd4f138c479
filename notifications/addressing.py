"""From occurrences to messages: one for each device that does not show it by itself."""

from collections.abc import Sequence
from uuid import UUID

from notifications import covering, facts, wording
from notifications.facts import Phone
from notifications.gateways import Message
from notifications.leases import Leased
from notifications.recording import Settled, silent


def address(
    items: Sequence[Leased], *, waiting: dict[UUID, int], needs_devices: bool
) -> tuple[list[Settled], list[Message]]:
    """Address each occurrence; settle those that no device has to be told of."""
    if not needs_devices:
        return [], [_message(item, None, waiting[item.id]) for item in items]
    devices = facts.devices_of(patients={item.patient for item in items})
    on_phones = covering.on_phones(devices, items)
    settled: list[Settled] = []
    messages: list[Message] = []
    for item in items:
        found = devices.get(item.patient, [])
        if item.accepted:
            found = [device for device in found if str(device.pk) not in item.accepted]
        uncovered = [device for device in found if (device.pk, item.id) not in on_phones]
        if not uncovered:
            settled.append(silent(item, "on_phone" if found else "no_device"))
        messages += [_message(item, device, waiting[item.id]) for device in uncovered]
    return settled, messages


def _message(item: Leased, device: Phone | None, waiting: int) -> Message:
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
