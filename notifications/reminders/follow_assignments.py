"""Reminders of assigned skills: one series for each assignment, which follows its changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Q, QuerySet

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_writes_many
from care.models import Patient, User
from journaling.models import Assignment
from notifications.models.reminder import Purpose, Reminder
from notifications.push.local import try_request_refresh
from notifications.reminders.edit import MOST_REMINDERS, cancel_pending
from notifications.reminders.next_due import NO_NEXT, compute_next_due, last_handled, search_from
from notifications.reminders.plan import ReminderPlan, plan_of
from notifications.reminders.recurrence import EVERY_DAY


@dataclass(frozen=True, slots=True)
class AssignedSkill:
    """One skill that is or was assigned: how often a week, from which day until which."""

    id: UUID
    patient_id: UUID
    per_week: int
    since: date
    until: date | None
    is_ended: bool


def assigned_skills_of(*, patient: UUID) -> list[AssignedSkill]:
    """List what is and was assigned to a patient, oldest first."""
    return _assigned_skills(Assignment.objects.filter(patient_id=patient))


def current_assigned_skills(*, since: date) -> list[AssignedSkill]:
    """List everybody's homework that isn't over, or that ended on that day (UTC) or later."""
    open_or_near = Q(ended_at__isnull=True) | Q(ended_at__date__gte=since)
    not_over = Q(until__isnull=True) | Q(until__gte=since)
    return _assigned_skills(Assignment.objects.filter(open_or_near, not_over))


def _assigned_skills(found: "QuerySet[Assignment]") -> list[AssignedSkill]:
    rows = found.order_by("assigned_at", "id").values_list(
        "id", "patient_id", "per_week", "since", "until", "ended_at"
    )
    return [
        AssignedSkill(pk, patient_id, per_week, since, until, ended_at is not None)
        for pk, patient_id, per_week, since, until, ended_at in rows
    ]


_SERIES_NAMESPACE = UUID("5b0c7a52-9d0f-5a0e-8a55-0f7d3c1a9e64")
#: Between the check-ins of the built-in plan, more than an hour from each (CLINICAL §4).
SKILL_MINUTE = 17 * 60
_DAY = timedelta(days=1)


def follow_assignment(*, chart: Chart, assignment_id: UUID, now: datetime) -> None:
    """Let the reminders of a skill follow what was assigned; repeated, change nothing.

    A new assignment gets a series on as many days of the week as it asks for, which the patient may
    change or delete: it does not come back. Its last day follows the assignment's; when that is
    ended, so is the series. Whoever practised shortly before isn't reminded.
    """
    with transaction.atomic():
        if _follow_all(chart.patient_id, {assignment_id}, now=now):
            try_request_refresh(patients=[chart.patient_id], now=now)
            log_writes_many(
                viewer=User.objects.get(pk=chart.viewer_id), patient_ids=[chart.patient_id],
                what=DataCategory.REMINDERS, reason="assignment", now=now,
            )  # fmt: skip


def sweep_assignments(*, now: datetime) -> int:
    """Begin series that are missing, and end those that outlast their homework; return how many.

    A safety net for whoever was cut off between giving homework and its reminders. What a patient
    changed stays: a series that they deleted, or let end earlier, is left as it is.
    """
    behind: dict[UUID, set[UUID]] = {}
    for one in _out_of_step(since=(now - _DAY).date()):
        behind.setdefault(one.patient_id, set()).add(one.id)
    changed = 0
    for patient_id, assignments in sorted(behind.items()):
        with transaction.atomic():
            followed = _follow_all(patient_id, assignments, now=now)
            changed += followed
            if followed:
                try_request_refresh(patients=[patient_id], now=now)
    return changed


def _out_of_step(*, since: date) -> list[AssignedSkill]:
    """Find homework and series that differ, by two selects; what ended before is done with."""
    assigned = {series_id_of(one.id): one for one in current_assigned_skills(since=since)}
    series = Reminder.objects.filter(purpose=Purpose.SKILL, id__in=assigned)
    standing = {
        name: (deleted_at is None, ends_on)
        for name, deleted_at, ends_on in series.values_list("id", "deleted_at", "ends_on")
    }
    return [
        one for name, one in assigned.items()
        if (_outlasts_assignment(one, *standing[name]) if name in standing else not one.is_ended)
    ]  # fmt: skip


def _outlasts_assignment(one: AssignedSkill, is_live: bool, ends_on: date | None) -> bool:  # noqa: FBT001 (a row)
    too_long = one.until is not None and (ends_on is None or ends_on > one.until)
    return is_live and (one.is_ended or too_long)


def _follow_all(patient_id: UUID, assignments: Collection[UUID], *, now: datetime) -> int:
    """Begin, move or end the series of these assignments; count those that changed."""
    # The patient's row is the lock: whoever works on reminders may write it, and no account.
    Patient.objects.select_for_update().only("pk").get(pk=patient_id)
    user = User.objects.get(pk=patient_id)
    mine = Reminder.objects.select_for_update().filter(patient_id=user.pk)
    standing = {row.id: row for row in mine}
    live = sum(row.deleted_at is None for row in standing.values())
    changed = 0
    for one in assigned_skills_of(patient=user.pk):
        row = standing.get(series_id_of(one.id))
        if one.id not in assignments:
            continue
        if row is not None and row.deleted_at is None:
            changed += _update_series(row, one, zone_name=user.time_zone, now=now)
        elif row is None and not one.is_ended and live + changed < MOST_REMINDERS:
            _create_series(one, user, now=now)
            changed += 1
    return changed


def series_id_of(assignment: UUID) -> UUID:
    """Name the series of an assignment; it is never made twice."""
    return uuid5(_SERIES_NAMESPACE, str(assignment))


def spread_over_week(per_week: int, *, first: int) -> int:
    """Spread so many days over the week, the first of them on that weekday."""
    if per_week >= 7:
        return EVERY_DAY
    return sum(1 << (first + place * 7 // per_week) % 7 for place in range(per_week))


def _create_series(one: AssignedSkill, user: User, *, now: datetime) -> None:
    plan = ReminderPlan(
        purpose=Purpose.SKILL, minutes=(SKILL_MINUTE,), skip_if_logged=True, ends_on=one.until,
        weekdays=spread_over_week(one.per_week, first=one.since.weekday()), starts_on=one.since,
    )  # fmt: skip
    name = series_id_of(one.id)
    next_due = compute_next_due(
        plan, name=name, zone_name=user.time_zone, patient_sessions=(), after=now, handled=None
    )
    Reminder.objects.create(
        id=name, patient_id=user.pk, created_at=now, **plan.columns(), **next_due.columns()
    )


def _update_series(row: Reminder, one: AssignedSkill, *, zone_name: str, now: datetime) -> bool:
    """Take over the end of an assignment; tell whether anything changed."""
    mine = Reminder.objects.filter(pk=row.pk)
    if one.is_ended:
        mine.update(deleted_at=now, active=False, rev=F("rev") + 1, **NO_NEXT.columns())
        cancel_pending(row, reason="deleted")
        return True
    if row.ends_on == one.until:
        return False
    after = search_from(row, now=now)
    row.ends_on = one.until
    if row.starts_on is not None and one.until is not None:
        row.starts_on = min(row.starts_on, one.until)
    next_due = NO_NEXT
    if row.active:
        next_due = compute_next_due(
            plan_of(row), name=row.id, zone_name=zone_name, patient_sessions=(), after=after,
            handled=last_handled(row),
        )  # fmt: skip
    mine.update(
        ends_on=row.ends_on, starts_on=row.starts_on, rev=F("rev") + 1, **next_due.columns()
    )
    return True
