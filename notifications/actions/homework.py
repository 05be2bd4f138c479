"""Reminders of skills that are given as homework, one series for each assignment."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F

from care import access
from care.access import Chart, DataClass
from care.models import User
from notifications.actions.moving import after_of, handled_of
from notifications.actions.plan import MOST_REMINDERS, withdraw
from notifications.facts import Homework, homework_of
from notifications.models import Purpose, Reminder
from notifications.plans import Plan, plan_of
from notifications.recurrence import EVERY_DAY
from notifications.series import NOTHING, next_of

_SPACE = UUID("5b0c7a52-9d0f-5a0e-8a55-0f7d3c1a9e64")
#: Between the check-ins of the built-in plan, more than an hour from each (CLINICAL §4).
AT = 17 * 60


def homework_changed(*, chart: Chart, now: datetime) -> None:
    """Let reminders follow the skills that are assigned; repeated, change nothing.

    A new assignment gets a series on as many days of the week as it asks for, which the patient may
    change or delete: it does not come back. Its last day follows the assignment's; when that is
    ended, so is the series. Whoever practised shortly before isn't reminded.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=chart.patient_id)
        mine = Reminder.objects.select_for_update().filter(patient_id=user.pk)
        standing = {row.id: row for row in mine}
        live = sum(row.deleted_at is None for row in standing.values())
        changed = False
        for one in homework_of(patient=user.pk):
            row = standing.get(name_of(one.id))
            if row is not None and row.deleted_at is None:
                changed |= _follow(row, one, zone_name=user.time_zone, now=now)
            elif row is None and not one.is_ended and live < MOST_REMINDERS:
                _begin(one, user, now=now)
                changed, live = True, live + 1
        if changed:
            access.log_writes(
                viewer=User.objects.get(pk=chart.viewer_id), patient_ids=[user.pk],
                what=DataClass.REMINDERS, reason="assignment", now=now,
            )  # fmt: skip


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
