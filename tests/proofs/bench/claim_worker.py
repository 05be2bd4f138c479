"""What the bench of claims does inside its own process."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from backend.kit.ids import new_id
from care.models import Clinic, Patient, User
from notifications.engine.claim import CLAIM_LIMIT, claim_due
from notifications.engine.tick import is_anything_due
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders import next_due
from notifications.reminders.recurrence import EVERY_DAY, RecurrenceRule, find_next_slot
from tests.proofs.bench.claim import DUE, IDLE_TICKS, PATIENTS

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
ZONES = ("America/Chicago", "America/New_York", "America/Denver", "America/Los_Angeles")
LATER = NOW + timedelta(hours=6)


def figures(*, schedules: int, rounds: int) -> dict[str, Any]:
    """Fill the tables, let both claim in turns, and time an idle tick."""
    fill(schedules)
    ours, raws = [], []
    for _ in range(rounds):
        raws.append(per_second(claim_by_hand))
        ours.append(per_second(claim_by_engine))
    reset()
    Reminder.objects.filter(next_due_at__lte=NOW).update(next_due_at=LATER)
    return {
        "rows_per_second": round(median(ours)),
        "raw_rows_per_second": round(median(raws)),
        "time_of_raw": round(median(raws) / median(ours), 2),
        "idle_tick_ms": round(idle_ms(), 3),
    }


def fill(schedules: int) -> None:
    """Put reminders of a thousand patients into empty tables; some fall due now."""
    with connection.cursor() as cursor:
        # Django's own way names a million ids in one statement.
        for model in (Occurrence, Reminder):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    clinic = Clinic.objects.first() or Clinic.objects.create(name="Bench", time_zone=ZONES[0])
    users = list(User.objects.filter(role=User.Role.PATIENT).order_by("pk"))
    if len(users) < PATIENTS:
        users = [
            User(
                clinic=clinic, role=User.Role.PATIENT, display_name="Patient", password="!",
                time_zone=ZONES[place % len(ZONES)],
            )
            for place in range(PATIENTS)
        ]  # fmt: skip
        User.objects.bulk_create(users)
        Patient.objects.bulk_create([Patient(user=user, enrolled_at=NOW) for user in users])
    due = min(schedules, DUE)
    Reminder.objects.bulk_create(
        (
            Reminder(
                id=new_id(), patient_id=users[place % len(users)].pk, purpose="checkin",
                minutes=[510, 1200], weekdays=EVERY_DAY, created_at=NOW,
                next_due_at=NOW if place < due else LATER, next_day=NOW.date(), next_slot=510,
            )
            for place in range(schedules)
        ),
        batch_size=1_000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def reset() -> None:
    """Make the same reminders due again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM notifications_occurrence")
    Reminder.objects.filter(last_day__isnull=False).update(
        next_due_at=NOW, next_day=NOW.date(), next_slot=510, last_day=None, last_slot=None
    )


def per_second(claim: Callable[[], int]) -> float:
    """Claim until there is nothing left; tell how many rows a second that was."""
    reset()
    started = time.perf_counter()
    total = 0
    while taken := claim():
        total += taken
    return total / (time.perf_counter() - started)


def claim_by_engine() -> int:
    """Claim one batch as the service does."""
    return claim_due(now=NOW, limit=CLAIM_LIMIT).handled


def idle_ms() -> float:
    """Time a tick that finds nothing."""
    times = []
    for _ in range(IDLE_TICKS):
        started = time.perf_counter()
        if is_anything_due(now=NOW):
            raise RuntimeError("the tick was not idle")
        times.append((time.perf_counter() - started) * 1000)
    return median(times)


WAITING = (
    "SELECT id FROM notifications_occurrence WHERE next_attempt_at <= %s"
    " ORDER BY next_attempt_at, id LIMIT %s"
)
SELECT = (
    "SELECT r.row, r.id, r.patient_id, r.purpose, r.minutes, r.expires_minutes, r.next_due_at,"
    " r.next_day, r.next_slot, u.time_zone FROM notifications_reminder r"
    " JOIN care_user u ON u.id = r.patient_id WHERE r.next_due_at <= %s"
    " ORDER BY r.next_due_at, r.row LIMIT %s"
)
NEW = (
    "id, reminder_id, patient_id, purpose, local_day, slot, due_at, not_after, wake_at, state,"
    " fence, attempts, tag, created_at"
)


