"""Occurrences that the phone showed by itself, before the server took them up."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications import identity
from notifications.models import Occurrence, Reminder
from notifications.series import ends_at

State = Occurrence.State


def foreseen(*, patient_id: UUID, occurrence_id: UUID, now: datetime) -> Occurrence | None:
    """Take up an occurrence that the phone knows from ``reminders/upcoming`` and has shown.

    Only what comes next of a series and whose time has come: then the server, whose push may be
    spread to some minutes later, stays silent about it. None where there is no such occurrence.
    """
    with transaction.atomic():
        for reminder in (
            Reminder.objects.select_for_update()
            .filter(patient_id=patient_id, next_due_at__isnull=False)
            .order_by("row")
        ):
            found = _next(reminder)
            if found is not None and found.pk == occurrence_id and found.due_at <= now:
                found.save(force_insert=True)
                return found
    return None


def _next(reminder: Reminder) -> Occurrence | None:
    if reminder.next_due_at is None or reminder.next_day is None or reminder.next_slot is None:
        return None
    due_at = reminder.next_due_at - timedelta(seconds=reminder.next_spread)
    name = identity.occurrence_id(
        patient_id=reminder.patient_id, reminder_id=reminder.id, day=reminder.next_day,
        slot=reminder.next_slot, session=reminder.next_session,
    )  # fmt: skip
    return Occurrence(
        id=name, reminder=reminder, patient_id=reminder.patient_id, purpose=reminder.purpose,
        local_day=reminder.next_day, slot=reminder.next_slot, session=reminder.next_session,
        due_at=due_at,
        not_after=ends_at(due_at, reminder.expires_minutes, reminder.before_minutes),
        state=State.SKIPPED,
        reason="on_phone", attempts=0, deaths=0, doubts=0, tag=identity.tag_of(name),
        created_at=due_at,
    )  # fmt: skip
