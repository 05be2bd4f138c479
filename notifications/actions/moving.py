"""What comes of reminders when their surroundings move: the patient's zone, or their sessions."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kit import bulk
from care.models import TreatmentSession, User
from notifications.meetings import Meetings, patients_of
from notifications.models import Reminder
from notifications.plans import plan_of
from notifications.refreshing import ask_for_refresh, try_to_ask
from notifications.series import COLUMNS, LATEST, handled_of, next_of, sessions_ahead, standing

#: The sweep looks at sessions of so long ahead; each is looked at many times before it is due.
SWEPT_AHEAD = timedelta(days=2)


def zone_changed(*, patient_id: UUID, now: datetime, besides: UUID | None = None) -> None:
    """Move a patient's reminders to their new zone, in the transaction that changes the zone.

    What was sent stays; nothing that was handled comes again on the day of the journey. The
    patient's phones are told, ``besides`` the one that changed it.
    """
    with transaction.atomic():
        mine = Reminder.objects.filter(
            patient_id=patient_id, next_due_at__isnull=False, before_minutes__isnull=True
        )
        _derive(mine.select_for_update().order_by("row"), meetings={}, now=now)
        ask_for_refresh(patients=[patient_id], besides=besides, now=now)


def session_changed(*, session_id: UUID, now: datetime) -> None:
    """Let reminders follow a session that was planned, moved or cancelled.

    Called right after the session was written; the sweep catches whoever could not.
    """
    sessions_changed(patients=patients_of(session_id=session_id), now=now)


def sessions_changed(*, patients: Collection[UUID], now: datetime) -> int:
    """Let the reminders of these patients follow their sessions; return how many moved.

    What was sent of a session isn't sent again for it on the same day. Their phones are told to
    read anew what comes: sessions further ahead than the next are in it as well.
    """
    with transaction.atomic():
        moved = _follow_sessions(patients, now=now)
        try_to_ask(patients=patients, now=now)
    return len(moved)


def _follow_sessions(patients: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Let reminders follow sessions; list whose moved, one for each reminder."""
    with transaction.atomic():
        mine = Reminder.objects.filter(
            patient_id__in=patients, before_minutes__isnull=False, active=True,
            deleted_at__isnull=True,
        )  # fmt: skip
        rows = list(mine.select_for_update().order_by("row"))
        meetings = sessions_ahead(patients={row.patient_id for row in rows}, now=now)
        return _derive(rows, meetings=meetings, now=now)


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
        moved = _follow_sessions(patients, now=now)
        if moved:
            try_to_ask(patients=moved, now=now)
    return len(moved)


def after_of(reminder: Reminder, *, now: datetime) -> datetime:
    """Tell later than what the next occurrence is looked for.

    One whose time has come, but whose push is spread to some minutes later, is still to come.
    """
    if reminder.next_due_at is not None and reminder.next_due_at > now:
        true = reminder.next_due_at - timedelta(seconds=reminder.next_spread)
        return min(now, true - timedelta(microseconds=1)) if now - true < LATEST else now
    return now


def _derive(rows: Iterable[Reminder], *, meetings: Meetings, now: datetime) -> list[UUID]:
    """Derive what comes next of these reminders, and write what is not as it was; list whose."""
    found = list(rows)
    zones = dict(
        User.objects.filter(pk__in={row.patient_id for row in found}).values_list("pk", "time_zone")
    )
    changed: list[tuple[Any, ...]] = []
    moved: list[UUID] = []
    for row in found:
        coming = next_of(
            plan_of(row), name=row.id, zone_name=zones[row.patient_id],
            meetings=meetings.get(row.patient_id, ()), after=after_of(row, now=now),
            handled=handled_of(row),
        )  # fmt: skip
        if coming != standing(row):
            changed.append((row.row, *coming))
            moved.append(row.patient_id)
    bulk.update_each(Reminder, ("row", *COLUMNS), changed)
    return moved
