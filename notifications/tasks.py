"""What Celery calls: it wakes the engine, and the database knows what to do.

A worker does one task at a time, so none of these waits for a mail server: mails have threads of
their own. Called directly, by somebody who wants to know what came of it, they are sent at once.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import shared_task
from django.utils import timezone

from care.actions import resets
from journaling.exporting import making
from notifications import calling, clock, mailing
from notifications.apart import run_apart
from notifications.dispatch import dispatch
from notifications.exporting import every_part
from notifications.gateways import chosen
from notifications.sweeping import sweep
from notifications.waking import EXPORTS, wake


@shared_task(name="notifications.tasks.dispatch_due")
def dispatch_due(**_: object) -> None:
    """Send what is due; running twice, late or never at one tick changes nothing but latency."""
    dispatch(clock=clock.database_clock(here=timezone.now), gateway=chosen())


@shared_task(name="notifications.tasks.sweep_reminders")
def sweep_reminders(**_: object) -> None:
    """Run the safety net; running twice or never changes nothing that a door did at once."""
    sweep(now=timezone.now())


@shared_task(bind=True, name="notifications.tasks.call_about_safety")
def call_about_safety(task: Any, /, **_: object) -> None:
    """Look for safety events once more and call staff; the rows say what is to be done."""
    at = clock.database_clock(here=timezone.now)
    calling.note_calls(clock=at)
    if calling.is_any_due(now=at()):
        _beside(task, "safety", partial(calling.send_alerts, clock=at))


@shared_task(bind=True, name="notifications.tasks.send_resets")
def send_resets(task: Any, /, **_: object) -> None:
    """Send the codes of forgotten passwords; two at once send none twice."""
    if resets.is_any_waiting(now=timezone.now()):
        _beside(task, "resets", lambda: mailing.send_codes(now=timezone.now()))


@shared_task(bind=True, name="notifications.tasks.tell_of_emergencies")
def tell_of_emergencies(task: Any, /, **_: object) -> None:
    """Tell administrators of charts opened in an emergency; two at once send none twice."""
    if mailing.is_word_waiting(now=timezone.now()):
        _beside(task, "emergencies", lambda: mailing.tell_of_emergencies(now=timezone.now()))


def _beside(task: Any, name: str, work: Callable[[], object]) -> None:
    """Send while the worker goes on with its next task."""
    if task.request.called_directly:
        work()
    else:
        run_apart(name, work)


@shared_task(name=EXPORTS)
def make_exports(**_: object) -> None:
    """Work on one export for a few seconds, and come again while there is more to do.

    Several may run, and none need: the next tick finds what is waiting or was left behind.
    """
    if making.make_next(parts=every_part(), clock=timezone.now):
        wake(EXPORTS)
