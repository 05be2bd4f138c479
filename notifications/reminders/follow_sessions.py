"""Reminders follow the patient's time zone and treatment sessions when these change."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kit.db import bulk
from care.models import TreatmentSession, User
from notifications.models.reminder import Reminder
from notifications.push.local import request_refresh, try_request_refresh
from notifications.reminders.next_due import (
    NEXT_COLUMNS,
    compute_next_due,
    last_handled,
    search_from,
    sessions_ahead,
    stored_next,
)
from notifications.reminders.plan import plan_of
from notifications.reminders.sessions import SessionsByPatient, patients_of_session

#: The sweep looks at sessions of so long ahead; each is looked at many times before it is due.
SWEPT_AHEAD = timedelta(days=2)


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
