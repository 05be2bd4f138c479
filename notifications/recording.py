"""Writing down what became of a lease, by one statement, where its fence still holds."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from backend.kit import bulk
from backend.kit.rows import read_by_index
from notifications.gates import LOOK_AGAIN, PROBE
from notifications.gateways import Outcome, Result
from notifications.leases import Leased
from notifications.models import Device, Occurrence

State = Occurrence.State

#: The gateway may leave it open once whether it took a message; it is sent again once.
MOST_DOUBTS = 1
#: Google's least pause before another try; it doubles from try to try.
FIRST_PAUSE = timedelta(seconds=10)
#: Doubled so often the pause is longer than the longest window.
MOST_DOUBLINGS = 14
#: A pause that would outlast the window ends so long before it: a last try, and ticks to make it.
LAST_TRY = timedelta(seconds=15)

_RETRY = (Outcome.NOT_SENT, Outcome.SHUT, Outcome.FAULTED, Outcome.DOUBTFUL, Outcome.HELD)


class Settled(NamedTuple):
    """Where one occurrence stands now. ``wake_at`` says when it is tried again, if ever."""

    item: Leased
    state: str
    reason: str
    wake_at: datetime | None = None
    doubts: int = 0
    done: tuple[str, ...] = ()
    sent_at: datetime | None = None
    #: Whether this was no try at all, because a gate was shut.
    is_held: bool = False


def silent(item: Leased, reason: str) -> Settled:
    """Settle an occurrence that nothing was sent for."""
    if item.sent_at is not None:
        return Settled(item, State.SENT, reason, doubts=item.doubts, sent_at=item.sent_at)
    if reason == "expired":
        state = State.UNKNOWN if item.doubts else State.EXPIRED
    else:
        state = State.SKIPPED
    return Settled(item, state, reason, doubts=item.doubts)


def later(item: Leased, reason: str, *, wake_at: datetime) -> Settled:
    """Put an occurrence off, as another message was too short a time ago; that is no try."""
    return Settled(
        item, State.PENDING, reason, wake_at=wake_at, doubts=item.doubts, done=item.accepted,
        sent_at=item.sent_at, is_held=True,
    )  # fmt: skip


def faulty(item: Leased) -> Settled:
    """Settle an occurrence that we ourselves can't make a message of."""
    return Settled(item, State.FAILED, "fault", doubts=item.doubts)


def settle(item: Leased, results: Sequence[Result], *, now: datetime) -> Settled:
    """Judge the results of all devices of one occurrence together."""
    is_sent = any(result.outcome is Outcome.SENT for result in results)
    sent_at = item.sent_at or (now if is_sent else None)
    open_ones = [result for result in results if result.outcome in _RETRY]
    if open_ones:
        return _open(item, results, open_ones, sent_at=sent_at, now=now)
    if sent_at is not None:
        return Settled(item, State.SENT, _first(results, Outcome.SENT), doubts=item.doubts,
                       sent_at=sent_at)  # fmt: skip
    if any(result.outcome is Outcome.REFUSED for result in results):
        return Settled(item, State.FAILED, _first(results, Outcome.REFUSED), doubts=item.doubts)
    return Settled(item, State.DEAD_DEVICE, _first(results, Outcome.DEAD), doubts=item.doubts)


def _open(
    item: Leased,
    results: Sequence[Result],
    open_ones: Sequence[Result],
    *,
    sent_at: datetime | None,
    now: datetime,
) -> Settled:
    """Try again what is open, or say what is known if there is no time left, or a second doubt.

    An answer is no doubt: what was refused for the moment is tried until its window is over.
    """
    is_held = all(result.outcome is Outcome.HELD for result in results)
    doubts = item.doubts + any(result.outcome is Outcome.DOUBTFUL for result in open_ones)
    wake_at = _again_at(item, open_ones, now=now)
    code = next((r.code for r in open_ones if r.outcome is not Outcome.HELD), open_ones[0].code)
    if doubts <= MOST_DOUBTS and wake_at < item.not_after:
        done = {str(r.device) for r in results if r.outcome not in _RETRY and r.device}
        return Settled(item, State.PENDING, code, wake_at=wake_at, doubts=doubts,
                       done=tuple(sorted(done | set(item.accepted))), sent_at=sent_at,
                       is_held=is_held)  # fmt: skip
    if sent_at is not None:
        return Settled(item, State.SENT, code, doubts=doubts, sent_at=sent_at)
    if doubts:
        return Settled(item, State.UNKNOWN, code, doubts=doubts)
    return Settled(item, State.EXPIRED, code)


def _again_at(item: Leased, open_ones: Sequence[Result], *, now: datetime) -> datetime:
    """Tell when it is tried again: after 10 s, 20 s, 40 s …, spread by up to a fifth more.

    A pause of ours that outlasts the window is cut to leave a last try in it; one that the gateway
    asked for is not.
    """
    asked = timedelta(seconds=max(result.retry_after or 0 for result in open_ones))
    last = item.not_after - LAST_TRY
    if all(result.outcome is Outcome.HELD for result in open_ones):
        # Behind a gate it may be open sooner, where somebody probes it or soon will.
        is_near = now + asked >= item.not_after and asked <= PROBE
        return max(now + LOOK_AGAIN, last) if is_near else now + asked
    doubled: timedelta = FIRST_PAUSE * 2 ** min(item.attempts, MOST_DOUBLINGS)
    spread = 1 + (zlib.crc32(item.id.bytes) % 1000) / 5000
    wake_at = now + max(doubled, asked) * spread
    return wake_at if wake_at < item.not_after else max(now + max(FIRST_PAUSE, asked), last)


def _first(results: Sequence[Result], outcome: Outcome) -> str:
    return next(result.code for result in results if result.outcome is outcome)


def record(*, settled: Sequence[Settled], fence: UUID) -> int:
    """Write down where each occurrence stands; return how many still were this holder's."""
    rows = [
        (found.item.id, fence, found.state, found.reason[:40], found.wake_at, found.doubts,
         list(found.done) or None, found.sent_at, found.item.attempts + (not found.is_held))
        for found in settled
    ]  # fmt: skip
    names = ("id", "fence", "state", "reason", "wake_at", "doubts", "accepted", "sent_at",
             "attempts")  # fmt: skip
    if not rows:
        return 0
    with transaction.atomic(savepoint=False):
        read_by_index()
        return bulk.update_each(Occurrence, names, rows, keys=2)


def end_dead(*, results: Sequence[Result], now: datetime) -> int:
    """End the devices whose address will never work again, and only those."""
    dead = {
        result.device: result.code
        for result in results
        if result.outcome is Outcome.DEAD and result.device is not None
    }
    ended = 0
    for code in sorted(set(dead.values())):
        ids = [device for device, found in dead.items() if found == code]
        ended += Device.objects.filter(pk__in=ids, ended_at__isnull=True).update(
            ended_at=now, ended_reason=code[:30]
        )
    return ended
