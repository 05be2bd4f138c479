"""Series that something of the clinic's gives a patient: made once, changed and ended with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from notifications.models.reminder import Reminder
from notifications.reminders.edit import cancel_pending
from notifications.reminders.next_due import (
    NO_NEXT,
    compute_next_due,
    last_handled,
    search_from,
)
from notifications.reminders.plan import ReminderPlan, plan_of


def create_series(
    *, series_id: UUID, patient_id: UUID, plan: ReminderPlan, zone_name: str, now: datetime
) -> None:
    """Make the series, from now on."""
    next_due = compute_next_due(
        plan, name=series_id, zone_name=zone_name, patient_sessions=(), after=now, handled=None
    )
    Reminder.objects.create(
        id=series_id, patient_id=patient_id, created_at=now, **plan.columns(), **next_due.columns()
    )


def change_series(
    row: Reminder, changes: Mapping[str, Any], *, zone_name: str, now: datetime
) -> None:
    """Change columns of its plan, and find what comes next; what was handled stays handled."""
    after = search_from(row, now=now)
    for name, value in changes.items():
        setattr(row, name, value)
    next_due = NO_NEXT
    if row.active:
        next_due = compute_next_due(
            plan_of(row), name=row.id, zone_name=zone_name, patient_sessions=(), after=after,
            handled=last_handled(row),
        )  # fmt: skip
    Reminder.objects.filter(pk=row.pk).update(**changes, rev=F("rev") + 1, **next_due.columns())


def end_series(row: Reminder, *, now: datetime) -> None:
    """Delete the series, and skip what of it is pending."""
    Reminder.objects.filter(pk=row.pk).update(
        deleted_at=now, active=False, rev=F("rev") + 1, **NO_NEXT.columns()
    )
    cancel_pending(row, reason="deleted")
