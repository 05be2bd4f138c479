"""The outcome of an occurrence: decided from the results of its devices, and recorded.

It is recorded only while the lease of the worker still holds. Beside what certainly reached no
device stands the mail of a patient who chose it, written in the same transaction.
"""

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.db import bulk
from backend.kit.db.claims import disable_seqscan
from notifications.engine.step import Leased
from notifications.engine.throttle import PROBE_TIMEOUT, PROBE_WAIT
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence, ReminderMail
from notifications.models.reminder import Reminder
from notifications.push.gateway import INBOX_CODE, PushResult, SendOutcome

State = Occurrence.State

#: So many ambiguous answers are sent again: the gateway may have taken the message.
MOST_AMBIGUOUS = 1
#: Google's least pause before another try; it doubles from try to try.
FIRST_RETRY_PAUSE = timedelta(seconds=10)
#: Doubled so often the pause is longer than the longest window.
MOST_DOUBLINGS = 14
#: A pause that would outlast the window ends so long before it: a last try, and ticks to make it.
LAST_TRY_BEFORE_END = timedelta(seconds=15)

_RETRIED = (
    SendOutcome.NOT_SENT,
    SendOutcome.BACK_OFF,
    SendOutcome.FAULTED,
    SendOutcome.AMBIGUOUS,
    SendOutcome.HELD,
)
#: What certainly no device has: FCM has shown what it answered with a fault.
_NOT_TAKEN = frozenset(
    {
        SendOutcome.DEAD_ADDRESS, SendOutcome.REFUSED, SendOutcome.NOT_SENT, SendOutcome.BACK_OFF,
        SendOutcome.HELD,
    }
)  # fmt: skip


class OccurrenceOutcome(NamedTuple):
    """The state of one occurrence. ``next_attempt_at`` is when it is tried again, if ever."""

    item: Leased
    state: str
    reason: str
    next_attempt_at: datetime | None = None
    ambiguous_count: int = 0
    done: tuple[str, ...] = ()
    sent_at: datetime | None = None
    #: Whether this was no attempt, because a throttle was blocked.
    is_held: bool = False
    #: Whether no device can have shown it, now or before, so that it may go by mail.
    is_unreached: bool = False


def suppressed(item: Leased, reason: str) -> OccurrenceOutcome:
    """Return the outcome of an occurrence for which nothing is sent."""
    if item.sent_at is not None:
        return OccurrenceOutcome(
            item, State.SENT, reason, ambiguous_count=item.ambiguous_count, sent_at=item.sent_at
        )
    if reason == "expired":
        state = State.UNKNOWN if item.ambiguous_count else State.EXPIRED
    else:
        state = State.SKIPPED
    return OccurrenceOutcome(
        item, state, reason, ambiguous_count=item.ambiguous_count,
        is_unreached=reason == "no_device" and _is_untried(item),
    )  # fmt: skip


def postponed(item: Leased, reason: str, *, next_attempt_at: datetime) -> OccurrenceOutcome:
    """Return the outcome of one that waits, as another message was too recent: no attempt."""
    return OccurrenceOutcome(
        item, State.PENDING, reason, next_attempt_at=next_attempt_at,
        ambiguous_count=item.ambiguous_count, done=item.settled_devices,
        sent_at=item.sent_at, is_held=True,
    )  # fmt: skip


def failed(item: Leased) -> OccurrenceOutcome:
    """Return the outcome of an occurrence whose message raised while it was built."""
    return OccurrenceOutcome(item, State.FAILED, "fault", ambiguous_count=item.ambiguous_count)


def decide_outcome(
    item: Leased, results: Sequence[PushResult], *, now: datetime
) -> OccurrenceOutcome:
    """Return the outcome of one occurrence from the results of all its devices."""
    outcome = _outcome_of_results(item, results, now=now)
    is_unreached = _is_untried(item) and all(map(_reached_nobody, results))
    if is_unreached and outcome.next_attempt_at is None:
        return outcome._replace(is_unreached=True)
    return outcome


def _is_untried(item: Leased) -> bool:
    """Whether no message of it was ever begun."""
    return not (item.attempts or item.crash_count or item.sent_at)


def _reached_nobody(result: PushResult) -> bool:
    return result.outcome in _NOT_TAKEN or (result.device is None and result.code == INBOX_CODE)


def _outcome_of_results(
    item: Leased, results: Sequence[PushResult], *, now: datetime
) -> OccurrenceOutcome:
    is_sent = any(result.outcome is SendOutcome.SENT for result in results)
    sent_at = item.sent_at or (now if is_sent else None)
    to_retry = [result for result in results if result.outcome in _RETRIED]
    if to_retry:
        return _retry_or_end(item, results, to_retry, sent_at=sent_at, now=now)
    if sent_at is not None:
        return OccurrenceOutcome(
            item, State.SENT, _first_code(results, SendOutcome.SENT),
            ambiguous_count=item.ambiguous_count, sent_at=sent_at,
        )  # fmt: skip
    if any(result.outcome is SendOutcome.REFUSED for result in results):
        return OccurrenceOutcome(
            item,
            State.FAILED,
            _first_code(results, SendOutcome.REFUSED),
            ambiguous_count=item.ambiguous_count,
        )
    return OccurrenceOutcome(
        item,
        State.DEAD_DEVICE,
        _first_code(results, SendOutcome.DEAD_ADDRESS),
        ambiguous_count=item.ambiguous_count,
    )


