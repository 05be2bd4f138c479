"""A patient's reminders: making, changing and ending them, and moving them with the patient."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import InvalidInput
from backend.kit.ids import new_id
from backend.kit.rows import claim
from care import access
from care.access import Chart, DataClass
from care.models import User
from notifications.models import Occurrence, Purpose, Reminder
from notifications.plans import APART_MINUTES, Plan, plan_of, read_plan
from notifications.recurrence import next_slot

#: CLINICAL §4: two a day, in the morning and in the evening, at times that the patient changes.
DEFAULT_MINUTES = (8 * 60 + 30, 20 * 60)
#: More series than anybody keeps; a runaway client stops here.
MOST_REMINDERS = 50


class NoSuchReminder(Exception):
    """This chart has no reminder of that id; whether another patient has one, nobody learns."""


class ReminderChanged(Exception):
    """The reminder was changed since it was read; nothing was written."""


class ReminderDiffers(Exception):
    """The patient already has a reminder of that id with another plan; it was not changed."""


class TooManyReminders(InvalidInput):
    """The patient has as many reminders as one may have."""


def give_default_plan(*, patient_id: UUID, now: datetime) -> None:
    """Plan two check-ins a day for somebody who has no reminder yet; repeated, change nothing."""
    plan = Plan(purpose=Purpose.CHECKIN, minutes=DEFAULT_MINUTES, skip_if_logged=True)
    with transaction.atomic():
        user = User.objects.get(pk=patient_id)
        if Reminder.objects.filter(patient_id=patient_id).exists():
            return
        Reminder.objects.create(
            id=new_id(),
            patient_id=patient_id,
            created_at=now,
            **plan.columns(),
            **_next(plan, zone_name=user.time_zone, now=now),
        )
        access.log_writes(
            viewer=user, patient_ids=[patient_id], what=DataClass.REMINDERS,
            reason="default_plan", now=now,
        )  # fmt: skip


def create_reminder(
    *, chart: Chart, reminder_id: UUID, sent: Mapping[str, Any], now: datetime
) -> tuple[Reminder, bool]:
    """Plan a reminder; return it and whether it is new. The same id and plan again is a repeat.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises ReminderDiffers: same id, another plan.
    """
    plan = read_plan(sent)
    digest = chart.cipher.digest(orjson.dumps(plan))
    mine = Reminder.objects.filter(patient_id=chart.patient_id)
    try:
        with transaction.atomic():
            if mine.filter(deleted_at__isnull=True).exclude(id=reminder_id).count() >= (
                MOST_REMINDERS
            ):
                raise TooManyReminders.of("", "too_many", f"At most {MOST_REMINDERS} reminders.")
            reminder = Reminder(
                id=reminder_id, patient_id=chart.patient_id, digest=digest, created_at=now,
                **plan.columns(), **_next(plan, zone_name=_zone_of(chart.patient_id), now=now),
            )  # fmt: skip
            reminder.save(force_insert=True)
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
        reminder = _locked(chart, reminder_id)
        if reminder.rev != rev:
            raise ReminderChanged
        plan = read_plan(changes, onto=plan_of(reminder))
        reminder.rev += 1
        for name, value in {**plan.columns(), **_again(reminder, plan, chart, now)}.items():
            setattr(reminder, name, value)
        reminder.save(update_fields=[*plan.columns(), "next_due_at", "next_day", "next_slot",
                                     "rev"])  # fmt: skip
        if not plan.active:
            _withdraw(reminder, reason="switched_off")
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)
    return reminder


def delete_reminder(*, chart: Chart, reminder_id: UUID, rev: int, now: datetime) -> None:
    """End a reminder; what it has sent stays on record, what waits is withdrawn.

    :raises NoSuchReminder: none of this patient's.
    :raises ReminderChanged: ``rev`` is not the newest.
    """
    with transaction.atomic():
        reminder = _locked(chart, reminder_id)
        mine = Reminder.objects.filter(pk=reminder.pk, rev=rev, deleted_at__isnull=True)
        if not claim(mine, deleted_at=now, active=False, rev=F("rev") + 1, next_due_at=None,
                     next_day=None, next_slot=None):  # fmt: skip
            raise ReminderChanged
        _withdraw(reminder, reason="deleted")
        access.log_write(chart=chart, what=DataClass.REMINDERS, now=now)


def zone_changed(*, patient_id: UUID, now: datetime) -> None:
    """Move a patient's reminders to their new zone, in the transaction that changes the zone.

    What was sent stays; nothing that was handled comes again on the day of the journey.
    """
    with transaction.atomic():
        zone_name = _zone_of(patient_id)
        for reminder in (
            Reminder.objects.select_for_update()
            .filter(patient_id=patient_id, next_due_at__isnull=False)
            .order_by("row")
        ):
            handled = _handled(reminder)
            found = next_slot(
                plan_of(reminder).rule, zone_name=zone_name, after=now, handled=handled
            )
            Reminder.objects.filter(pk=reminder.pk).update(**_columns(found))


def _locked(chart: Chart, reminder_id: UUID) -> Reminder:
    found = (
        Reminder.objects.select_for_update()
        .filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)
        .first()
    )
    if found is None:
        raise NoSuchReminder
    return found


def _zone_of(patient_id: UUID) -> str:
    return str(User.objects.values_list("time_zone", flat=True).get(pk=patient_id))


def _handled(reminder: Reminder) -> tuple[Any, int] | None:
    if reminder.last_day is None or reminder.last_slot is None:
        return None
    return reminder.last_day, reminder.last_slot


def _again(reminder: Reminder, plan: Plan, chart: Chart, now: datetime) -> dict[str, Any]:
    """Find what comes next of a changed plan: not what was handled, nor within an hour of it."""
    newest = (
        Occurrence.objects.filter(reminder=reminder).order_by("-due_at", "id")
        .values_list("due_at", flat=True).first()
    )  # fmt: skip
    after = now if newest is None else max(now, newest + timedelta(minutes=APART_MINUTES - 1))
    return _next(plan, zone_name=_zone_of(chart.patient_id), now=after, handled=_handled(reminder))


def _next(
    plan: Plan, *, zone_name: str, now: datetime, handled: tuple[Any, int] | None = None
) -> dict[str, Any]:
    if not plan.active:
        return _columns(None)
    return _columns(next_slot(plan.rule, zone_name=zone_name, after=now, handled=handled))


def _columns(slot: Any) -> dict[str, Any]:
    day, minute, due_at = slot or (None, None, None)
    return {"next_day": day, "next_slot": minute, "next_due_at": due_at}


def _withdraw(reminder: Reminder, *, reason: str) -> None:
    Occurrence.objects.filter(reminder=reminder, state=Occurrence.State.PENDING).update(
        state=Occurrence.State.SKIPPED, reason=reason, wake_at=None
    )
