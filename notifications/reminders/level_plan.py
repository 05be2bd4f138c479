"""Apply the clinic's plan of a level to one patient's reminders: looked at first, then done.

What the patient changed, made or deleted of a sort of reminder decides about that sort: the plan
adds and ends nothing there. What the clinic gave before, and the new plan does not have, ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.patient_lock import lock_patient
from care.clinic.level_plans import (
    LevelPlanDetails,
    LevelPlanVersion,
    level_plan,
    write_level_plan,
)
from care.models import Episode, User
from care.people.patients import patient_today
from care.programme.episodes import EpisodeOver
from journaling.measures.instruments import newest_instruments
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import cancel_pending
from notifications.reminders.follow import follow_sessions_of
from notifications.reminders.given_series import create_series
from notifications.reminders.next_due import NO_NEXT
from notifications.reminders.plan import ReminderPlan, plan_of

#: What becomes of an item: made, there already, left to the patient, or ended.
NEW, THERE, KEPT, ENDS = "new", "there", "kept", "ends"
STATUSES = (NEW, THERE, KEPT, ENDS)
#: When questionnaires are asked for: between the check-ins of the built-in plan.
_MEASURE_MINUTE = 12 * 60
_PURPOSES = (Purpose.CHECKIN, Purpose.PRE_SESSION, Purpose.SESSION, Purpose.MEASURE)
_Key = tuple[str, tuple[int, ...], int | None, int | None]


class LevelPlanStale(ChangedMeanwhile):
    """The plan is another one than was looked at; nothing was applied."""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One reminder of the plan, and what becomes of it."""

    status: str
    plan: ReminderPlan


@dataclass(frozen=True, slots=True)
class LevelPlanPreview:
    """The plan of the patient's level, and what applying it does."""

    version: LevelPlanVersion
    items: tuple[PlanItem, ...]

    @property
    def has_changes(self) -> bool:
        """Whether applying it changes anything."""
        return any(item.status in {NEW, ENDS} for item in self.items)


def set_plan_of_level(
    *, admin: User, level: str, rev: int, details: LevelPlanDetails, now: datetime
) -> LevelPlanVersion:
    """Write the plan of a level; no patient's reminders change by it.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.clinic.level_plans.LevelPlanChanged: ``rev`` is not the newest.
    """
    known = {one.slug for one in newest_instruments()}
    for place, one in enumerate(details.measures):
        if one.instrument not in known:
            detail = "There is no such questionnaire."
            raise InvalidInput.of(f"measures.{place}.instrument", "unknown", detail)
    return write_level_plan(admin=admin, level=level, rev=rev, details=details, now=now)


def preview_level_plan(*, chart: Chart, now: datetime) -> LevelPlanPreview:
    """Compute what applying the plan of the patient's level would do.

    :raises care.programme.episodes.EpisodeOver: no episode of care is open, or none is shown.
    """
    version = _plan_of_patient(chart)
    rows = _rows(chart.patient_id)
    wanted = _wanted(version.details, patient_today(chart=chart, now=now))
    items = [PlanItem(_status_of(plan, rows), plan) for plan in wanted]
    items += [PlanItem(ENDS, plan_of(row)) for row in _ending(wanted, rows)]
    return LevelPlanPreview(version, tuple(items))


def apply_level_plan(*, chart: Chart, rev: int, now: datetime) -> LevelPlanPreview:
    """Apply the plan as it was looked at; again changes nothing. Return what was done.

    :raises care.programme.episodes.EpisodeOver: no episode of care is open, or none is shown.
    :raises LevelPlanStale: the plan was changed since, or the level has.
    """
    with transaction.atomic():
        lock_patient(chart.patient_id)
        preview = preview_level_plan(chart=chart, now=now)
        if preview.version.rev != rev:
            raise LevelPlanStale
        zone = User.objects.values_list("time_zone", flat=True).get(pk=chart.patient_id)
        for item in preview.items:
            if item.status == NEW:
                create_series(
                    series_id=new_id(), patient_id=chart.patient_id, plan=item.plan,
                    zone_name=str(zone), now=now,
                )  # fmt: skip
        wanted = [item.plan for item in preview.items if item.status != ENDS]
        for row in _ending(wanted, _rows(chart.patient_id)):
            _end(row, now)
        if preview.has_changes:
            follow_sessions_of(patients=[chart.patient_id], now=now)
            log_write(chart=chart, what=DataCategory.REMINDERS, now=now)
    return preview


def _plan_of_patient(chart: Chart) -> LevelPlanVersion:
    episode = None
    if chart.covers(DataCategory.PROGRAMME):
        rows = Episode.objects.filter(patient_id=chart.patient_id, discharged_on__isnull=True)
        episode = rows.first()
    if episode is None:
        raise EpisodeOver
    clinic_id = User.objects.values_list("clinic_id", flat=True).get(pk=chart.patient_id)
    return level_plan(clinic_id=clinic_id, level=episode.level_of_care)


def _wanted(details: LevelPlanDetails, today: date) -> list[ReminderPlan]:
    plans = []
    if details.check_ins:
        minutes = tuple(sorted(details.check_ins))
        plans.append(ReminderPlan(Purpose.CHECKIN, minutes, skip_if_logged=True))
    if details.prompt_minutes is not None:
        plans.append(ReminderPlan(Purpose.PRE_SESSION, (), before_minutes=details.prompt_minutes))
    if details.reminder_minutes is not None:
        plans.append(ReminderPlan(Purpose.SESSION, (), before_minutes=details.reminder_minutes))
    # A reminder asks for what is due; several questionnaires of one rhythm are one reminder.
    plans += [
        ReminderPlan(
            Purpose.MEASURE, (_MEASURE_MINUTE,), weekdays=None, every_days=days, every_from=today
        )
        for days in sorted({one.every_days for one in details.measures})
    ]
    return plans


def _rows(patient_id: UUID) -> list[Reminder]:
    rows = Reminder.objects.filter(patient_id=patient_id, purpose__in=_PURPOSES)
    return list(rows.order_by("row"))


def _key(plan: ReminderPlan) -> _Key:
    return plan.purpose, plan.minutes, plan.before_minutes, plan.every_days


def _is_patients(row: Reminder) -> bool:
    """Whether the patient made, changed or deleted it: what a plan ends keeps its revision."""
    return row.digest is not None or row.rev > 1


def _is_live(row: Reminder) -> bool:
    return row.deleted_at is None


def _status_of(plan: ReminderPlan, rows: Sequence[Reminder]) -> str:
    of_purpose = [row for row in rows if row.purpose == plan.purpose]
    if any(_is_live(row) and _key(plan_of(row)) == _key(plan) for row in of_purpose):
        return THERE
    return KEPT if any(map(_is_patients, of_purpose)) else NEW


def _ending(wanted: Iterable[ReminderPlan], rows: Sequence[Reminder]) -> list[Reminder]:
    """Find what the clinic gave and the plan does not have, of sorts that it decides about."""
    keys = {_key(plan) for plan in wanted}
    decided = {key[0] for key in keys} | {Purpose.MEASURE.value}
    patients = {row.purpose for row in rows if _is_patients(row)}
    return [
        row
        for row in rows
        if _is_live(row) and row.purpose in decided - patients and _key(plan_of(row)) not in keys
    ]


def _end(row: Reminder, now: datetime) -> None:
    """End a series without a revision of its own, by which it is told from what a patient ends."""
    Reminder.objects.filter(pk=row.pk).update(deleted_at=now, active=False, **NO_NEXT.columns())
    cancel_pending(row, reason="deleted")
