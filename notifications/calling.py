"""Calling staff about safety events: look again, take the due steps, write the outbox, send it.

A save never waits for any of this. It runs at every tick, in any number of workers at once.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from backend.kit import actors
from backend.kit.rows import claim, refuse_inside_transaction
from care.actions import duty
from care.queries.staffing import addresses
from journaling.actions.safety_events import take_due_steps
from journaling.actions.safety_sweep import sweep
from journaling.queries.safety_events import to_be_told
from notifications.alert_models import SafetyAlert
from notifications.gateways.gateway import Outcome
from notifications.gateways.mail import send_call

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = SafetyAlert.State

#: As many as one run sends.
BATCH = 20
#: A run begins no message after so long: newer ones may wait behind it.
LONGEST_SECONDS = 20.0
LEASE = timedelta(minutes=2)
#: The pause after a try that failed doubles from here to there.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=4)
#: After so long the step is over: a newer one calls again.
GIVEN_UP_AFTER = timedelta(days=1)


def call_staff(*, clock: Clock) -> Counter[str]:
    """Do all of it once; return how many messages ended in which state."""
    note_calls(clock=clock)
    return send_alerts(clock=clock)


@actors.acting_as(actors.SAFETY)
def note_calls(*, clock: Clock) -> None:
    """Do all of it but the sending, for which nobody has to be waited.

    A part that fails stops no other: what was written before is sent all the same.
    """
    for name, part in (("sweep", sweep), ("steps", take_due_steps), ("outbox", write_alerts)):
        try:
            part(now=clock())
        except Exception:
            log.exception("calling staff failed", extra={"event": "safety_failed", "code": name})


@actors.acting_as(actors.SAFETY)
def is_any_due(*, now: datetime) -> bool:
    """Whether a message waits to be sent."""
    return SafetyAlert.objects.filter(wake_at__lte=now).exists()


def write_alerts(*, now: datetime) -> int:
    """Write a message for every call that has none yet; return how many."""
    with transaction.atomic():
        rows = [
            SafetyAlert(
                call_id=call.pk, channel=SafetyAlert.Channel.EMAIL, wake_at=now, created_at=now
            )
            for call in duty.hand_over(now=now)
        ]
        return len(SafetyAlert.objects.bulk_create(rows))


@actors.acting_as(actors.SAFETY)
def send_alerts(*, clock: Clock) -> Counter[str]:
    """Send what is due, one by one, outside any transaction; return how many ended in which state.

    At the moment of sending it is asked again whether the event is still open and may be told of.
    """
    refuse_inside_transaction()
    stop_at = time.monotonic() + LONGEST_SECONDS
    tally: Counter[str] = Counter()
    due = SafetyAlert.objects.filter(wake_at__lte=clock()).order_by("wake_at", "id")
    for alert in list(due.select_related("call")[:BATCH]):
        fence = uuid4()
        if time.monotonic() > stop_at or not _take(alert, fence, clock()):
            continue
        state = _send(alert, fence, clock)
        tally[state] += 1
        if state == State.PENDING:
            # The server is not there: let the others wait as well instead of trying it with each.
            due.update(wake_at=clock() + _pause(alert.attempts))
            break
    for state, count in sorted(tally.items()):
        log.info("staff called", extra={"event": "staff_called", "state": state, "count": count})
    return tally


def _take(alert: SafetyAlert, fence: UUID, now: datetime) -> bool:
    mine = SafetyAlert.objects.filter(
        pk=alert.pk, wake_at=alert.wake_at, state__in=[State.PENDING, State.LEASED]
    )
    return claim(mine, state=State.LEASED, fence=fence, wake_at=now + LEASE) == 1


def _send(alert: SafetyAlert, fence: UUID, clock: Clock) -> str:
    now, call = clock(), alert.call
    if call.event_id not in to_be_told(event_ids=[call.event_id], now=now):
        return _settle(alert, fence, state=State.SKIPPED, wake_at=None, reason="not_open")
    address = addresses(staff=[call.clinician_id]).get(call.clinician_id)
    if address is None:
        return _settle(alert, fence, state=State.FAILED, wake_at=None, reason="no_address")
    outcome, code = send_call(address=address)
    now = clock()
    if outcome == Outcome.SENT:
        return _settle(alert, fence, state=State.SENT, wake_at=None, reason="", sent_at=now)
    if outcome == Outcome.REFUSED or now - alert.created_at >= GIVEN_UP_AFTER:
        return _settle(alert, fence, state=State.FAILED, wake_at=None, reason=code[:40])
    return _settle(
        alert, fence, state=State.PENDING, wake_at=now + _pause(alert.attempts), reason=code[:40],
        attempts=F("attempts") + 1,
    )  # fmt: skip


def _pause(attempts: int) -> timedelta:
    return min(timedelta(seconds=FIRST_PAUSE.seconds << min(attempts, 10)), LONGEST_PAUSE)


def _settle(alert: SafetyAlert, fence: UUID, **columns: object) -> str:
    """Write down what became of it, unless somebody else holds it by now."""
    SafetyAlert.objects.filter(pk=alert.pk, fence=fence).update(fence=None, **columns)
    return str(columns["state"])
