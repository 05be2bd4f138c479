"""The reminders of a medicine follow how it is to be taken."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_writes_many
from care.access.patient_lock import lock_patient
from care.medical.regimen import Regimen
from care.models import User
from notifications.models.reminder import Purpose, Reminder
from notifications.push.local import try_request_refresh
from notifications.reminders.edit import MOST_REMINDERS, cancel_pending
from notifications.reminders.next_due import (
    NO_NEXT,
    compute_next_due,
    last_handled,
    search_from,
)
from notifications.reminders.plan import ReminderPlan, plan_of

_SERIES_NAMESPACE = UUID("0f9d1a8e-6c1b-5c2d-9f65-3b1f0a6d4c27")


def follow_medication(
    *, chart: Chart, medication_id: UUID, regimen: Regimen, is_ended: bool, now: datetime
) -> None:
    """Create, change or end the reminders of a medicine; repeated, change nothing.

    They come at its times, on its days. A series that the patient deleted stays deleted, and one
    that they turned off stays off. Who has as many reminders as there may be gets no more.
    """
    with transaction.atomic():
        # The patient's row is the lock, as it is where assignments are followed.
        lock_patient(chart.patient_id)
        series = Reminder.objects.select_for_update().filter(patient_id=chart.patient_id)
        row = series.filter(id=series_id_of(medication_id)).first()
        is_wanted = regimen.has_reminder and bool(regimen.minutes) and not is_ended
        if row is None:
            live = series.filter(deleted_at__isnull=True).count()
            is_changed = is_wanted and live < MOST_REMINDERS
            if is_changed:
                _create(chart.patient_id, medication_id, regimen, now)
        else:
            is_changed = row.deleted_at is None and _follow(row, regimen, is_wanted, now)
        if is_changed:
            try_request_refresh(patients=[chart.patient_id], now=now)
            log_writes_many(
                viewer=User.objects.get(pk=chart.viewer_id), patient_ids=[chart.patient_id],
                what=DataCategory.REMINDERS, reason="medication", now=now,
            )  # fmt: skip


def series_id_of(medication_id: UUID) -> UUID:
    """Return the id of a medicine's series: derived, so that it is never created twice."""
    return uuid5(_SERIES_NAMESPACE, str(medication_id))


def _plan(regimen: Regimen) -> ReminderPlan:
    return ReminderPlan(
        purpose=Purpose.DOSE, minutes=tuple(sorted(regimen.minutes)), weekdays=regimen.weekdays,
        starts_on=regimen.starts_on, ends_on=regimen.ends_on, skip_if_logged=True,
    )  # fmt: skip


def _create(patient_id: UUID, medication_id: UUID, regimen: Regimen, now: datetime) -> None:
    plan, series_id = _plan(regimen), series_id_of(medication_id)
    next_due = compute_next_due(
        plan, name=series_id, zone_name=_zone_of(patient_id), patient_sessions=(), after=now,
        handled=None,
    )  # fmt: skip
    Reminder.objects.create(
        id=series_id, patient_id=patient_id, created_at=now, **plan.columns(), **next_due.columns()
    )


def _follow(row: Reminder, regimen: Regimen, is_wanted: bool, now: datetime) -> bool:  # noqa: FBT001 (a fact)
    """Apply the regimen to its series; return whether anything changed."""
    series = Reminder.objects.filter(pk=row.pk)
    if not is_wanted:
        series.update(deleted_at=now, active=False, rev=F("rev") + 1, **NO_NEXT.columns())
        cancel_pending(row, reason="deleted")
        return True
    fresh = _plan(regimen)
    names = ("minutes", "weekdays", "starts_on", "ends_on")
    wanted = {name: fresh.columns()[name] for name in names}
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return False
    after = search_from(row, now=now)
    for name, value in wanted.items():
        setattr(row, name, value)
    next_due = NO_NEXT
    if row.active:
        next_due = compute_next_due(
            plan_of(row), name=row.id, zone_name=_zone_of(row.patient_id), patient_sessions=(),
            after=after, handled=last_handled(row),
        )  # fmt: skip
    series.update(**wanted, rev=F("rev") + 1, **next_due.columns())
    return True


def _zone_of(patient_id: UUID) -> str:
    return str(User.objects.values_list("time_zone", flat=True).get(pk=patient_id))