def _retry_or_end(
    item: Leased,
    results: Sequence[PushResult],
    to_retry: Sequence[PushResult],
    *,
    sent_at: datetime | None,
    now: datetime,
) -> OccurrenceOutcome:
    """Return a retry, or the final state if the window ends or it was ambiguous twice.

    A refusal for the moment is not ambiguous: it is tried again until its window is over.
    """
    is_held = all(result.outcome is SendOutcome.HELD for result in results)
    ambiguous_count = item.ambiguous_count + any(
        result.outcome is SendOutcome.AMBIGUOUS for result in to_retry
    )
    next_attempt_at = _next_attempt_at(item, to_retry, now=now)
    code = next((r.code for r in to_retry if r.outcome is not SendOutcome.HELD), to_retry[0].code)
    if ambiguous_count <= MOST_AMBIGUOUS and next_attempt_at < item.not_after:
        done = {str(r.device) for r in results if r.outcome not in _RETRIED and r.device}
        return OccurrenceOutcome(
            item, State.PENDING, code, next_attempt_at=next_attempt_at,
            ambiguous_count=ambiguous_count, sent_at=sent_at, is_held=is_held,
            done=tuple(sorted(done | set(item.settled_devices))),
        )  # fmt: skip
    if sent_at is not None:
        return OccurrenceOutcome(
            item, State.SENT, code, ambiguous_count=ambiguous_count, sent_at=sent_at
        )
    if ambiguous_count:
        return OccurrenceOutcome(item, State.UNKNOWN, code, ambiguous_count=ambiguous_count)
    return OccurrenceOutcome(item, State.EXPIRED, code)


def _next_attempt_at(item: Leased, to_retry: Sequence[PushResult], *, now: datetime) -> datetime:
    """Return when it is tried again: after 10 s, 20 s, 40 s …, spread by up to a fifth more.

    A pause of ours that outlasts the window is cut to leave a last try in it; one that the gateway
    asked for is not.
    """
    asked = timedelta(seconds=max(result.retry_after or 0 for result in to_retry))
    last = item.not_after - LAST_TRY_BEFORE_END
    if all(result.outcome is SendOutcome.HELD for result in to_retry):
        # A blocked throttle may open sooner, where another worker probes it or soon will.
        is_near = now + asked >= item.not_after and asked <= PROBE_TIMEOUT
        return max(now + PROBE_WAIT, last) if is_near else now + asked
    doubled: timedelta = FIRST_RETRY_PAUSE * 2 ** min(item.attempts, MOST_DOUBLINGS)
    spread = 1 + (zlib.crc32(item.id.bytes) % 1000) / 5000
    next_attempt_at = now + max(doubled, asked) * spread
    return (
        next_attempt_at
        if next_attempt_at < item.not_after
        else max(now + max(FIRST_RETRY_PAUSE, asked), last)
    )


def _first_code(results: Sequence[PushResult], outcome: SendOutcome) -> str:
    return next(result.code for result in results if result.outcome is outcome)


def record_outcomes(*, settled: Sequence[OccurrenceOutcome], lease_id: UUID) -> int:
    """Record the outcomes; return how many occurrences still belonged to this worker."""
    rows = [
        (
            outcome.item.id, lease_id, outcome.state, outcome.reason[:40], outcome.next_attempt_at,
            outcome.ambiguous_count, list(outcome.done) or None, outcome.sent_at,
            outcome.item.attempts + (not outcome.is_held),
        )
        for outcome in settled
    ]  # fmt: skip
    names = (
        "id", "lease_id", "state", "reason", "next_attempt_at", "ambiguous_count",
        "settled_devices", "sent_at", "attempts",
    )  # fmt: skip
    if not rows:
        return 0
    unreached = [outcome.item for outcome in settled if outcome.is_unreached]
    with transaction.atomic(savepoint=False):
        disable_seqscan()
        recorded = bulk.bulk_update(Occurrence, names, rows, keys=2)
        if unreached:
            _request_mails(unreached, lease_id)
    return recorded


def _request_mails(unreached: Sequence[Leased], lease_id: UUID) -> None:
    """Write the mails of what this worker has just settled, for patients who chose them.

    None is written for a nudge: the first mail still lies there. An occurrence has one at most,
    however often it is put off.
    """
    items = {item.id: item for item in unreached if not item.is_nudge}
    chosen = Occurrence.objects.filter(
        id__among=list(items), lease_id=lease_id, next_attempt_at__isnull=True,
        patient__reminder_mail=True,
    )  # fmt: skip
    rows = [
        (item.id, item.patient, item.waiting, item.not_after, item.due_at, 0, "")
        for item in (items[pk] for pk in chosen.values_list("pk", flat=True))
    ]
    names = (
        "occurrence", "patient", "waiting", "not_after", "next_attempt_at", "attempts", "reason",
    )  # fmt: skip
    bulk.bulk_insert_ignore(ReminderMail, names, rows)


def end_dead_devices(*, results: Sequence[PushResult], now: datetime) -> int:
    """End the devices whose address will never work again; return how many."""
    dead = {
        result.device: result.code
        for result in results
        if result.outcome is SendOutcome.DEAD_ADDRESS and result.device is not None
    }
    ended = 0
    for code in sorted(set(dead.values())):
        ids = [device for device, its_code in dead.items() if its_code == code]
        ended += Device.objects.filter(pk__in=ids, ended_at__isnull=True).update(
            ended_at=now, ended_reason=code[:30]
        )
    return ended


def halve_frequency(*, missed: Collection[int], now: datetime) -> None:
    """Halve these series from now on, and ask their patients once whether to change the time."""
    if missed:
        Reminder.objects.filter(row__among=missed, halved_at__isnull=True).update(
            halved_at=now, asked_at=now, rev=F("rev") + 1
        )