def claim_by_hand() -> int:
    """Claim one batch by four statements written for this database."""
    with transaction.atomic(), connection.cursor() as cursor:
        is_postgres = connection.vendor == "postgresql"
        now: Any = NOW if is_postgres else "2026-03-02 14:30:00"
        lock = " FOR UPDATE SKIP LOCKED" if is_postgres else ""
        cursor.execute(WAITING + lock, [now, CLAIM_LIMIT])
        cursor.fetchall()
        cursor.execute(
            SELECT + (" FOR UPDATE OF r SKIP LOCKED" if is_postgres else ""), [now, CLAIM_LIMIT]
        )
        rows = cursor.fetchall()
        new, moved = by_hand(rows, is_postgres=is_postgres)
        if rows:
            (_write_postgres if is_postgres else _write_sqlite)(cursor, new, moved)
    return len(rows)


def by_hand(rows: list[Any], *, is_postgres: bool) -> tuple[list[Any], list[Any]]:
    """Do in Python what both have to do there: names, windows and next occurrences."""
    lease_id = uuid4()
    new, moved = [], []
    uuid: Callable[[Any], Any] = (lambda value: value) if is_postgres else UUID
    for row, name, patient, purpose, minutes, expires, due_at, day, slot, zone_name in rows:
        found = next_due.occurrence_id(
            patient_id=uuid(patient), reminder_id=uuid(name), day=day, slot=slot
        )
        times = json.loads(minutes) if isinstance(minutes, str) else minutes
        coming = find_next_slot(
            RecurrenceRule(tuple(times)), zone_name=zone_name, after=NOW, handled=(day, slot)
        )
        if coming is None:
            raise RuntimeError("every day has an occurrence")
        ends_at, next_attempt_at = due_at + timedelta(minutes=expires), NOW + timedelta(seconds=120)
        new.append((found, row, uuid(patient), purpose, day, slot, due_at, ends_at, next_attempt_at,
                    "leased", lease_id, 1, next_due.tag_of_occurrence(found), NOW))  # fmt: skip
        moved.append((coming.due_at, coming.day, coming.minute, day, slot, row))
    return new, moved


def _write_postgres(cursor: Any, new: list[Any], moved: list[Any]) -> None:
    cursor.execute(
        f"INSERT INTO notifications_occurrence ({NEW}) SELECT * FROM unnest("
        "%s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::date[], %s::smallint[],"
        " %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::uuid[],"
        " %s::smallint[], %s::text[], %s::timestamptz[]) ON CONFLICT DO NOTHING",
        [list(column) for column in zip(*new, strict=True)],
    )
    cursor.execute(
        "UPDATE notifications_reminder r SET next_due_at = v.a, next_day = v.b, next_slot = v.c,"
        " last_day = v.d, last_slot = v.e FROM unnest(%s::timestamptz[], %s::date[],"
        " %s::smallint[], %s::date[], %s::smallint[], %s::bigint[]) AS v(a, b, c, d, e, row)"
        " WHERE r.row = v.row",
        [list(column) for column in zip(*moved, strict=True)],
    )


def _write_sqlite(cursor: Any, new: list[Any], moved: list[Any]) -> None:
    def plain(value: object) -> object:
        if isinstance(value, UUID):
            return value.hex
        if isinstance(value, datetime):
            return str(value.replace(tzinfo=None))
        return value if isinstance(value, int | str) else str(value)

    holders = ", ".join(["%s"] * 14)
    cursor.executemany(
        f"INSERT INTO notifications_occurrence ({NEW}) VALUES ({holders}) ON CONFLICT DO NOTHING",
        [[plain(value) for value in row] for row in new],
    )
    cursor.executemany(
        "UPDATE notifications_reminder SET next_due_at = %s, next_day = %s, next_slot = %s,"
        " last_day = %s, last_slot = %s WHERE row = %s",
        [[plain(value) for value in row] for row in moved],
    )
