"""Silent pushes that ask a phone to read its plan again.

The row of the device is the outbox, so no device ever has more than one waiting. Nothing is shown,
so neither quiet hours nor the daily limit count; where one doesn't arrive, nothing is lost: what
was changed since a phone read its plan is pushed in any case (``select.shown_locally``).
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When

from backend.kit.db.claims import require_autocommit
from backend.kit.ids import new_id
from notifications import wording
from notifications.engine.claim import lease_duration
from notifications.engine.context import load_patient_contexts
from notifications.engine.outcome import FIRST_RETRY_PAUSE, MOST_DOUBLINGS, end_dead_devices
from notifications.engine.send import Clock, Wait, send_messages
from notifications.engine.throttle import (
    admit,
    block_throttles,
    count_faults,
    on_result,
    reserve,
    return_unused,
)
from notifications.models.device import Device
from notifications.push.gateway import PushGateway, PushMessage, PushResult, SendOutcome
from notifications.push.local import REFRESH_INTERVAL, live_device_addresses

#: As many as one run claims, and as many as a gateway takes at once.
REFRESH_CHUNK_SIZE = 100
#: A phone that was off for longer reads its plan when it is opened.
REFRESH_LIFETIME = timedelta(hours=24)
#: A push service may ask for a longer pause than this: then the next tick goes on.
LONGEST_WAIT = timedelta(seconds=2)
_RETRIED = frozenset(
    {
        SendOutcome.NOT_SENT, SendOutcome.BACK_OFF, SendOutcome.HELD, SendOutcome.FAULTED,
        SendOutcome.AMBIGUOUS,
    }
)  # fmt: skip


class _DueRefresh(NamedTuple):
    """The row of a device that is due for a refresh."""

    pk: UUID
    patient_id: UUID
    provider: str
    address: str
    platform: str
    refresh_asked_at: datetime
    refresh_tries: int


def send_refreshes(*, clock: Clock, gateway: PushGateway, wait: Wait = time.sleep) -> Counter[str]:
    """Send what is waiting, outside any transaction; return how many had which outcome.

    After a crash between sending and recording it is sent again: reading a plan twice changes
    nothing. A change that comes meanwhile is announced by another refresh.
    """
    require_autocommit()
    now = clock()
    lease_until = now + lease_duration()
    claimed = _claim_refreshes(now=now, lease_until=lease_until)
    wanted = _still_wanted(claimed, now=now)
    reservation = reserve(name=gateway.name, wanted=max(len(wanted), 1), now=now)
    pause = reservation.starts_at - now
    to_send = wanted[: reservation.count] if pause <= LONGEST_WAIT else []
    if to_send and pause:
        wait(pause.total_seconds())
    results, posted = _post(to_send, gateway=gateway, now=clock())
    return_unused(reservation, name=gateway.name, sent=posted)
    tally: Counter[str] = Counter()
    for device in claimed:
        is_left = device in wanted and device not in to_send
        result = results.get(device.pk)
        next_attempt_at = (
            reservation.starts_at if is_left else _next_attempt_at(device, result, now=clock())
        )
        _record_refresh(device, lease_until, again_at=next_attempt_at, result=result, now=now)
        tally[result.outcome if result else "left" if is_left else "skipped"] += 1
    end_dead_devices(results=list(results.values()), now=now)
    return tally


def _claim_refreshes(*, now: datetime, lease_until: datetime) -> list[_DueRefresh]:
    """Claim the due rows; of any number of workers each row goes to one."""
    with transaction.atomic():
        due = Device.objects.select_for_update(skip_locked=True).filter(refresh_at__lte=now)
        rows = due.order_by("refresh_at", "id").values_list(*_DueRefresh._fields)[
            :REFRESH_CHUNK_SIZE
        ]
        claimed = [_DueRefresh._make(row) for row in rows]
        Device.objects.filter(pk__in=[device.pk for device in claimed]).update(
            refresh_at=lease_until
        )
    return claimed


def _still_wanted(claimed: Sequence[_DueRefresh], *, now: datetime) -> list[_DueRefresh]:
    """Return those of live devices and enrolled patients with consent that are not too old."""
    patients = {device.patient_id for device in claimed}
    contexts = load_patient_contexts(patients=patients, now=now)
    live_ids = {
        address.pk
        for addresses in live_device_addresses(patients=patients).values()
        for address in addresses
    }
    return [
        device
        for device in claimed
        if device.pk in live_ids
        and (context := contexts.get(device.patient_id)) is not None
        and context.is_enrolled
        and context.has_consent
        and device.refresh_asked_at + REFRESH_LIFETIME > now
    ]


def _post(
    devices: Sequence[_DueRefresh], *, gateway: PushGateway, now: datetime
) -> tuple[Mapping[UUID, PushResult], int]:
    """Post to these devices unless throttled; return the result of each, and how many were sent."""
    messages = [_refresh_message(device) for device in devices]
    tries = {
        message.occurrence: device.refresh_tries
        for message, device in zip(messages, devices, strict=True)
    }
    admission = admit(messages, name=gateway.name, tries=tries, now=now)
    answers = list(send_messages(admission.passing, gateway=gateway, now=now))
    for result in answers:
        on_result(admission.probes, result=result, now=now)
    block_throttles(results=answers, now=now)
    count_faults(
        results=answers, throttle_of=lambda _: gateway.name, failing=admission.failing, now=now
    )
    results = {r.device: r for r in (*admission.held, *answers) if r.device is not None}
    return results, len(admission.passing)


def _refresh_message(device: _DueRefresh) -> PushMessage:
    return PushMessage(
        occurrence=new_id(), device=device.pk, provider=device.provider, address=device.address,
        platform=device.platform, kind=wording.REFRESH_CODE, sentence="", tag=wording.REFRESH_CODE,
        minute=0, not_after=device.refresh_asked_at + REFRESH_LIFETIME,
    )  # fmt: skip


def _next_attempt_at(
    device: _DueRefresh, result: PushResult | None, *, now: datetime
) -> datetime | None:
    """Return when it is tried again; None where it is done, or ambiguous for the second time."""
    if result is None or result.outcome not in _RETRIED:
        return None
    if result.outcome is SendOutcome.AMBIGUOUS and device.refresh_tries:
        return None
    asked = timedelta(seconds=result.retry_after or 0)
    if result.outcome is SendOutcome.HELD:
        return now + asked
    doubled: timedelta = FIRST_RETRY_PAUSE * 2 ** min(device.refresh_tries, MOST_DOUBLINGS)
    return now + max(doubled, asked)


def _record_refresh(
    device: _DueRefresh,
    lease_until: datetime,
    *,
    again_at: datetime | None,
    result: PushResult | None,
    now: datetime,
) -> None:
    """Record it, unless another worker holds it; a newer change asks for another refresh."""
    is_tried = result is not None and result.outcome is not SendOutcome.HELD
    row: QuerySet[Device] = Device.objects.filter(pk=device.pk, refresh_at=lease_until)
    if again_at is None:
        newer = Q(refresh_asked_at__gt=device.refresh_asked_at)
        after = now + REFRESH_INTERVAL
        row.update(
            refresh_at=Case(When(newer, then=after), default=None),
            refreshed_at=now if is_tried else F("refreshed_at"),
            refresh_tries=0,
        )
    else:
        row.update(refresh_at=again_at, refresh_tries=device.refresh_tries + is_tried)
