"""Reminders follow what changes: a patient's time zone, treatment sessions, and assigned skills."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.kit.db import bulk
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_writes_many
from care.access.patient_lock import lock_patient
from care.models import TreatmentSession, User
from journaling.models import Assignment
from notifications.models.reminder import Purpose, Reminder
from notifications.push.local import request_refresh, try_request_refresh
from notifications.reminders.edit import MOST_REMINDERS
from notifications.reminders.given_series import change_series, create_series, end_series
from notifications.reminders.next_due import (
    NEXT_COLUMNS,
    compute_next_due,
    last_handled,
    search_from,
    sessions_ahead,
    stored_next,
)
from notifications.reminders.plan import ReminderPlan, plan_of
from notifications.reminders.recurrence import EVERY_DAY
from notifications.reminders.sessions import SessionsByPatient, patients_of_session

#: The sweep looks at sessions of so long ahead; each is looked at many times before it is due.
SWEPT_AHEAD = timedelta(days=2)
_SERIES_NAMESPACE = UUID("5b0c7a52-9d0f-5a0e-8a55-0f7d3c1a9e64")
#: Between the check-ins of the built-in plan, more than an hour from each (CLINICAL §4).
SKILL_MINUTE = 17 * 60


def follow_time_zone(
    *, patient_id: UUID, now: datetime, except_device_session: UUID | None = None
) -> None:
    """Move a patient's reminders to their new zone, in the transaction that changes the zone.

    What was sent stays; nothing that was handled comes again on the day of the journey. The
    patient's phones are refreshed, except the one of ``except_device_session``.
    """
    with transaction.atomic():
        reminders = Reminder.objects.filter(
            patient_id=patient_id, next_due_at__isnull=False, before_minutes__isnull=True
        )
        _recompute_next(reminders.select_for_update().order_by("row"), patient_sessions={}, now=now)
        request_refresh(patients=[patient_id], except_device_session=except_device_session, now=now)


def follow_session(*, session_id: UUID, now: datetime) -> None:
    """Recompute the reminders of a session that was planned, moved or cancelled.

    Called right after the session was written; the sweep repeats what was cut off.
    """
    follow_sessions_of(patients=patients_of_session(session_id=session_id), now=now)


def follow_sessions_of(*, patients: Collection[UUID], now: datetime) -> int:
    """Recompute the session reminders of these patients; return how many moved.

    What was sent of a session isn't sent again for it on the same day. Their phones are refreshed:
    sessions further ahead than the next are in the forecast as well.
    """
    with transaction.atomic():
        moved = _recompute_announcements(patients, now=now)
        try_request_refresh(patients=patients, now=now)
    return len(moved)


def sweep_sessions(*, now: datetime) -> int:
    """Recompute the reminders of the sessions of the next two days; return how many moved.

    A reconciliation: the endpoints that change sessions do it at once.
    """
    soon = TreatmentSession.objects.filter(starts_at__gt=now, starts_at__lt=now + SWEPT_AHEAD)
    individual = soon.filter(patient__isnull=False).values_list("patient_id", flat=True)
    grouped = soon.values_list("group__memberships__patient_id", flat=True)
    announced = Reminder.objects.filter(
        before_minutes__isnull=False, next_due_at__gt=now, next_due_at__lt=now + SWEPT_AHEAD
    ).values_list("patient_id", flat=True)
    patients = {pk for pk in (*individual, *grouped, *announced) if pk is not None}
    with transaction.atomic():
        moved = _recompute_announcements(patients, now=now)
        if moved:
            try_request_refresh(patients=moved, now=now)
    return len(moved)


def _recompute_announcements(patients: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Recompute session reminders; return the patient of each reminder that moved."""
    with transaction.atomic():
        reminders = Reminder.objects.filter(
            patient_id__in=patients, before_minutes__isnull=False, active=True,
            deleted_at__isnull=True,
        )  # fmt: skip
        rows = list(reminders.select_for_update().order_by("row"))
        patient_sessions = sessions_ahead(patients={row.patient_id for row in rows}, now=now)
        return _recompute_next(rows, patient_sessions=patient_sessions, now=now)


def _recompute_next(
    rows: Iterable[Reminder], *, patient_sessions: SessionsByPatient, now: datetime
) -> list[UUID]:
    """Recompute what comes next of these reminders, store changes, and return whose moved."""
    reminders = list(rows)
    zones = dict(
        User.objects.filter(pk__in={reminder.patient_id for reminder in reminders}).values_list(
            "pk", "time_zone"
        )
    )
    changed: list[tuple[Any, ...]] = []
    moved_patients: list[UUID] = []
    for reminder in reminders:
        next_due = compute_next_due(
            plan_of(reminder), name=reminder.id, zone_name=zones[reminder.patient_id],
            patient_sessions=patient_sessions.get(reminder.patient_id, ()),
            after=search_from(reminder, now=now), handled=last_handled(reminder),
        )  # fmt: skip
        if next_due != stored_next(reminder):
            changed.append((reminder.row, *next_due))
            moved_patients.append(reminder.patient_id)
    bulk.bulk_update(Reminder, ("row", *NEXT_COLUMNS), changed)
    return moved_patients


@dataclass(frozen=True, slots=True)
class AssignedSkill:
    """One skill that is or was assigned: how often a week, from which day until which."""

    id: UUID
    patient_id: UUID
    per_week: int
    since: date
    until: date | None
    is_ended: bool


