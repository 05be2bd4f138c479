"""Many patients at once, each with a phone and a reminder, for benches and chaos."""

from collections.abc import Callable
from datetime import UTC, datetime, time

from django.db import connection

from backend.kit.ids import new_id
from care.access.data_categories import CONSENT_SCOPES
from care.models import Clinic, Consent, Patient, User
from notifications.models.device import Device
from notifications.models.reminder import Reminder
from notifications.reminders.recurrence import EVERY_DAY

MIDNIGHT = time(0, 0)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LOT = 1_000


def gather(count: int, *, due_at: Callable[[int], datetime], with_phones: bool = True) -> None:
    """Bring in so many patients; the reminder of the nth is due at an instant of today, in UTC."""
    clinic = Clinic.objects.first() or Clinic.objects.create(name="Crowd", time_zone="UTC")
    for start in range(0, count, LOT):
        places = range(start, min(start + LOT, count))
        users = [
            User(
                clinic=clinic, role=User.Role.PATIENT, display_name="Patient", password="!",
                time_zone="UTC",
            )
            for _ in places
        ]  # fmt: skip
        User.objects.bulk_create(users)
        Patient.objects.bulk_create(
            [
                Patient(user=user, enrolled_at=LONG_AGO, quiet_start=MIDNIGHT, quiet_end=MIDNIGHT)
                for user in users
            ]
        )
        Consent.objects.bulk_create(
            [
                Consent(
                    patient_id=user.pk,
                    purpose="treatment",
                    version="1",
                    agreed_at=LONG_AGO,
                    scope=list(CONSENT_SCOPES["treatment"]),
                )
                for user in users
            ]
        )
        if with_phones:
            Device.objects.bulk_create(
                [_phone(user, due_at(place)) for user, place in zip(users, places, strict=True)]
            )
        Reminder.objects.bulk_create(
            [_reminder(user, due_at(place)) for user, place in zip(users, places, strict=True)]
        )


def remind_each(times: int) -> None:
    """Give each reminder so many more like it (0 or more), in one statement however many."""
    kept = [
        f'"{field.column}"' for field in Reminder._meta.concrete_fields
        if field.name not in {"id", "row"}
    ]  # fmt: skip
    columns = ", ".join(kept)
    new = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notifications_reminder (id, {columns})"
            f" WITH RECURSIVE turn(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM turn WHERE n < %s)"
            f" SELECT {new}, {columns} FROM notifications_reminder, turn WHERE n > 0",
            [times],
        )


def _phone(user: User, seen_at: datetime) -> Device:
    return Device(
        id=new_id(), patient_id=user.pk, provider="fcm_token", address=f"phone of {user.pk}",
        fingerprint=str(user.pk), platform="android", created_at=LONG_AGO, last_seen_at=seen_at,
    )  # fmt: skip


def _reminder(user: User, due_at: datetime) -> Reminder:
    minute = due_at.hour * 60 + due_at.minute
    return Reminder(
        id=new_id(), patient_id=user.pk, purpose="checkin", minutes=[minute], weekdays=EVERY_DAY,
        expires_minutes=1440, created_at=LONG_AGO, next_due_at=due_at, next_day=due_at.date(),
        next_slot=minute,
    )  # fmt: skip
