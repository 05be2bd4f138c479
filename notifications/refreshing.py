"""Silent pushes: a phone that plans notifications by itself is told that its plan is out of date.

The row of the device is the outbox, so no device ever has more than one waiting. Nothing is shown,
so neither quiet hours nor the day's limit count; where it doesn't arrive, nothing is lost: what
was changed since a phone read its plan is pushed in any case (``covering.py``).
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Case, F, Q, QuerySet, When

from backend.kit.ids import new_id
from backend.kit.rows import refuse_inside_transaction
from notifications import facts, gates, leases, pacing, wording
from notifications.gateways import Gateway, Message, Outcome, Result
from notifications.models import Device
from notifications.recording import FIRST_PAUSE, MOST_DOUBLINGS, end_dead

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Wait = Callable[[float], None]

#: As many as one run takes, and as many as a gateway takes at once.
CHUNK = 100
#: The first change is told at once; those that follow it so soon are told together.
EVERY = timedelta(minutes=5)
#: A phone that was off for longer reads its plan when it is opened.
LIFE = timedelta(hours=24)
#: A push service may ask for a longer pause than this: then the next tick goes on.
LONGEST_WAIT = timedelta(seconds=2)


class _Waiting(NamedTuple):
    """A device that is to be told, as its row stands."""

    pk: UUID
    patient_id: UUID
    provider: str
    address: str
    platform: str
    refresh_asked_at: datetime
    refresh_tries: int


def ask_for_refresh(
    *,
    patients: Collection[UUID],
    now: datetime,
    besides: UUID | None = None,
    is_uncovered: bool = False,
) -> None:
    """Tell the phones of these patients soon that what comes has changed, by one statement.

    Only phones that have planned something are told, and none that is a browser: it can't plan,
    and may lose its address by a push that shows nothing. ``besides`` is the sign-in of the phone
    that made the change itself. ``is_uncovered`` takes back as well what phones had planned.
    """
    mine = Device.objects.filter(
        patient_id__in=patients, ended_at__isnull=True, covered_until__gt=now
    ).exclude(platform=Device.Platform.WEB)
    told = mine if besides is None else mine.exclude(device_session_id=besides)
    at = Case(
        When(refresh_at__isnull=False, then=F("refresh_at")),
        When(refreshed_at__gt=now - EVERY, then=F("refreshed_at") + EVERY),
        default=now,
    )
    if is_uncovered:
        mine.update(covered=None)
    told.update(refresh_at=at, refresh_asked_at=now, refresh_tries=0)


def try_to_ask(*, patients: Collection[UUID], now: datetime) -> None:
    """Ask for it beside what staff save: should it fail, theirs stands all the same."""
    try:
        with transaction.atomic():
            ask_for_refresh(patients=patients, now=now)
    except DatabaseError as fault:
        code = type(fault).__name__
        log.exception("refresh not asked", extra={"event": "refresh_not_asked", "code": code})


def send_refreshes(*, clock: Clock, gateway: Gateway, wait: Wait = time.sleep) -> Counter[str]:
    """Send what is waiting, outside any transaction; return how many had which outcome.

    Who dies between sending and writing it down lets it be sent again: to read a plan twice changes
    nothing. A change that comes meanwhile is told by another.
    """
    refuse_inside_transaction()
    now = clock()
    lease_until = now + leases.length()
    taken = _taken(now=now, lease_until=lease_until)
    willing = _willing(taken, now=now)
    stretch = pacing.reserve(name=gateway.name, wanted=max(len(willing), 1), now=now)
    pause = stretch.starts_at - now
    begun = willing[: stretch.count] if pause <= LONGEST_WAIT else []
    if begun and pause:
        wait(pause.total_seconds())
    results, posted = _results(begun, gateway=gateway, now=clock())
    pacing.settle_up(stretch, name=gateway.name, sent=posted)
    tally: Counter[str] = Counter()
    for one in taken:
        is_left = one in willing and one not in begun
        result = results.get(one.pk)
        again_at = stretch.starts_at if is_left else _again_at(one, result, now=clock())
        _settle(one, lease_until, again_at=again_at, result=result, now=now)
        tally[result.outcome if result else "left" if is_left else "skipped"] += 1
    end_dead(results=list(results.values()), now=now)
    return tally


def _taken(*, now: datetime, lease_until: datetime) -> list[_Waiting]:
    """Take what is due: by any number of workers, each row by one."""
    with transaction.atomic():
        due = Device.objects.select_for_update(skip_locked=True).filter(refresh_at__lte=now)
        rows = due.order_by("refresh_at", "id").values_list(*_Waiting._fields)[:CHUNK]
        taken = [_Waiting._make(row) for row in rows]
        Device.objects.filter(pk__in=[one.pk for one in taken]).update(refresh_at=lease_until)
    return taken


def _willing(taken: Sequence[_Waiting], *, now: datetime) -> list[_Waiting]:
    """Ask the facts again: a live device of somebody enrolled who agrees, and not too late."""
    patients = {one.patient_id for one in taken}
    known = facts.facts_of(patients=patients, now=now)
    live = {phone.pk for phones in facts.devices_of(patients=patients).values() for phone in phones}
    return [
        one
        for one in taken
        if one.pk in live
        and (fact := known.get(one.patient_id)) is not None
        and fact.is_enrolled
        and fact.has_consent
        and one.refresh_asked_at + LIFE > now
    ]


def _results(
    begun: Sequence[_Waiting], *, gateway: Gateway, now: datetime
) -> tuple[Mapping[UUID, Result], int]:
    """Post to these devices through the gates of the gateway; tell what became of each."""
    messages = [_message(one) for one in begun]
    tries = {
        message.occurrence: one.refresh_tries for message, one in zip(messages, begun, strict=True)
    }
    passage = gates.pass_through(messages, name=gateway.name, tries=tries, now=now)
    heard = list(_sent(passage.passing, gateway=gateway, now=now))
    for result in heard:
        gates.hear(passage.probes, result=result, now=now)
    gates.shut(results=heard, now=now)
    gates.note_faults(results=heard, name=gateway.name, is_failing=passage.is_failing, now=now)
    found = {r.device: r for r in (*passage.held, *heard) if r.device is not None}
    return found, len(passage.passing)


def _sent(messages: Sequence[Message], *, gateway: Gateway, now: datetime) -> Iterable[Result]:
    if not messages:
        return
    try:
        yield from gateway.send(messages, now=now)
    except Exception as fault:  # a gateway of a clinic's own may raise anything
        code = type(fault).__name__
        log.exception("gateway broke off", extra={"event": "fault", "code": code})


def _message(one: _Waiting) -> Message:
    return Message(
        occurrence=new_id(), device=one.pk, provider=one.provider, address=one.address,
        platform=one.platform, kind=wording.REFRESH, sentence="", tag=wording.REFRESH, minute=0,
        not_after=one.refresh_asked_at + LIFE,
    )  # fmt: skip


def _again_at(one: _Waiting, result: Result | None, *, now: datetime) -> datetime | None:
    """Tell when it is tried again; None where it is done, or a doubt is left at one more try."""
    if result is None or result.outcome not in _AGAIN:
        return None
    if result.outcome is Outcome.DOUBTFUL and one.refresh_tries:
        return None
    asked = timedelta(seconds=result.retry_after or 0)
    if result.outcome is Outcome.HELD:
        return now + asked
    doubled: timedelta = FIRST_PAUSE * 2 ** min(one.refresh_tries, MOST_DOUBLINGS)
    return now + max(doubled, asked)


def _settle(
    one: _Waiting, lease_until: datetime, *, again_at: datetime | None, result: Result | None,
    now: datetime,
) -> None:  # fmt: skip
    """Write it down, unless another holds it; after a newer change it is told of that as well."""
    is_tried = result is not None and result.outcome is not Outcome.HELD
    mine: QuerySet[Device] = Device.objects.filter(pk=one.pk, refresh_at=lease_until)
    if again_at is None:
        newer = Q(refresh_asked_at__gt=one.refresh_asked_at)
        after = now + EVERY
        mine.update(
            refresh_at=Case(When(newer, then=after), default=None),
            refreshed_at=now if is_tried else F("refreshed_at"),
            refresh_tries=0,
        )
    else:
        mine.update(refresh_at=again_at, refresh_tries=one.refresh_tries + is_tried)


_AGAIN = frozenset({Outcome.NOT_SENT, Outcome.SHUT, Outcome.HELD, Outcome.FAULTED,
                    Outcome.DOUBTFUL})  # fmt: skip