def follow_assignment(*, chart: Chart, assignment_id: UUID, now: datetime) -> None:
    """Create, change or end the reminders of an assignment; repeated, change nothing.

    A new assignment gets a series on as many days of the week as it asks for, which the patient may
    change or delete: it is not created again. Its last day follows the assignment's; when that is
    ended, so is the series. A patient who practised shortly before isn't reminded.
    """
    with transaction.atomic():
        if _follow_all(chart.patient_id, {assignment_id}, now=now):
            try_request_refresh(patients=[chart.patient_id], now=now)
            log_writes_many(
                viewer=User.objects.get(pk=chart.viewer_id), patient_ids=[chart.patient_id],
                what=DataCategory.REMINDERS, reason="assignment", now=now,
            )  # fmt: skip


def sweep_assignments(*, now: datetime) -> int:
    """Create missing series, and end those that outlast their assignment; return how many.

    A reconciliation for requests that were cut off between the assignment and its reminders. What a
    patient changed stays: a series that they deleted, or let end earlier, is left as it is.
    """
    out_of_step: dict[UUID, set[UUID]] = {}
    for assigned in _out_of_step(since=(now - timedelta(days=1)).date()):
        out_of_step.setdefault(assigned.patient_id, set()).add(assigned.id)
    changed = 0
    for patient_id, assignments in sorted(out_of_step.items()):
        with transaction.atomic():
            followed = _follow_all(patient_id, assignments, now=now)
            changed += followed
            if followed:
                try_request_refresh(patients=[patient_id], now=now)
    return changed


def _out_of_step(*, since: date) -> list[AssignedSkill]:
    """Return the assignments whose series differs; what ended earlier is settled."""
    assigned = {series_id_of(skill.id): skill for skill in current_assigned_skills(since=since)}
    series = Reminder.objects.filter(purpose=Purpose.SKILL, id__in=assigned)
    existing = {
        series_id: (deleted_at is None, ends_on)
        for series_id, deleted_at, ends_on in series.values_list("id", "deleted_at", "ends_on")
    }
    return [
        skill
        for series_id, skill in assigned.items()
        if (
            _outlasts_assignment(skill, *existing[series_id])
            if series_id in existing
            else not skill.is_ended
        )
    ]


def _outlasts_assignment(
    skill: AssignedSkill,
    is_live: bool,  # noqa: FBT001 (a row)
    ends_on: date | None,
) -> bool:
    too_long = skill.until is not None and (ends_on is None or ends_on > skill.until)
    return is_live and (skill.is_ended or too_long)


def _follow_all(patient_id: UUID, assignments: Collection[UUID], *, now: datetime) -> int:
    """Create, change or end the series of these assignments; return how many changed."""
    # The patient's row is the lock: the actor of reminders may write it, but no account.
    lock_patient(patient_id)
    user = User.objects.get(pk=patient_id)
    series = Reminder.objects.select_for_update().filter(patient_id=user.pk)
    existing = {row.id: row for row in series}
    live_count = sum(row.deleted_at is None for row in existing.values())
    changed = 0
    for skill in assigned_skills_of(patient=user.pk):
        row = existing.get(series_id_of(skill.id))
        if skill.id not in assignments:
            continue
        if row is not None and row.deleted_at is None:
            changed += _update_series(row, skill, zone_name=user.time_zone, now=now)
        elif row is None and not skill.is_ended and live_count + changed < MOST_REMINDERS:
            _create_series(skill, user, now=now)
            changed += 1
    return changed


def _create_series(skill: AssignedSkill, user: User, *, now: datetime) -> None:
    plan = ReminderPlan(
        purpose=Purpose.SKILL, minutes=(SKILL_MINUTE,), skip_if_logged=True, ends_on=skill.until,
        weekdays=spread_over_week(skill.per_week, first=skill.since.weekday()),
        starts_on=skill.since,
    )  # fmt: skip
    create_series(
        series_id=series_id_of(skill.id), patient_id=user.pk, plan=plan, zone_name=user.time_zone,
        now=now,
    )  # fmt: skip


def _update_series(row: Reminder, skill: AssignedSkill, *, zone_name: str, now: datetime) -> bool:
    """Apply the end of an assignment to its series; return whether anything changed."""
    if skill.is_ended:
        end_series(row, now=now)
        return True
    if row.ends_on == skill.until:
        return False
    starts_on = row.starts_on
    if starts_on is not None and skill.until is not None:
        starts_on = min(starts_on, skill.until)
    changes = {"ends_on": skill.until, "starts_on": starts_on}
    change_series(row, changes, zone_name=zone_name, now=now)
    return True


def series_id_of(assignment: UUID) -> UUID:
    """Return the id of an assignment's series: derived, so that it is never created twice."""
    return uuid5(_SERIES_NAMESPACE, str(assignment))


def spread_over_week(per_week: int, *, first: int) -> int:
    """Spread so many days over the week, the first of them on that weekday."""
    if per_week >= 7:
        return EVERY_DAY
    return sum(1 << (first + place * 7 // per_week) % 7 for place in range(per_week))


def assigned_skills_of(*, patient: UUID) -> list[AssignedSkill]:
    """List the current and former assignments of a patient, oldest first."""
    return _assigned_skills(Assignment.objects.filter(patient_id=patient))


def current_assigned_skills(*, since: date) -> list[AssignedSkill]:
    """List the assignments of all patients that are open, or ended on that day (UTC) or later."""
    open_or_near = Q(ended_at__isnull=True) | Q(ended_at__date__gte=since)
    not_over = Q(until__isnull=True) | Q(until__gte=since)
    return _assigned_skills(Assignment.objects.filter(open_or_near, not_over))


def _assigned_skills(assignments: "QuerySet[Assignment]") -> list[AssignedSkill]:
    rows = assignments.order_by("assigned_at", "id").values_list(
        "id", "patient_id", "per_week", "since", "until", "ended_at"
    )
    return [
        AssignedSkill(pk, patient_id, per_week, since, until, ended_at is not None)
        for pk, patient_id, per_week, since, until, ended_at in rows
    ]
