"""The Celery tasks of every room: they only start the work; the rows say what is to be done.

A worker does one task at a time, so none of these waits for a mail server: mails are sent in
background threads. Called directly, a task sends them before it returns.
"""

from typing import Any

from celery import shared_task
from django.utils import timezone

from care.audit.seal import seal_access_log
from journaling.exports.jobs import run_next_export
from journaling.exports.parts import all_export_parts
from journaling.safety.sweep import sweep_safety
from notifications.engine.sweep import sweep
from notifications.engine.tick import EXPORTS_TASK, database_clock, dispatch, notify_worker
from notifications.push.gateway import push_gateway
from notifications.staff.mail_threads import run_at_once, run_in_thread
from notifications.staff.outbox import (
    ACTS,
    CALLS,
    EMERGENCIES,
    REMINDERS,
    RESETS,
    MailKind,
    send_waiting_mail,
)


@shared_task(name="notifications.tasks.dispatch_due")
def dispatch_due(**_: object) -> None:
    """Send what is due; running twice, late or not at all changes nothing but latency."""
    dispatch(clock=database_clock(here=timezone.now), gateway=push_gateway())


@shared_task(name="notifications.tasks.sweep_reminders")
def sweep_reminders(**_: object) -> None:
    """Reconcile; running twice or not at all changes nothing that an endpoint did at once."""
    sweep(now=timezone.now())


@shared_task(bind=True, name="notifications.tasks.call_about_safety")
def call_about_safety(task: Any, /, **_: object) -> None:
    """Look for safety events once more, take the steps that are due, and call staff."""
    sweep_safety(now=database_clock(here=timezone.now)())
    _send_waiting(task, CALLS)


@shared_task(bind=True, name="notifications.tasks.send_resets")
def send_resets(task: Any, /, **_: object) -> None:
    """Send the codes of forgotten passwords; two tasks at once send none twice."""
    _send_waiting(task, RESETS)


@shared_task(bind=True, name="notifications.tasks.mail_reminders")
def mail_reminders(task: Any, /, **_: object) -> None:
    """Send the reminders that reached no device by mail; two tasks at once send none twice."""
    _send_waiting(task, REMINDERS)


@shared_task(bind=True, name="notifications.tasks.tell_of_emergencies")
def tell_of_emergencies(task: Any, /, **_: object) -> None:
    """Send notices of emergency access and acts; two tasks at once send none twice."""
    _send_waiting(task, EMERGENCIES, ACTS)


def _send_waiting(task: Any, *kinds: MailKind[Any]) -> None:
    """Send mails in threads; where the task is called directly, at once."""
    start = run_at_once if task.request.called_directly else run_in_thread
    send_waiting_mail(clock=database_clock(here=timezone.now), kinds=kinds, start=start)


@shared_task(name=EXPORTS_TASK)
def make_exports(**_: object) -> None:
    """Work on one export for a few seconds, and enqueue itself while there is more to do.

    Any number may run: the next tick finds what is waiting or was left behind.
    """
    if run_next_export(parts=all_export_parts(), clock=timezone.now):
        notify_worker(EXPORTS_TASK)


@shared_task(name="notifications.tasks.seal_audit")
def seal_audit(**_: object) -> None:
    """Seal the access log, each minute; running twice, late or never at one tick is harmless."""
    seal_access_log(now=timezone.now())
