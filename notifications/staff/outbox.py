"""The outbox: mails about safety, forgotten passwords, emergencies, acts and reminders.

A row that calls for a mail is its job as well (``backend.kit.jobs``), so that neither is there
without the other. Here stand the kinds of mail, and the one way in which each is sent, in any
number of workers at once; a request never waits for it. Whether anything waits costs one indexed
statement for each kind.

Each kind is sent in a thread of its own: a worker has one process and one task at a time, so a mail
server that accepts a connection and then says nothing would hold it, and every reminder behind it,
for as long as the time-out of each mail. A server that doesn't answer is left alone for a while.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic

from django.conf import settings

from backend.kit.db import rls_actor
from backend.kit.db.claims import require_autocommit
from backend.kit.jobs import Lease, LeaseLost, Queue, Row
from care.accounts import password_reset
from care.models import AdministrativeAct, BreakGlass, PasswordReset, StaffCall
from care.privacy import break_glass, oversight
from journaling.safety.escalation import (
    CALL_GIVEN_UP_AFTER,
    CALL_MAILS,
    CallNotNeeded,
    address_of_call,
)
from notifications import wording
from notifications.engine.reminder_mail import (
    REMINDER_MAILS,
    expire_reminder_mails,
    prepare_reminder_mail,
)
from notifications.models.occurrence import ReminderMail
from notifications.push.gateway import SendOutcome
from notifications.staff.email import (
    Letter,
    SendResult,
    block_server,
    is_server_blocked,
    note_answer,
    send_letter,
)
from notifications.staff.mail_threads import run_in_thread

log = logging.getLogger(__name__)

#: As many jobs as one run begins, and for how long: newer ones may wait behind it.
JOBS_PER_RUN = 100
RUN_SECONDS = 20.0

Clock = Callable[[], datetime]
Runner = Callable[[str, Callable[[], object]], object]

_BEST_FIRST = (
    SendOutcome.SENT, SendOutcome.REFUSED, SendOutcome.NOT_SENT, SendOutcome.AMBIGUOUS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MailKind(Generic[Row]):
    """One kind of mail: which rows wait for it, what is sent for each, and when it is given up."""

    name: str
    queue: Queue[Row]
    #: On whose behalf rows are read.
    actor: str
    #: The letters of a row. One that is taken settles it, and so does one that is refused for good;
    #: without any there is nobody to try again.
    letters: Callable[[Lease[Row], datetime], Sequence[Letter]]
    #: Settles what is not tried any more, before others are.
    expire: Callable[[datetime], None] = lambda _: None
    #: Whether a row that was not sent is tried no more; it gets how the server answered.
    is_given_up: Callable[[Row, SendResult, datetime], bool] = lambda *_: False
    #: Whether it waits while the server is left alone; a call about safety has pauses of its own.
    waits_for_server: bool = True
    #: Whether the row keeps when it was sent, or why it was not.
    keeps_result: bool = False
    #: Whether what the server may have taken is left as it is, as it is after a worker died; the
    #: letters have forbidden followers.
    is_sent_once: bool = False


def _call_letters(lease: Lease[StaffCall], now: datetime) -> list[Letter]:
    address = address_of_call(call=lease.row, now=now)
    return [Letter(address, wording.STAFF_CALL, wording.STAFF_CALL_BODY)]


def _reset_letters(lease: Lease[PasswordReset], now: datetime) -> list[Letter]:
    prepared = password_reset.prepare_reset_mail(lease=lease, now=now)
    if prepared is None:
        return []
    address, code = prepared
    return [Letter(address, wording.RESET_CODE, wording.RESET_CODE_BODY.format(code=code))]


def _emergency_letters(lease: Lease[BreakGlass], now: datetime) -> list[Letter]:
    return [
        Letter(address, wording.EMERGENCY_NOTICE, wording.EMERGENCY_NOTICE_BODY)
        for address in break_glass.emergency_addresses(opening=lease.row)
    ]


def _act_letters(lease: Lease[AdministrativeAct], now: datetime) -> list[Letter]:
    officers = oversight.officer_addresses(clinic_id=lease.row.clinic_id)
    return [
        *(Letter(address, wording.ACT_NOTICE, wording.ACT_NOTICE_BODY) for address in officers),
        *(
            Letter(address, wording.CONCERNED_NOTICE, wording.CONCERNED_NOTICE_BODY)
            for address in oversight.concerned_addresses(act=lease.row)
        ),
    ]


def _reminder_letters(lease: Lease[ReminderMail], now: datetime) -> list[Letter]:
    prepared = prepare_reminder_mail(lease=lease, now=now)
    if prepared is None:
        return []
    return [Letter(prepared.address, prepared.sentence, f"{prepared.sentence}\n")]


CALLS: MailKind[StaffCall] = MailKind(
    name="calls",
    queue=CALL_MAILS,
    actor=rls_actor.SAFETY_ACTOR,
    letters=_call_letters,
    is_given_up=lambda call, _, now: now - call.at >= CALL_GIVEN_UP_AFTER,
    waits_for_server=False,
    keeps_result=True,
)
RESETS: MailKind[PasswordReset] = MailKind(
    name="resets",
    queue=password_reset.RESET_MAILS,
    actor=rls_actor.RESETS_ACTOR,
    letters=_reset_letters,
    expire=lambda now: password_reset.expire_reset_mails(now=now),
    # A server that doesn't answer is asked again while the code would be good.
    is_given_up=lambda row, result, _: (
        result.is_answered and row.attempts >= password_reset.MOST_MAIL_ATTEMPTS
    ),
)
EMERGENCIES: MailKind[BreakGlass] = MailKind(
    name="emergencies",
    queue=break_glass.EMERGENCY_MAILS,
    actor=rls_actor.EMERGENCY_ACTOR,
    letters=_emergency_letters,
    expire=lambda now: break_glass.expire_emergency_mails(now=now),
)
ACTS: MailKind[AdministrativeAct] = MailKind(
    name="acts",
    queue=oversight.ACT_MAILS,
    actor=rls_actor.EMERGENCY_ACTOR,
    letters=_act_letters,
    expire=lambda now: oversight.expire_act_mails(now=now),
)
REMINDERS: MailKind[ReminderMail] = MailKind(
    name="reminders",
    queue=REMINDER_MAILS,
    actor=rls_actor.REMINDERS_ACTOR,
    letters=_reminder_letters,
    expire=lambda now: expire_reminder_mails(now=now),
    keeps_result=True,
    is_sent_once=True,
)
KINDS: tuple[MailKind[Any], ...] = (CALLS, RESETS, EMERGENCIES, ACTS, REMINDERS)


def send_waiting_mail(
    *,
    clock: Clock,
    kinds: Sequence[MailKind[Any]] = KINDS,
    start: Runner = run_in_thread,
) -> None:
    """Send the mails of these kinds that wait, each kind by itself; ``start`` runs it."""
    for kind in kinds:
        with rls_actor.acting_as(kind.actor):
            is_waiting = kind.queue.due(now=clock()).exists()
        if is_waiting:
            start(kind.name, partial(send_mail, kind, clock=clock))


def send_mail(kind: MailKind[Any], *, clock: Clock) -> Counter[str]:
    """Send the mails of one kind that wait, outside any transaction; return the count of each end.

    ``sent``, ``failed`` for good, ``skipped`` as it is needed no more, ``pending`` until it is
    tried again, ``unknown`` where it may have been taken, or ``lost`` to another worker. No mail is
    begun after ``RUN_SECONDS``, nor once the server did not answer.
    """
    require_autocommit()
    stop_at = time.monotonic() + RUN_SECONDS
    tally: Counter[str] = Counter()
    with rls_actor.acting_as(kind.actor):
        kind.expire(clock())
        if kind.waits_for_server and (not settings.STAFF_MAIL or is_server_blocked(now=clock())):
            return tally
        while time.monotonic() < stop_at and tally.total() < JOBS_PER_RUN:
            lease = kind.queue.claim_next(now=clock())
            if lease is None:
                break
            state, is_answered = _work_on(kind, lease, clock)
            tally[state] += 1
            if not is_answered:
                break
    for state, count in sorted(tally.items()):
        extra = {"event": "mailed", "task": kind.name, "state": state, "count": count}
        log.info("mailed", extra=extra)
    return tally


def _work_on(kind: MailKind[Any], lease: Lease[Any], clock: Clock) -> tuple[str, bool]:
    """Send the letters of one job and record the end; return it, and whether the server answers."""
    at_fault = SendOutcome.NOT_SENT
    try:
        letters = kind.letters(lease, clock())
        if not letters:
            return _finish(lease, "skipped"), True
        at_fault = SendOutcome.AMBIGUOUS
        result = _send_letters(kind, lease, letters, clock)
    except LeaseLost:
        return "lost", True
    except CallNotNeeded as settled:
        state = "failed" if settled.reason == "no_address" else "skipped"
        return _finish(lease, state, reason=settled.reason), True
    except Exception as fault:  # one row that breaks keeps the mails from no other
        code = type(fault).__name__
        log.exception("no letter", extra={"event": "fault", "task": kind.name, "code": code})
        result = SendResult(at_fault, code)
    return _record(kind, lease, result, clock()), result.is_answered


def _send_letters(
    kind: MailKind[Any], lease: Lease[Any], letters: Sequence[Letter], clock: Clock
) -> SendResult:
    """Send each letter, and return the best that came of one.

    :raises LeaseLost: another worker holds the row by now, and sends the letters that are left.
    """
    results: list[SendResult] = []
    for letter in letters:
        if results:
            lease.renew(now=clock())
        results.append(send_letter(letter))
        if not results[-1].is_answered:
            _leave_server_alone(kind, lease, clock())
            break
        note_answer()
    best = min(results, key=lambda result: _BEST_FIRST.index(result.outcome))
    return best._replace(is_answered=results[-1].is_answered)


def _record(kind: MailKind[Any], lease: Lease[Any], result: SendResult, now: datetime) -> str:
    """Record what came of a job, unless another worker holds it by now; return it."""
    is_sent = result.outcome is SendOutcome.SENT
    if kind.is_sent_once and result.outcome is SendOutcome.AMBIGUOUS:
        return "unknown"
    kept: dict[str, object] = {}
    if kind.keeps_result:
        kept = {"reason": result.code[:40]} | ({"sent_at": now} if is_sent else {})
    if is_sent:
        return _finish(lease, "sent", **kept)
    if result.outcome is SendOutcome.REFUSED or kind.is_given_up(lease.row, result, now):
        return _finish(lease, "failed", **kept)
    return "pending" if lease.retry(now=now, **kept) else "lost"


def _finish(lease: Lease[Any], state: str, **columns: object) -> str:
    return state if lease.finish(**columns) else "lost"


def _leave_server_alone(kind: MailKind[Any], lease: Lease[Any], now: datetime) -> None:
    """Let no other mail try the server meanwhile: none of this kind, or none of those that wait."""
    if kind.waits_for_server:
        block_server(now=now)
    else:
        pause = kind.queue.pause(attempts=lease.row.attempts)
        kind.queue.postpone_due(now=now, until=now + pause)
