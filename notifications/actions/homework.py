"""Reminders of skills that are given as homework, one series for each assignment."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from care import access
from care.access import Chart, DataClass
from care.models import Patient, User
from notifications.actions.moving import after_of
from notifications.actions.plan import MOST_REMINDERS, withdraw
from notifications.facts import Homework, current_homework, homework_of
from notifications.models import Purpose, Reminder
from notifications.plans import Plan, plan_of
from notifications.recurrence import EVERY_DAY
from notifications.refreshing import try_to_ask
from notifications.series import NOTHING, handled_of, next_of

_SPACE = UUID("5b0c7a52-9d0f-5a0e-8a55-0f7d3c1a9e64")
#: Between the check-ins of the built-in plan, more than an hour from each (CLINICAL §4).
AT = 17 * 60
_DAY = timedelta(days=1)


def homework_changed(*, chart: Chart, assignment_id: UUID, now: datetime) -> None:
    """Let the reminders of a skill follow what was assigned; repeated, change nothing.

    A new assignment gets a series on as many days of the week as it asks for, which the patient may
    change or delete: it does not come back. Its last day follows the assignment's; when that is
    ended, so is the series. Whoever practised shortly before isn't reminded.
    """
    with transaction.atomic():
        if _follow_homework(chart.patient_id, {assignment_id}, now=now):
            try_to_ask(patients=[chart.patient_id], now=now)
            access.log_writes(
                viewer=User.objects.get(pk=chart.viewer_id), patient_ids=[chart.patient_id],
                what=DataClass.REMINDERS, reason="assignment", now=now,
            )  # fmt: skip


def sweep_homework(*, now: datetime) -> int:
    """Begin series that are missing, and end those that outlast their homework; return how many.

    A safety net for whoever was cut off between giving homework and its reminders. What a patient
    changed stays: a series that they deleted, or let end earlier, is left as it is.
    """
    behind: dict[UUID, set[UUID]] = {}
    for one in _behind(since=(now - _DAY).date()):
        behind.setdefault(one.patient_id, set()).add(one.id)
    changed = 0
    for patient_id, assignments in sorted(behind.items()):
        with transaction.atomic():
            followed = _follow_homework(patient_id, assignments, now=now)
            changed += followed
            if followed:
                try_to_ask(patients=[patient_id], now=now)
    return changed


def _behind(*, since: date) -> list[Homework]:
    """Find homework and series that differ, by two selects; what ended before is done with."""
    homework = {name_of(one.id): one for one in current_homework(since=since)}
    series = Reminder.objects.filter(purpose=Purpose.SKILL, id__in=homework)
    standing = {
        name: (deleted_at is None, ends_on)
        for name, deleted_at, ends_on in series.values_list("id", "deleted_at", "ends_on")
    }
    return [
        one for name, one in homework.items()
        if (_outlasts(one, *standing[name]) if name in standing else not one.is_ended)
    ]  # fmt: skip


def _outlasts(one: Homework, is_live: bool, ends_on: date | None) -> bool:  # noqa: FBT001 (a row)
    too_long = one.until is not None and (ends_on is None or ends_on > one.until)
    return is_live and (one.is_ended or too_long)


def _follow_homework(patient_id: UUID, assignments: Collection[UUID], *, now: datetime) -> int:
    """Begin, move or end the series of these assignments; count those that changed."""
    # The patient's row is the lock: whoever works on reminders may write it, and no account.
    Patient.objects.select_for_update().only("pk").get(pk=patient_id)
    user = User.objects.get(pk=patient_id)
    mine = Reminder.objects.select_for_update().filter(patient_id=user.pk)
    standing = {row.id: row for row in mine}
    live = sum(row.deleted_at is None for row in standing.values())
    changed = 0
    for one in homework_of(patient=user.pk):
        row = standing.get(name_of(one.id))
        if one.id not in assignments:
            continue
        if row is not None and row.deleted_at is None:
            changed += _follow(row, one, zone_name=user.time_zone, now=now)
        elif row is None and not one.is_ended and live + changed < MOST_REMINDERS:
            _begin(one, user, now=now)
            changed += 1
    return changed


def name_of(assignment: UUID) -> UUID:
    """Name the series of an assignment; it is never made twice."""
    return uuid5(_SPACE, str(assignment))


def weekdays_of(per_week: int, *, first: int) -> int:
    """Spread so many days over the week, the first of them on that weekday."""
    if per_week >= 7:
        return EVERY_DAY
    return sum(1 << (first + place * 7 // per_week) % 7 for place in range(per_week))


def _begin(one: Homework, user: User, *, now: datetime) -> None:
    plan = Plan(
        purpose=Purpose.SKILL, minutes=(AT,), skip_if_logged=True, ends_on=one.until,
        weekdays=weekdays_of(one.per_week, first=one.since.weekday()), starts_on=one.since,
    )  # fmt: skip
    name = name_of(one.id)
    coming = next_of(
        plan, name=name, zone_name=user.time_zone, meetings=(), after=now, handled=None
    )
    Reminder.objects.create(
        id=name, patient_id=user.pk, created_at=now, **plan.columns(), **coming.columns()
    )


def _follow(row: Reminder, one: Homework, *, zone_name: str, now: datetime) -> bool:
    """Take over the end of an assignment; tell whether anything changed."""
    mine = Reminder.objects.filter(pk=row.pk)
    if one.is_ended:
        mine.update(deleted_at=now, active=False, rev=F("rev") + 1, **NOTHING.columns())
        withdraw(row, reason="deleted")
        return True
    if row.ends_on == one.until:
        return False
    after = after_of(row, now=now)
    row.ends_on = one.until
    if row.starts_on is not None and one.until is not None:
        row.starts_on = min(row.starts_on, one.until)
    coming = NOTHING
    if row.active:
        coming = next_of(
            plan_of(row), name=row.id, zone_name=zone_name, meetings=(), after=after,
            handled=handled_of(row),
        )  # fmt: skip
    mine.update(ends_on=row.ends_on, starts_on=row.starts_on, rev=F("rev") + 1, **coming.columns())
    return True
