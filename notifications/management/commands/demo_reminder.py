"""Plan one reminder of the demo that arrives within a minute of its start."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from backend.kit.timezones import get_zone
from care.models import User
from care.people.profile import change_profile
from notifications.engine.context import load_patient_contexts
from notifications.engine.policy import is_quiet
from notifications.models.reminder import Purpose, Recipient, Reminder
from notifications.reminders.plan import ReminderPlan

#: Always the same series, so that starting again replaces it.
DEMO_ID = UUID("6d617961-0000-4000-8000-000000000001")
DEMO_DUE_IN = timedelta(seconds=15)


def plan_demo_reminder(*, now: datetime) -> str | None:
    """Plan one check-in of a demo patient within seconds; return their name, None if nobody is.

    It is maya's unless she sits in a session just now. Repeated, it replaces the one before.
    """
    users = list(
        User.objects.filter(role=User.Role.PATIENT, patient__enrolled_at__isnull=False)
        .select_related("patient")
        .order_by("username", "pk")
    )
    contexts = load_patient_contexts(patients={user.pk for user in users}, now=now)
    free = [
        user
        for user in users
        if contexts[user.pk].is_enrolled
        and contexts[user.pk].has_consent
        and not contexts[user.pk].is_in_session
    ]
    chosen = min(free, key=lambda user: (user.username != "maya", str(user.username)), default=None)
    if chosen is None:
        return None
    with transaction.atomic():
        if is_quiet(now, contexts[chosen.pk]):
            off = {
                "quiet_start": chosen.patient.quiet_start,
                "quiet_end": chosen.patient.quiet_start,
            }
            change_profile(user=chosen, rev=chosen.rev, changes=off, now=now)
        _replace_demo_reminder(chosen, due_at=now + DEMO_DUE_IN, now=now)
    return chosen.username


def _replace_demo_reminder(user: User, *, due_at: datetime, now: datetime) -> None:
    local = due_at.astimezone(get_zone(user.time_zone))
    minute = local.hour * 60 + local.minute
    plan = ReminderPlan(
        purpose=Purpose.CHECKIN, minutes=(minute,), starts_on=local.date(), ends_on=local.date()
    )
    Reminder.objects.filter(id=DEMO_ID).delete()
    Recipient.objects.filter(pk=user.pk).update(
        paused_until=None,
        last_message_at=None,
        last_message_id=None,
        recent_message_times=None,
        last_message_is_nudge=None,
    )
    Reminder.objects.create(
        id=DEMO_ID, patient_id=user.pk, created_at=now, next_day=local.date(), next_slot=minute,
        next_due_at=due_at, **plan.columns(),
    )  # fmt: skip


class Command(BaseCommand):
    """Plan the demo's reminder; run at every start of the demo."""

    help = "Demo only: plan one check-in of maya, due in seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan it, unless this is no demo."""
        if not settings.DEMO:
            raise CommandError("This is not the demo: real patients plan their own reminders.")
        name = plan_demo_reminder(now=timezone.now())
        self.stdout.write(f"a check-in for {name} is due" if name else "nobody to remind")
