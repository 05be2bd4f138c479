"""``demo``: load the demo clinic, or plan a reminder of it that arrives soon after its start."""

import sys
from argparse import ArgumentParser
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from backend.demo.loader import (
    LOGINS_FILE,
    AlreadyLoaded,
    UsernamesTaken,
    load_demo,
    write_logins,
)
from backend.demo.people import PATIENTS
from backend.kit.timezones import get_zone
from care.models import User
from care.people.profile import change_profile
from notifications.engine.context import load_patient_contexts
from notifications.engine.policy import is_quiet
from notifications.models.reminder import Purpose, Recipient, Reminder
from notifications.reminders.plan import ReminderPlan

#: Always the same series, so that starting again replaces it.
DEMO_REMINDER_ID = UUID("6d617961-0000-4000-8000-000000000001")
DEMO_REMINDER_DUE_IN = timedelta(seconds=15)


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
        _replace_demo_reminder(chosen, due_at=now + DEMO_REMINDER_DUE_IN, now=now)
    return chosen.username


def _replace_demo_reminder(user: User, *, due_at: datetime, now: datetime) -> None:
    local = due_at.astimezone(get_zone(user.time_zone))
    minute = local.hour * 60 + local.minute
    plan = ReminderPlan(
        purpose=Purpose.CHECKIN, minutes=(minute,), starts_on=local.date(), ends_on=local.date()
    )
    Reminder.objects.filter(id=DEMO_REMINDER_ID).delete()
    Recipient.objects.filter(pk=user.pk).update(
        paused_until=None,
        last_message_at=None,
        last_message_id=None,
        recent_message_times=None,
        last_message_is_nudge=None,
    )
    Reminder.objects.create(
        id=DEMO_REMINDER_ID, patient_id=user.pk, created_at=now, next_day=local.date(),
        next_slot=minute, next_due_at=due_at, **plan.columns(),
    )  # fmt: skip


class Command(BaseCommand):
    """Load made-up people with eight weeks of entries, sessions and reminders."""

    help = "Load the demo clinic into the database of a demo; a second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--fresh`` and ``--remind``."""
        parser.add_argument(
            "--fresh", action="store_true", help="delete the demo clinic first and load it anew"
        )
        parser.add_argument(
            "--remind",
            action="store_true",
            help="plan one check-in of maya, due in seconds, and load nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo or plan its reminder, or print in one line why not."""
        if not settings.DEMO:
            raise CommandError("Refused: only a demo (BETWEEN_DEMO=1) may hold made-up people.")
        if options["remind"]:
            name = plan_demo_reminder(now=timezone.now())
            self.stdout.write(f"a check-in for {name} is due" if name else "nobody to remind")
        else:
            self._load(is_fresh=options["fresh"])

    def _load(self, *, is_fresh: bool) -> None:
        if not settings.DEMO_PASSWORD:
            raise CommandError("Refused: BETWEEN_DEMO_PASSWORD is not set.")
        try:
            # A terminal sees a bar; anything else sees the closing line only.
            bar = partial(tqdm, desc="Demo clinic", unit=" patients", disable=None, file=sys.stderr)
            entries = load_demo(
                password=settings.DEMO_PASSWORD,
                now=timezone.now(),
                is_fresh=is_fresh,
                progress=bar,
            )
        except AlreadyLoaded:
            self._say_loaded()
            return
        except UsernamesTaken:
            raise CommandError(
                "Refused: people of these usernames exist already; the demo needs a new database."
            ) from None
        path = write_logins(folder=settings.DATA, password=settings.DEMO_PASSWORD)
        self.stdout.write(
            f"The demo clinic is loaded: {len(PATIENTS)} patients, {entries} entries; {path}"
        )

    def _say_loaded(self) -> None:
        if not (settings.DATA / LOGINS_FILE).exists():
            # An earlier run ended between the commit and the file.
            write_logins(folder=settings.DATA, password=settings.DEMO_PASSWORD)
        self.stdout.write("The demo clinic is loaded already; nothing was changed.")
