"""The reminders of a medicine follow how it is to be taken."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_writes_many
from care.access.patient_lock import lock_patient
from care.medical.regimen import Regimen
from care.models import User
from notifications.models.reminder import Purpose, Reminder
from notifications.push.local import try_request_refresh
from notifications.reminders.edit import MOST_REMINDERS
from notifications.reminders.given_series import change_series, create_series, end_series
from notifications.reminders.plan import ReminderPlan

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
                create_series(
                    series_id=series_id_of(medication_id), patient_id=chart.patient_id,
                    plan=_plan(regimen), zone_name=_zone_of(chart.patient_id), now=now,
                )  # fmt: skip
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


def _follow(row: Reminder, regimen: Regimen, is_wanted: bool, now: datetime) -> bool:  # noqa: FBT001 (a fact)
    """Apply the regimen to its series; return whether anything changed."""
    if not is_wanted:
        end_series(row, now=now)
        return True
    fresh = _plan(regimen)
    names = ("minutes", "weekdays", "starts_on", "ends_on")
    wanted = {name: fresh.columns()[name] for name in names}
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return False
    change_series(row, wanted, zone_name=_zone_of(row.patient_id), now=now)
    return True


def _zone_of(patient_id: UUID) -> str:
    return str(User.objects.values_list("time_zone", flat=True).get(pk=patient_id))
