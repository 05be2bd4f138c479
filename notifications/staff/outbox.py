"""The outbox of mail: safety alerts to staff, reset codes, and notices to administrators.

It runs at every tick, in any number of workers at once; a request never waits for it. Whether
anything waits costs one indexed statement for each kind.

Each kind is sent in a thread of its own: a worker has one process and one task at a time, so a mail
server that accepts a connection and then says nothing would hold it, and every reminder behind it,
for as long as the time-out of each mail. A server that doesn't answer is left alone for a while.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F

from backend.kit.db import bulk, rls_actor
from backend.kit.db.claims import claim, require_autocommit
from care.accounts import password_reset
from care.accounts.password_reset import MailServerUnavailable
from care.oncall import calls
from care.oncall.calls import staff_addresses
from care.privacy import break_glass, oversight
from journaling.safety.escalation import escalate_due
from journaling.safety.read_events import notifiable_events
from journaling.safety.sweep import sweep_journals
from notifications.models.device import GatewayThrottle
from notifications.models.safety_alert import SafetyAlert
from notifications.push.gateway import SendOutcome
from notifications.staff.email import (
    send_act_notice,
    send_concerned_notice,
    send_emergency_notice,
    send_reset_code,
    send_staff_call,
)

log = logging.getLogger(__name__)

#: As many as one run sends.
ALERTS_PER_RUN = 20
#: A run begins no message after so long: newer ones may wait behind it.
ALERT_RUN_SECONDS = 20.0
ALERT_LEASE = timedelta(minutes=2)
#: The pause after a try that failed doubles from here to there.
ALERT_FIRST_PAUSE, ALERT_LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=4)
#: After so long the step is over: a newer one calls again.
ALERT_GIVEN_UP_AFTER = timedelta(days=1)
#: The throttle of the mail server, beside those of the push gateways.
MAIL_THROTTLE = "mail"
#: How long it is left alone after it didn't answer: doubled each time in a row, up to the longest.
SERVER_FIRST_PAUSE, SERVER_LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=5)
#: So often doubled it is as long as it gets.
SERVER_MOST_FAULTS = 5
#: A thread that runs for longer hangs: another is started beside it. Rows are claimed.
HUNG_AFTER_SECONDS = 300.0

State = SafetyAlert.State
Clock = Callable[[], datetime]
Runner = Callable[[str, Callable[[], object]], object]
Answer = TypeVar("Answer")

_started_at: dict[str, float] = {}
_started_lock = threading.Lock()


def run_in_thread(name: str, work: Callable[[], object]) -> bool:
    """Run work in a background thread, unless the one before still runs; return whether it began.

    The thread ends with its process: what it had claimed is claimed again.
    """
    began = time.monotonic()
    with _started_lock:
        if began - _started_at.get(name, -HUNG_AFTER_SECONDS) < HUNG_AFTER_SECONDS:
            return False
        _started_at[name] = began
    threading.Thread(target=_run_and_log, args=(name, work, began), name=name, daemon=True).start()
    return True


def _run_and_log(name: str, work: Callable[[], object], began: float) -> None:
    try:
        work()
    except Exception as fault:  # no caller waits for it: it can only be logged here
        code = type(fault).__name__
        log.exception("work apart failed", extra={"event": "apart_failed", "code": code})
    finally:
        connections.close_all()
        with _started_lock:
            if _started_at.get(name) == began:
                del _started_at[name]


def send_waiting_mail(*, clock: Clock, start: Runner = run_in_thread) -> None:
    """Send all mail that waits, each kind by itself; ``start`` runs it."""
    prepare_alerts(clock=clock)
    now = clock()
    for name, is_waiting, work in (
        ("safety", has_due_alerts, partial(send_alerts, clock=clock)),
        ("resets", password_reset.has_unsent_reset_mail, lambda: send_reset_codes(now=clock())),
        ("emergencies", has_waiting_notices, lambda: send_notices(now=clock())),
    ):
        if is_waiting(now=now):
            start(name, work)


def alert_staff(*, clock: Clock) -> Counter[str]:
    """Prepare and send the alerts that are due; return how many ended in which state."""
    prepare_alerts(clock=clock)
    return send_alerts(clock=clock)


@rls_actor.acting_as(rls_actor.SAFETY_ACTOR)
def prepare_alerts(*, clock: Clock) -> None:
    """Find safety events, escalate them, and enqueue their alerts; nothing is sent.

    A part that fails stops no other: what was enqueued before is sent all the same.
    """
    parts = (("sweep", sweep_journals), ("steps", escalate_due), ("outbox", enqueue_alerts))
    for name, part in parts:
        try:
            part(now=clock())
        except Exception:
            log.exception("calling staff failed", extra={"event": "safety_failed", "code": name})


@rls_actor.acting_as(rls_actor.SAFETY_ACTOR)
def has_due_alerts(*, now: datetime) -> bool:
    """Whether a message waits to be sent."""
    return SafetyAlert.objects.filter(next_attempt_at__lte=now).exists()


def enqueue_alerts(*, now: datetime) -> int:
    """Enqueue an alert for every call that has none yet; return how many."""
    with transaction.atomic():
        rows = [
            SafetyAlert(
                call_id=call.pk, channel=SafetyAlert.Channel.EMAIL, next_attempt_at=now,
                created_at=now,
            )
            for call in calls.claim_calls(now=now)
        ]  # fmt: skip
        return len(SafetyAlert.objects.bulk_create(rows))


@rls_actor.acting_as(rls_actor.SAFETY_ACTOR)
def send_alerts(*, clock: Clock) -> Counter[str]:
    """Send what is due, one by one, outside any transaction; return how many ended in which state.

    Whether the event is still open and may be told of is checked again at the moment of sending.
    """
    require_autocommit()
    stop_at = time.monotonic() + ALERT_RUN_SECONDS
    tally: Counter[str] = Counter()
    due = SafetyAlert.objects.filter(next_attempt_at__lte=clock()).order_by("next_attempt_at", "id")
    for alert in list(due.select_related("call")[:ALERTS_PER_RUN]):
        lease_id = uuid4()
        if time.monotonic() > stop_at or not _claim_alert(alert, lease_id, clock()):
            continue
        state = _send_alert(alert, lease_id, clock)
        tally[state] += 1
        if state == State.PENDING:
            # The server is not there: postpone the others as well instead of trying it with each.
            due.update(next_attempt_at=clock() + _alert_pause(alert.attempts))
            break
    for state, count in sorted(tally.items()):
        log.info("staff called", extra={"event": "staff_called", "state": state, "count": count})
    return tally


def _claim_alert(alert: SafetyAlert, lease_id: UUID, now: datetime) -> bool:
    unclaimed = SafetyAlert.objects.filter(
        pk=alert.pk, next_attempt_at=alert.next_attempt_at, state__in=[State.PENDING, State.LEASED]
    )
    return (
        claim(unclaimed, state=State.LEASED, lease_id=lease_id, next_attempt_at=now + ALERT_LEASE)
        == 1
    )


def _send_alert(alert: SafetyAlert, lease_id: UUID, clock: Clock) -> str:
    now, call = clock(), alert.call
    if call.event_id not in notifiable_events(event_ids=[call.event_id], now=now):
        return _record_alert(
            alert, lease_id, state=State.SKIPPED, next_attempt_at=None, reason="not_open"
        )
    address = staff_addresses(staff=[call.clinician_id]).get(call.clinician_id)
    if address is None:
        return _record_alert(
            alert, lease_id, state=State.FAILED, next_attempt_at=None, reason="no_address"
        )
    outcome, code = send_staff_call(address=address)
    now = clock()
    if outcome == SendOutcome.SENT:
        return _record_alert(
            alert, lease_id, state=State.SENT, next_attempt_at=None, reason="", sent_at=now
        )
    if outcome == SendOutcome.REFUSED or now - alert.created_at >= ALERT_GIVEN_UP_AFTER:
        return _record_alert(
            alert, lease_id, state=State.FAILED, next_attempt_at=None, reason=code[:40]
        )
    return _record_alert(
        alert, lease_id, state=State.PENDING, next_attempt_at=now + _alert_pause(alert.attempts),
        reason=code[:40], attempts=F("attempts") + 1,
    )  # fmt: skip


def _alert_pause(attempts: int) -> timedelta:
    doubled = timedelta(seconds=ALERT_FIRST_PAUSE.seconds << min(attempts, 10))
    return min(doubled, ALERT_LONGEST_PAUSE)


def _record_alert(alert: SafetyAlert, lease_id: UUID, **columns: object) -> str:
    """Record the outcome, unless another worker holds it by now; return the state."""
    SafetyAlert.objects.filter(pk=alert.pk, lease_id=lease_id).update(lease_id=None, **columns)
    return str(columns["state"])


def send_reset_codes(*, now: datetime) -> int:
    """Send the codes of forgotten passwords; return how many."""
    if not settings.STAFF_MAIL:
        password_reset.delete_requests_without_address(now=now)
        return 0
    if _is_server_blocked(now):
        return 0
    return password_reset.send_reset_mails(mailer=_MailServer(now).send_reset, now=now)


def send_notices(*, now: datetime) -> int:
    """Send notices of emergency access and of acts of administrators; return how many."""
    if not settings.STAFF_MAIL or _is_server_blocked(now):
        return 0
    sent = break_glass.notify_privacy_officers(mailer=_MailServer(now).send_emergency, now=now)
    server = _MailServer(now)
    return sent + oversight.send_act_mails(
        to_officer=server.send_act, to_concerned=server.send_act_about_you, now=now
    )


def has_waiting_notices(*, now: datetime) -> bool:
    """Whether a notice of an emergency or of an act is still to be sent."""
    is_emergency_waiting = break_glass.has_unsent_break_glass_mail(now=now)
    return is_emergency_waiting or oversight.has_unsent_act_mail(now=now)


class _MailServer:
    """The mail server in one run: once it doesn't answer, nothing more is tried."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._is_down = False

    def send_reset(self, address: str, code: str) -> None:
        self._try(lambda: send_reset_code(address, code))

    def send_emergency(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: send_emergency_notice(address))

    def send_act(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: send_act_notice(address))

    def send_act_about_you(self, address: str) -> bool:
        return not self._is_down and self._try(lambda: send_concerned_notice(address))

    def _try(self, send: Callable[[], Answer]) -> Answer:
        try:
            answer = send()
        except MailServerUnavailable:
            self._is_down = True
            _block_server(self._now)
            raise
        GatewayThrottle.objects.filter(pk=MAIL_THROTTLE, consecutive_faults__gt=0).update(
            consecutive_faults=0, blocked_until=None, reason=""
        )
        return answer


def _is_server_blocked(now: datetime) -> bool:
    return GatewayThrottle.objects.filter(pk=MAIL_THROTTLE, blocked_until__gt=now).exists()


def _block_server(now: datetime) -> None:
    bulk.bulk_insert_ignore(GatewayThrottle, ("name", "reason"), [(MAIL_THROTTLE, "")])
    throttle = GatewayThrottle.objects.filter(pk=MAIL_THROTTLE)
    consecutive_faults = min(
        throttle.values_list("consecutive_faults", flat=True).get(), SERVER_MOST_FAULTS
    )
    pause = min(SERVER_FIRST_PAUSE * 2**consecutive_faults, SERVER_LONGEST_PAUSE)
    throttle.filter(consecutive_faults__lt=SERVER_MOST_FAULTS).update(
        consecutive_faults=F("consecutive_faults") + 1
    )
    throttle.update(blocked_until=now + pause, reason="no_answer")
