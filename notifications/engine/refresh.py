"""Silent pushes that tell a phone to read its plan anew: claimed, sent and recorded on the device's own row.

The row of the device is the outbox, so no device ever has more than one waiting. Nothing is shown,
so neither quiet hours nor the day's limit count; where it doesn't arrive, nothing is lost: what
was changed since a phone read its plan is pushed in any case (``covering.py``).
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When

from backend.kit.db.claims import require_autocommit
from backend.kit.ids import new_id
from notifications import wording
from notifications.engine import lease
from notifications.engine.context import load_patient_contexts
from notifications.engine.outcome import FIRST_RETRY_PAUSE, MOST_DOUBLINGS, end_dead_devices
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

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Wait = Callable[[float], None]

#: As many as one run takes, and as many as a gateway takes at once.
REFRESH_CHUNK_SIZE = 100
#: A phone that was off for longer reads its plan when it is opened.
REFRESH_LIFETIME = timedelta(hours=24)
#: A push service may ask for a longer pause than this: then the next tick goes on.
LONGEST_WAIT = timedelta(seconds=2)


class _DueRefresh(NamedTuple):
    """A device that is to be told, as its row stands."""

    pk: UUID
    patient_id: UUID
    provider: str
    address: str
    platform: str
    refresh_asked_at: datetime
    refresh_tries: int


def send_refreshes(*, clock: Clock, gateway: PushGateway, wait: Wait = time.sleep) -> Counter[str]:
    """Send what is waiting, outside any transaction; return how many had which outcome.

    Who dies between sending and writing it down lets it be sent again: to read a plan twice changes
    nothing. A change that comes meanwhile is told by another.
    """
    require_autocommit()
    now = clock()
    lease_until = now + lease.lease_duration()
    taken = _claim_refreshes(now=now, lease_until=lease_until)
    willing = _still_wanted(taken, now=now)
    reservation = reserve(name=gateway.name, wanted=max(len(willing), 1), now=now)
    pause = reservation.starts_at - now
    begun = willing[: reservation.count] if pause <= LONGEST_WAIT else []
    if begun and pause:
        wait(pause.total_seconds())
    results, posted = _post(begun, gateway=gateway, now=clock())
    return_unused(reservation, name=gateway.name, sent=posted)
    tally: Counter[str] = Counter()
    for one in taken:
        is_left = one in willing and one not in begun
        result = results.get(one.pk)
        again_at = reservation.starts_at if is_left else _next_attempt_at(one, result, now=clock())
        _record_refresh(one, lease_until, again_at=again_at, result=result, now=now)
        tally[result.outcome if result else "left" if is_left else "skipped"] += 1
    end_dead_devices(results=list(results.values()), now=now)
    return tally


def _claim_refreshes(*, now: datetime, lease_until: datetime) -> list[_DueRefresh]:
    """Take what is due: by any number of workers, each row by one."""
    with transaction.atomic():
        due = Device.objects.select_for_update(skip_locked=True).filter(refresh_at__lte=now)
        rows = due.order_by("refresh_at", "id").values_list(*_DueRefresh._fields)[
            :REFRESH_CHUNK_SIZE
        ]
        taken = [_DueRefresh._make(row) for row in rows]
        Device.objects.filter(pk__in=[one.pk for one in taken]).update(refresh_at=lease_until)
    return taken


def _still_wanted(taken: Sequence[_DueRefresh], *, now: datetime) -> list[_DueRefresh]:
    """Ask the facts again: a live device of somebody enrolled who agrees, and not too late."""
    patients = {one.patient_id for one in taken}
    known = load_patient_contexts(patients=patients, now=now)
    live = {
        phone.pk for phones in live_device_addresses(patients=patients).values() for phone in phones
    }
    return [
        one
        for one in taken
        if one.pk in live
        and (fact := known.get(one.patient_id)) is not None
        and fact.is_enrolled
        and fact.has_consent
        and one.refresh_asked_at + REFRESH_LIFETIME > now
    ]


def _post(
    begun: Sequence[_DueRefresh], *, gateway: PushGateway, now: datetime
) -> tuple[Mapping[UUID, PushResult], int]:
    """Post to these devices through the gates of the gateway; tell what became of each."""
    messages = [_refresh_message(one) for one in begun]
    tries = {
        message.occurrence: one.refresh_tries for message, one in zip(messages, begun, strict=True)
    }
    admission = admit(messages, name=gateway.name, tries=tries, now=now)
    heard = list(_send_messages(admission.passing, gateway=gateway, now=now))
    for result in heard:
        on_result(admission.probes, result=result, now=now)
    block_throttles(results=heard, now=now)
    count_faults(results=heard, name=gateway.name, is_failing=admission.is_failing, now=now)
    found = {r.device: r for r in (*admission.held, *heard) if r.device is not None}
    return found, len(admission.passing)


def _send_messages(
    messages: Sequence[PushMessage], *, gateway: PushGateway, now: datetime
) -> Iterable[PushResult]:
    if not messages:
        return
    try:
        yield from gateway.send(messages, now=now)
    except Exception as fault:  # a gateway of a clinic's own may raise anything
        code = type(fault).__name__
        log.exception("gateway broke off", extra={"event": "fault", "code": code})


def _refresh_message(one: _DueRefresh) -> PushMessage:
    return PushMessage(
        occurrence=new_id(), device=one.pk, provider=one.provider, address=one.address,
        platform=one.platform, kind=wording.REFRESH_CODE, sentence="", tag=wording.REFRESH_CODE,
        minute=0,
        not_after=one.refresh_asked_at + REFRESH_LIFETIME,
    )  # fmt: skip


def _next_attempt_at(
    one: _DueRefresh, result: PushResult | None, *, now: datetime
) -> datetime | None:
    """Tell when it is tried again; None where it is done, or a doubt is left at one more try."""
    if result is None or result.outcome not in _RETRIED:
        return None
    if result.outcome is SendOutcome.AMBIGUOUS and one.refresh_tries:
        return None
    asked = timedelta(seconds=result.retry_after or 0)
    if result.outcome is SendOutcome.HELD:
        return now + asked
    doubled: timedelta = FIRST_RETRY_PAUSE * 2 ** min(one.refresh_tries, MOST_DOUBLINGS)
    return now + max(doubled, asked)


def _record_refresh(
    one: _DueRefresh, lease_until: datetime, *, again_at: datetime | None,
    result: PushResult | None,
    now: datetime,
) -> None:  # fmt: skip
    """Write it down, unless another holds it; after a newer change it is told of that as well."""
    is_tried = result is not None and result.outcome is not SendOutcome.HELD
    mine: QuerySet[Device] = Device.objects.filter(pk=one.pk, refresh_at=lease_until)
    if again_at is None:
        newer = Q(refresh_asked_at__gt=one.refresh_asked_at)
        after = now + REFRESH_INTERVAL
        mine.update(
            refresh_at=Case(When(newer, then=after), default=None),
            refreshed_at=now if is_tried else F("refreshed_at"),
            refresh_tries=0,
        )
    else:
        mine.update(refresh_at=again_at, refresh_tries=one.refresh_tries + is_tried)


_RETRIED = frozenset({SendOutcome.NOT_SENT, SendOutcome.BACK_OFF, SendOutcome.HELD,
SendOutcome.FAULTED,
                    SendOutcome.AMBIGUOUS})  # fmt: skip
