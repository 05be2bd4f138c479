"""One reminder that can be watched arriving, for somebody who looks at the demo."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kit.zones import zone
from care.actions.profile import change_profile
from care.models import User
from notifications.facts import facts_of
from notifications.models import Purpose, Recipient, Reminder
from notifications.plans import Plan
from notifications.rules import is_quiet

#: Always the same series, so that starting again replaces it.
DEMO_ID = UUID("6d617961-0000-4000-8000-000000000001")
DUE_IN = timedelta(seconds=15)


def plan_demo_reminder(*, now: datetime) -> str | None:
    """Plan one check-in of a demo patient within seconds; return their name, None if nobody is.

    It is maya's unless she sits in a session just now. Repeated, it replaces the one before.
    """
    users = list(
        User.objects.filter(role=User.Role.PATIENT, patient__enrolled_at__isnull=False)
        .select_related("patient")
        .order_by("username", "pk")
    )
    known = facts_of(patients={user.pk for user in users}, now=now)
    free = [
        user
        for user in users
        if known[user.pk].is_enrolled
        and known[user.pk].has_consent
        and not known[user.pk].is_in_session
    ]
    found = min(free, key=lambda user: (user.username != "maya", str(user.username)), default=None)
    if found is None:
        return None
    with transaction.atomic():
        if is_quiet(now, known[found.pk]):
            off = {"quiet_start": found.patient.quiet_start, "quiet_end": found.patient.quiet_start}
            change_profile(user=found, rev=found.rev, changes=off, now=now)
        _replace(found, due_at=now + DUE_IN, now=now)
    return found.username


def _replace(user: User, *, due_at: datetime, now: datetime) -> None:
    local = due_at.astimezone(zone(user.time_zone))
    minute = local.hour * 60 + local.minute
    plan = Plan(
        purpose=Purpose.CHECKIN, minutes=(minute,), starts_on=local.date(), ends_on=local.date()
    )
    Reminder.objects.filter(id=DEMO_ID).delete()
    Recipient.objects.filter(pk=user.pk).update(
        paused_until=None, turn_at=None, turn_of=None, turns=None, turn_is_nudge=None
    )
    Reminder.objects.create(
        id=DEMO_ID, patient_id=user.pk, created_at=now, next_day=local.date(), next_slot=minute,
        next_due_at=due_at, **plan.columns(),
    )  # fmt: skip
