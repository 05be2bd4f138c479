"""A patient's reminders: making, changing and ending them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery

from backend.kit.errors import ChangedMeanwhile, InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass
from care.models import User
from notifications.actions.moving import after_of
from notifications.actions.receipts import heard
from notifications.models import Occurrence, Reminder
from notifications.plans import APART_MINUTES, Plan, plan_of, read_plan
from notifications.recurrence import Handled
from notifications.refreshing import ask_for_refresh
from notifications.series import NOTHING, Next, handled_of, next_of, sessions_ahead

#: More series than anybody keeps; a runaway client stops here.
MOST_REMINDERS = 50


class NoSuchReminder(NotThere):
    """This chart has no reminder of that id; whether another patient has one, nobody learns."""


class ReminderChanged(ChangedMeanwhile):
    """The reminder was changed since it was read; nothing was written."""


class ReminderDiffers(Exception):
    """The patient already has a reminder of that id with another plan; it was not changed."""


class TooManyReminders(InvalidInput):
    """The patient has as many reminders as one may have."""


def create_reminder(
    *, chart: Chart, reminder_id: UUID | None, sent: Mapping[str, Any], now: datetime
) -> tuple[Reminder, bool]:
    """Plan a reminder; return it and whether it is new. The same id and plan again is a repeat.

    Without an id the same plan is one, as long as what was made of it stands unchanged: nobody
    wants to be asked the same twice at the same minute.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises ReminderDiffers: same id, another plan.
    """
    plan = read_plan(sent, today=now.date())
    digest = chart.cipher.digest(orjson.dumps(plan))
    mine = Reminder.objects.filter(patient_id=chart.patient_id)
    if reminder_id is None:
        same = mine.filter(digest=digest, rev=1, active=True, deleted_at__isnull=True)
        standing = same.order_by("created_at", "id").first()
        if standing is not None:
            access.log_read(chart=chart, what=DataClass.REMINDERS, now=now)
            return standing, False
        reminder_id = new_id()
    try:
        with transaction.atomic():
            if mine.filter(deleted_at__isnull=True).exclude(id=reminder_id).count() >= (
                MOST_REMINDERS
            ):
                raise TooManyReminders.of("", "too_many", f"At most {MOST_REMINDERS} reminders.")
            zone_name = str(
                User.objects.values_list("time_zone", flat=True).get(pk=chart.patient_id)
            )
            coming = _next(
                plan, chart.patient_id, zone_name=zone_name, name=reminder_id, now=now, after=now
            )
            reminder = Reminder(
                id=reminder_id, patient_id=chart.patient_id, digest=digest, created_at=now,
                **plan.columns(), **coming.columns(),
            )  # fmt: skip
            reminder.save(force_insert=True)
            heard(chart=chart, now=now)
            changed(chart=chart, now=now)
            access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
    except IntegrityError:
        # The phone sent it before: look at what is stored. Anything else is a fault of ours.
        stored = mine.filter(id=reminder_id).first()
        if stored is None:
            raise
        access.log_read(chart=chart, what=DataClass.REMINDERS, now=now)
        if stored.deleted_at is not None or bytes(stored.digest or b"") != digest:
            raise ReminderDiffers from None
        return stored, False
    return reminder, True


def change_reminder(
    *, chart: Chart, reminder_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> Reminder:
    """Change a reminder's plan, from the next tick on; what was sent is never due again.

    :raises NoSuchReminder: none of this patient's.
    :raises ReminderChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    """
    with transaction.atomic():
        reminder, zone_name = _locked(chart, reminder_id)
        if reminder.rev != rev:
            raise ReminderChanged
        plan = read_plan(changes, onto=plan_of(reminder), today=now.date())
        reminder.rev += 1
        fresh = {**plan.columns(), **_again(reminder, plan, zone_name, now).columns()}
        if "times" in changes:
            # Other times are an answer to the question whether other times would suit better.
            fresh |= {"halved_at": None, "asked_at": None, "misses_from": now}
        for name, value in fresh.items():
            setattr(reminder, name, value)
        reminder.save(update_fields=[*fresh, "rev"])
        heard(chart=chart, now=now)
        changed(chart=chart, now=now)
        if not plan.active:
            withdraw(reminder, reason="switched_off")
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
    return reminder


def delete_reminder(*, chart: Chart, reminder_id: UUID, rev: int, now: datetime) -> None:
    """End a reminder; what it has sent stays on record, what waits is withdrawn.

    :raises NoSuchReminder: none of this patient's.
    :raises ReminderChanged: ``rev`` is not the newest.
    """
    with transaction.atomic():
        reminder, _ = _locked(chart, reminder_id)
        mine = Reminder.objects.filter(pk=reminder.pk, rev=rev, deleted_at__isnull=True)
        if not claim(mine, deleted_at=now, active=False, rev=F("rev") + 1, **NOTHING.columns()):
            raise ReminderChanged
        withdraw(reminder, reason="deleted")
        changed(chart=chart, now=now)
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)


#: Read along with the reminder that is locked.
_ZONE = User.objects.filter(pk=OuterRef("patient_id")).values("time_zone")


def _locked(chart: Chart, reminder_id: UUID) -> tuple[Reminder, str]:
    """Lock one of the patient's reminders; read along the zone that it is in."""
    found = (
        Reminder.objects.select_for_update()
        .filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)
        .annotate(zone_name=Subquery(_ZONE))
        .first()
    )
    if found is None:
        raise NoSuchReminder
    return found, str(found.zone_name)


def _again(reminder: Reminder, plan: Plan, zone_name: str, now: datetime) -> Next:
    """Find what comes next of a changed plan: not what was handled, nor within an hour of it."""
    newest = (
        Occurrence.objects.filter(reminder=reminder).order_by("-due_at", "id")
        .values_list("due_at", flat=True).first()
    )  # fmt: skip
    after = after_of(reminder, now=now)
    if newest is not None and plan.before_minutes is None:
        after = max(after, newest + timedelta(minutes=APART_MINUTES - 1))
    return _next(
        plan, reminder.patient_id, zone_name=zone_name, name=reminder.id, now=now, after=after,
        handled=handled_of(reminder),
    )  # fmt: skip


def _next(
    plan: Plan, patient_id: UUID, *, zone_name: str, name: UUID, now: datetime, after: datetime,
    handled: Handled | None = None,
) -> Next:  # fmt: skip
    if not plan.active:
        return NOTHING
    follows = plan.before_minutes is not None
    ahead = sessions_ahead(patients=[patient_id], now=now) if follows else {}
    return next_of(
        plan, name=name, zone_name=zone_name, meetings=ahead.get(patient_id, ()), after=after,
        handled=handled,
    )  # fmt: skip


def changed(*, chart: Chart, now: datetime) -> None:
    """Tell the patient's other phones that what comes has changed."""
    ask_for_refresh(patients=[chart.patient_id], besides=chart.device_session_id, now=now)


def withdraw(reminder: Reminder, *, reason: str) -> None:
    """Settle what of a series waits for its time, with the reason why it isn't sent."""
    Occurrence.objects.filter(reminder=reminder, state=Occurrence.State.PENDING).update(
        state=Occurrence.State.SKIPPED, reason=reason, wake_at=None
    )
