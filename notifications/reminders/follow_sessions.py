"""What comes of reminders when their surroundings move: the patient's zone, or their sessions."""

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
    patient's phones are told, ``except_device_session`` the one that changed it.
    """
    with transaction.atomic():
        mine = Reminder.objects.filter(
            patient_id=patient_id, next_due_at__isnull=False, before_minutes__isnull=True
        )
        _recompute_next(mine.select_for_update().order_by("row"), patient_sessions={}, now=now)
        request_refresh(patients=[patient_id], except_device_session=except_device_session, now=now)


def follow_session(*, session_id: UUID, now: datetime) -> None:
    """Let reminders follow a session that was planned, moved or cancelled.

    Called right after the session was written; the sweep catches whoever could not.
    """
    follow_sessions_of(patients=patients_of_session(session_id=session_id), now=now)


def follow_sessions_of(*, patients: Collection[UUID], now: datetime) -> int:
    """Let the reminders of these patients follow their sessions; return how many moved.

    What was sent of a session isn't sent again for it on the same day. Their phones are told to
    read anew what comes: sessions further ahead than the next are in it as well.
    """
    with transaction.atomic():
        moved = _recompute_announcements(patients, now=now)
        try_request_refresh(patients=patients, now=now)
    return len(moved)


def _recompute_announcements(patients: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Let reminders follow sessions; list whose moved, one for each reminder."""
    with transaction.atomic():
        mine = Reminder.objects.filter(
            patient_id__in=patients, before_minutes__isnull=False, active=True,
            deleted_at__isnull=True,
        )  # fmt: skip
        rows = list(mine.select_for_update().order_by("row"))
        patient_sessions = sessions_ahead(patients={row.patient_id for row in rows}, now=now)
        return _recompute_next(rows, patient_sessions=patient_sessions, now=now)


def sweep_sessions(*, now: datetime) -> int:
    """Let reminders follow the sessions of the next two days, whoever changed them and how.

    A safety net: the doors that change sessions do it at once. Return how many moved.
    """
    near = TreatmentSession.objects.filter(starts_at__gt=now, starts_at__lt=now + SWEPT_AHEAD)
    alone = near.filter(patient__isnull=False).values_list("patient_id", flat=True)
    grouped = near.values_list("group__memberships__patient_id", flat=True)
    stale = Reminder.objects.filter(
        before_minutes__isnull=False, next_due_at__gt=now, next_due_at__lt=now + SWEPT_AHEAD
    ).values_list("patient_id", flat=True)
    patients = {pk for pk in (*alone, *grouped, *stale) if pk is not None}
    with transaction.atomic():
        moved = _recompute_announcements(patients, now=now)
        if moved:
            try_request_refresh(patients=moved, now=now)
    return len(moved)


def _recompute_next(
    rows: Iterable[Reminder], *, patient_sessions: SessionsByPatient, now: datetime
) -> list[UUID]:
    """Derive what comes next of these reminders, and write what is not as it was; list whose."""
    found = list(rows)
    zones = dict(
        User.objects.filter(pk__in={row.patient_id for row in found}).values_list("pk", "time_zone")
    )
    changed: list[tuple[Any, ...]] = []
    moved: list[UUID] = []
    for row in found:
        next_due = compute_next_due(
            plan_of(row), name=row.id, zone_name=zones[row.patient_id],
            patient_sessions=patient_sessions.get(row.patient_id, ()), after=search_from(row,
            now=now),
            handled=last_handled(row),
        )  # fmt: skip
        if next_due != stored_next(row):
            changed.append((row.row, *next_due))
            moved.append(row.patient_id)
    bulk.bulk_update(Reminder, ("row", *NEXT_COLUMNS), changed)
    return moved
