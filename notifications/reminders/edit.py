"""Writes to a patient's reminders: create, change, delete, and answer the question about another time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from care.models import User
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.local import request_refresh
from notifications.reminders.next_due import (
    NO_NEXT,
    NextDue,
    compute_next_due,
    last_handled,
    search_from,
    sessions_ahead,
)
from notifications.reminders.plan import MIN_GAP_MINUTES, ReminderPlan, plan_of, validate_plan
from notifications.reminders.read import NoSuchReminder
from notifications.reminders.receipts import mark_active
from notifications.reminders.recurrence import HandledSlot

#: More series than anybody keeps; a runaway client stops here.
MOST_REMINDERS = 50


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
    plan = validate_plan(sent, today=now.date())
    digest = chart.cipher.digest(orjson.dumps(plan))
    mine = Reminder.objects.filter(patient_id=chart.patient_id)
    if reminder_id is None:
        same = mine.filter(digest=digest, rev=1, active=True, deleted_at__isnull=True)
        standing = same.order_by("created_at", "id").first()
        if standing is not None:
            log_read(chart=chart, what=DataCategory.REMINDERS, now=now)
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
            next_due = _next_of_plan(
                plan, chart.patient_id, zone_name=zone_name, name=reminder_id, now=now, after=now
            )
            reminder = Reminder(
                id=reminder_id, patient_id=chart.patient_id, digest=digest, created_at=now,
                **plan.columns(), **next_due.columns(),
            )  # fmt: skip
            reminder.save(force_insert=True)
            mark_active(chart=chart, now=now)
            refresh_other_phones(chart=chart, now=now)
            log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
    except IntegrityError:
        # The phone sent it before: look at what is stored. Anything else is a fault of ours.
        stored = mine.filter(id=reminder_id).first()
        if stored is None:
            raise
        log_read(chart=chart, what=DataCategory.REMINDERS, now=now)
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
        reminder, zone_name = _locked_reminder(chart, reminder_id)
        if reminder.rev != rev:
            raise ReminderChanged
        plan = validate_plan(changes, onto=plan_of(reminder), today=now.date())
        reminder.rev += 1
        fresh = {**plan.columns(), **_next_after_change(reminder, plan, zone_name, now).columns()}
        if "times" in changes:
            # Other times are an answer to the question whether other times would suit better.
            fresh |= {"halved_at": None, "asked_at": None, "misses_counted_from": now}
        for name, value in fresh.items():
            setattr(reminder, name, value)
        reminder.save(update_fields=[*fresh, "rev"])
        mark_active(chart=chart, now=now)
        refresh_other_phones(chart=chart, now=now)
        if not plan.active:
            cancel_pending(reminder, reason="switched_off")
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
    return reminder


def delete_reminder(*, chart: Chart, reminder_id: UUID, rev: int, now: datetime) -> None:
    """End a reminder; what it has sent stays on record, what waits is withdrawn.

    :raises NoSuchReminder: none of this patient's.
    :raises ReminderChanged: ``rev`` is not the newest.
    """
    with transaction.atomic():
        reminder, _ = _locked_reminder(chart, reminder_id)
        mine = Reminder.objects.filter(pk=reminder.pk, rev=rev, deleted_at__isnull=True)
        if not claim(mine, deleted_at=now, active=False, rev=F("rev") + 1, **NO_NEXT.columns()):
            raise ReminderChanged
        cancel_pending(reminder, reason="deleted")
        refresh_other_phones(chart=chart, now=now)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)


#: Read along with the reminder that is locked.
_PATIENT_ZONE = User.objects.filter(pk=OuterRef("patient_id")).values("time_zone")


def _locked_reminder(chart: Chart, reminder_id: UUID) -> tuple[Reminder, str]:
    """Lock one of the patient's reminders; read along the zone that it is in."""
    found = (
        Reminder.objects.select_for_update()
        .filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)
        .annotate(zone_name=Subquery(_PATIENT_ZONE))
        .first()
    )
    if found is None:
        raise NoSuchReminder
    return found, str(found.zone_name)


def _next_after_change(
    reminder: Reminder, plan: ReminderPlan, zone_name: str, now: datetime
) -> NextDue:
    """Find what comes next of a changed plan: not what was handled, nor within an hour of it."""
    newest = (
        Occurrence.objects.filter(reminder=reminder).order_by("-due_at", "id")
        .values_list("due_at", flat=True).first()
    )  # fmt: skip
    after = search_from(reminder, now=now)
    if newest is not None and plan.before_minutes is None:
        after = max(after, newest + timedelta(minutes=MIN_GAP_MINUTES - 1))
    return _next_of_plan(
        plan, reminder.patient_id, zone_name=zone_name, name=reminder.id, now=now, after=after,
        handled=last_handled(reminder),
    )  # fmt: skip


def _next_of_plan(
    plan: ReminderPlan, patient_id: UUID, *, zone_name: str, name: UUID, now: datetime,
    after: datetime,
    handled: HandledSlot | None = None,
) -> NextDue:  # fmt: skip
    if not plan.active:
        return NO_NEXT
    follows = plan.before_minutes is not None
    ahead = sessions_ahead(patients=[patient_id], now=now) if follows else {}
    return compute_next_due(
        plan, name=name, zone_name=zone_name, patient_sessions=ahead.get(patient_id, ()),
        after=after,
        handled=handled,
    )  # fmt: skip


def refresh_other_phones(*, chart: Chart, now: datetime) -> None:
    """Tell the patient's other phones that what comes has changed."""
    request_refresh(
        patients=[chart.patient_id], except_device_session=chart.device_session_id, now=now
    )


def cancel_pending(reminder: Reminder, *, reason: str) -> None:
    """Settle what of a series waits for its time, with the reason why it isn't sent."""
    Occurrence.objects.filter(reminder=reminder, state=Occurrence.State.PENDING).update(
        state=Occurrence.State.SKIPPED, reason=reason, next_attempt_at=None
    )


#: As often as before at the same times; fewer, as it is now; or at other times.
KEEP, FEWER, MOVE = "keep", "fewer", "move"
TIME_ANSWERS = (KEEP, FEWER, MOVE)


def answer_time_question(
    *, chart: Chart, reminder_id: UUID, answer: str, times: Sequence[time], now: datetime
) -> Reminder:
    """Do what the patient answers to "would another time suit you better?"; it isn't asked again.

    ``keep`` and ``move`` send every one again, and misses count anew. The same answer again
    changes nothing more.

    :raises NoSuchReminder: none of this patient's.
    :raises backend.kit.errors.InvalidInput: naming ``times``.
    """
    if (answer == MOVE) != bool(times):
        raise InvalidInput.of("times", "move_has_times", "Only to move it, name its new times.")
    with transaction.atomic():
        mine = Reminder.objects.select_for_update().filter(
            patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True
        )
        found = mine.first()
        if found is None:
            raise NoSuchReminder
        if answer == MOVE:
            return change_reminder(
                chart=chart, reminder_id=reminder_id, rev=found.rev,
                changes={"times": list(times)}, now=now,
            )  # fmt: skip
        restored = {"halved_at": None, "misses_counted_from": now} if answer == KEEP else {}
        Reminder.objects.filter(pk=found.pk).update(asked_at=None, rev=F("rev") + 1, **restored)
        mark_active(chart=chart, now=now)
        refresh_other_phones(chart=chart, now=now)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
        found.refresh_from_db()
    return found
