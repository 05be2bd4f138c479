"""What Celery calls: it wakes the engine, and the database knows what to do."""

from celery import shared_task
from django.utils import timezone

from journaling.exporting import making
from notifications import clock, mailing
from notifications.calling import call_staff
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


@shared_task(name="notifications.tasks.call_about_safety")
def call_about_safety(**_: object) -> None:
    """Look for safety events once more and call staff; the rows say what is to be done."""
    call_staff(clock=clock.database_clock(here=timezone.now))


@shared_task(name="notifications.tasks.send_resets")
def send_resets(**_: object) -> None:
    """Send the codes of forgotten passwords; two at once send none twice."""
    mailing.send_codes(now=timezone.now())


@shared_task(name="notifications.tasks.tell_of_emergencies")
def tell_of_emergencies(**_: object) -> None:
    """Tell administrators of charts opened in an emergency; two at once send none twice."""
    mailing.tell_of_emergencies(now=timezone.now())


@shared_task(name=EXPORTS)
def make_exports(**_: object) -> None:
    """Work on one export for a few seconds, and come again while there is more to do.

    Several may run, and none need: the next tick finds what is waiting or was left behind.
    """
    if making.make_next(parts=every_part(), clock=timezone.now):
        wake(EXPORTS)
