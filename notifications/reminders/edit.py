"""Writes to a patient's reminders: create, change, delete, and answer the time question."""

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

#: More series than any patient keeps: a limit for runaway clients.
MOST_REMINDERS = 50
#: As often as before at the same times; fewer, as now; or at other times.
KEEP, FEWER, MOVE = "keep", "fewer", "move"
TIME_ANSWERS = (KEEP, FEWER, MOVE)
#: Read together with the locked reminder.
_PATIENT_ZONE = User.objects.filter(pk=OuterRef("patient_id")).values("time_zone")


class ReminderChanged(ChangedMeanwhile):
    """The reminder was changed since it was read; nothing was written."""


class ReminderDiffers(Exception):
    """The patient already has a reminder of that id with another plan; it was not changed."""


class TooManyReminders(InvalidInput):
    """The patient has as many reminders as one may have."""


def create_reminder(
    *, chart: Chart, reminder_id: UUID | None, sent: Mapping[str, Any], now: datetime
) -> tuple[Reminder, bool]:
    """Create a reminder; return it and whether it is new. The same id and plan is a repeat.

    Without an id the same plan is a repeat as well, as long as the reminder made of it is
    unchanged: nobody wants to be asked the same twice at the same minute.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    :raises ReminderDiffers: same id, another plan.
    """
    plan = validate_plan(sent, today=now.date())
    digest = chart.cipher.digest(orjson.dumps(plan))
    reminders = Reminder.objects.filter(patient_id=chart.patient_id)
    if reminder_id is None:
        repeats = reminders.filter(digest=digest, rev=1, active=True, deleted_at__isnull=True)
        repeated = repeats.order_by("created_at", "id").first()
        if repeated is not None:
            log_read(chart=chart, what=DataCategory.REMINDERS, now=now)
            return repeated, False
        reminder_id = new_id()
    try:
        with transaction.atomic():
            if reminders.filter(deleted_at__isnull=True).exclude(id=reminder_id).count() >= (
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
        stored = reminders.filter(id=reminder_id).first()
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
        columns = {**plan.columns(), **_next_after_change(reminder, plan, zone_name, now).columns()}
        if "times" in changes:
            # Other times are an answer to the question whether other times would suit better.
            columns |= {"halved_at": None, "asked_at": None, "misses_counted_from": now}
        for name, value in columns.items():
            setattr(reminder, name, value)
        reminder.save(update_fields=[*columns, "rev"])
        mark_active(chart=chart, now=now)
        refresh_other_phones(chart=chart, now=now)
        if not plan.active:
            cancel_pending(reminder, reason="switched_off")
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
    return reminder


def delete_reminder(*, chart: Chart, reminder_id: UUID, rev: int, now: datetime) -> None:
    """Delete a reminder; what it has sent stays on record, what waits is cancelled.

    :raises NoSuchReminder: none of this patient's.
    :raises ReminderChanged: ``rev`` is not the newest.
    """
    with transaction.atomic():
        reminder, _ = _locked_reminder(chart, reminder_id)
        unchanged = Reminder.objects.filter(pk=reminder.pk, rev=rev, deleted_at__isnull=True)
        if not claim(
            unchanged, deleted_at=now, active=False, rev=F("rev") + 1, **NO_NEXT.columns()
        ):
            raise ReminderChanged
        cancel_pending(reminder, reason="deleted")
        refresh_other_phones(chart=chart, now=now)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)


def answer_time_question(
    *, chart: Chart, reminder_id: UUID, answer: str, times: Sequence[time], now: datetime
) -> Reminder:
    """Apply the patient's answer to "would another time suit you better?" and close the question.

    ``keep`` and ``move`` send every one again, and misses count anew. The same answer again
    changes nothing more.

    :raises NoSuchReminder: none of this patient's.
    :raises backend.kit.errors.InvalidInput: naming ``times``.
    """
    if (answer == MOVE) != bool(times):
        raise InvalidInput.of("times", "move_has_times", "Only to move it, name its new times.")
    with transaction.atomic():
        reminders = Reminder.objects.select_for_update().filter(
            patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True
        )
        reminder = reminders.first()
        if reminder is None:
            raise NoSuchReminder
        if answer == MOVE:
            return change_reminder(
                chart=chart, reminder_id=reminder_id, rev=reminder.rev,
                changes={"times": list(times)}, now=now,
            )  # fmt: skip
        reset_columns = {"halved_at": None, "misses_counted_from": now} if answer == KEEP else {}
        Reminder.objects.filter(pk=reminder.pk).update(
            asked_at=None, rev=F("rev") + 1, **reset_columns
        )
        mark_active(chart=chart, now=now)
        refresh_other_phones(chart=chart, now=now)
        log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
        reminder.refresh_from_db()
    return reminder


def refresh_other_phones(*, chart: Chart, now: datetime) -> None:
    """Request a refresh of the patient's other phones."""
    request_refresh(
        patients=[chart.patient_id], except_device_session=chart.device_session_id, now=now
    )


def cancel_pending(reminder: Reminder, *, reason: str) -> None:
    """Skip the pending occurrences of a series, with the reason why they aren't sent."""
    Occurrence.objects.filter(reminder=reminder, state=Occurrence.State.PENDING).update(
        state=Occurrence.State.SKIPPED, reason=reason, next_attempt_at=None
    )


def _locked_reminder(chart: Chart, reminder_id: UUID) -> tuple[Reminder, str]:
    """Lock one of the patient's reminders; return it and the patient's time zone."""
    reminder = (
        Reminder.objects.select_for_update()
        .filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)
        .annotate(zone_name=Subquery(_PATIENT_ZONE))
        .first()
    )
    if reminder is None:
        raise NoSuchReminder
    return reminder, str(reminder.zone_name)


def _next_after_change(
    reminder: Reminder, plan: ReminderPlan, zone_name: str, now: datetime
) -> NextDue:
    """Return the next occurrence of a changed plan: none handled, nor within an hour of it."""
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
    plan: ReminderPlan,
    patient_id: UUID,
    *,
    zone_name: str,
    name: UUID,
    now: datetime,
    after: datetime,
    handled: HandledSlot | None = None,
) -> NextDue:
    if not plan.active:
        return NO_NEXT
    follows = plan.before_minutes is not None
    sessions = sessions_ahead(patients=[patient_id], now=now) if follows else {}
    return compute_next_due(
        plan, name=name, zone_name=zone_name, patient_sessions=sessions.get(patient_id, ()),
        after=after, handled=handled,
    )  # fmt: skip
