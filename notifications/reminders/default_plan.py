"""The plan that a clinic gives to each new patient, who may change all of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.ids import new_id
from care.access.data_categories import DataCategory
from care.access.log import log_writes_many
from care.models import User
from notifications.models.reminder import DefaultReminder, Purpose, Reminder
from notifications.reminders.next_due import compute_next_due, sessions_ahead
from notifications.reminders.plan import PLAN_COLUMNS, ReminderPlan, validate_plan

#: CLINICAL §4: two check-ins a day, in the morning and in the evening; before sessions, a prompt
#: and a reminder. It holds where a clinic has no plan of its own.
BUILT_IN_PLAN = (
    ReminderPlan(purpose=Purpose.CHECKIN, minutes=(8 * 60 + 30, 20 * 60), skip_if_logged=True),
    ReminderPlan(purpose=Purpose.PRE_SESSION, minutes=(), before_minutes=150),
    ReminderPlan(purpose=Purpose.SESSION, minutes=(), before_minutes=60),
)
#: More than a plan for the first day needs.
MOST_DEFAULT_REMINDERS = 10
#: What a clinic can't know before it knows the patient.
_PATIENT_ONLY_COLUMNS = frozenset({"every_from", "starts_on", "ends_on", "active"})
DEFAULT_COLUMNS = tuple(name for name in PLAN_COLUMNS if name not in _PATIENT_ONLY_COLUMNS)


def create_default_reminders(*, patient_id: UUID, now: datetime) -> None:
    """Create the clinic's default reminders for a patient who has none yet."""
    with transaction.atomic():
        user = User.objects.get(pk=patient_id)
        if Reminder.objects.filter(patient_id=patient_id).exists():
            return
        patient_sessions = sessions_ahead(patients=[patient_id], now=now).get(patient_id, ())
        for plan in default_plan_of(clinic_id=user.clinic_id):
            name = new_id()
            next_due = compute_next_due(
                plan, name=name, zone_name=user.time_zone, patient_sessions=patient_sessions,
                after=now, handled=None,
            )  # fmt: skip
            Reminder.objects.create(
                id=name,
                patient_id=patient_id,
                created_at=now,
                **plan.columns(),
                **next_due.columns(),
            )
        log_writes_many(
            viewer=user, patient_ids=[patient_id], what=DataCategory.REMINDERS,
            reason="default_plan", now=now,
        )  # fmt: skip


def default_plan_of(*, clinic_id: UUID) -> Sequence[ReminderPlan]:
    """Read a clinic's plan for new patients, or the built-in one where it has none."""
    rows = DefaultReminder.objects.filter(clinic_id=clinic_id).order_by("place")
    plans = [
        ReminderPlan(
            **{name: getattr(row, name) for name in DEFAULT_COLUMNS}
            | {"minutes": tuple(row.minutes)}
        )
        for row in rows
    ]
    return plans or BUILT_IN_PLAN


def set_default_plan(
    *, administrator: User, sent: Sequence[Mapping[str, Any]]
) -> Sequence[ReminderPlan]:
    """Replace the clinic's plan for patients who enrol from now on; nobody else's changes.

    An empty list goes back to the built-in plan.

    :raises backend.kit.errors.InvalidInput: naming the reminder and its field.
    """
    if len(sent) > MOST_DEFAULT_REMINDERS:
        raise InvalidInput.of(
            "reminders", "too_many", f"At most {MOST_DEFAULT_REMINDERS} reminders."
        )
    plans = _validate_all(sent)
    with transaction.atomic():
        DefaultReminder.objects.filter(clinic_id=administrator.clinic_id).delete()
        DefaultReminder.objects.bulk_create(
            DefaultReminder(
                clinic_id=administrator.clinic_id, place=place,
                **{
                    name: value for name, value in plan.columns().items() if name in DEFAULT_COLUMNS
                }
            )
            for place, plan in enumerate(plans)
        )  # fmt: skip
    return default_plan_of(clinic_id=administrator.clinic_id)


def _validate_all(sent: Sequence[Mapping[str, Any]]) -> list[ReminderPlan]:
    plans, faults = [], []
    for place, fields in enumerate(sent):
        try:
            plans.append(validate_plan(fields))
        except InvalidInput as refused:
            faults += [
                FieldError(f"reminders.{place}.{error.field}", error.code, error.detail)
                for error in refused.errors
            ]
    if faults:
        raise InvalidInput(faults)
    return plans
