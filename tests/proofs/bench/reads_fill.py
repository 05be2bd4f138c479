"""Millions of entries in minutes: one patient's journal, copied to as many others as are wanted.

The rows lie in the table in the order of time, as phones would have sent them, so that one
patient's entries are spread over it. Secondary indexes are taken away first and made again at the
end, all in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from care.models import Clinic, Patient, User
from journaling.models import Entry, Journal
from tests import cast

TABLE = "journaling_entry"
_BATCH = 2_000
_MEMORY = {
    "postgresql": (
        "SET maintenance_work_mem = '1GB'", "SET statement_timeout = 0",
        # No row of another table is asked whether it exists: each is a copy of one that did.
        "SET session_replication_role = replica",
    ),
    "sqlite": ("PRAGMA cache_size = -4000000", "PRAGMA synchronous = OFF"),
}  # fmt: skip


def fill(template: User, *, count: int, each: int, lived_since: datetime) -> None:
    """Add ``count`` patients with the template's ``each`` rows.

    Who was there already gets its rows from before ``lived_since``: from then on theirs are real,
    under their own key. Then all rows are laid out in the order of time.
    """
    _people(template.clinic, count, each)
    with connection.cursor() as cursor:
        for statement in _MEMORY[connection.vendor]:
            cursor.execute(statement)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE held AS SELECT * FROM {TABLE}")
        cursor.execute("CREATE INDEX held_at ON held (occurred_at)")
        cursor.execute(f"DELETE FROM {TABLE}")
        with _without_indexes(cursor):
            _lay_out(cursor, template.pk, each, _stored("occurred_at", lived_since))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _people(clinic: Clinic, count: int, each: int) -> None:
    users = [
        User(clinic=clinic, role=User.Role.PATIENT, display_name="Copy", password="!",
             time_zone=cast.ZONE)
        for _ in range(max(0, count))
    ]  # fmt: skip
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=_BATCH)
        Patient.objects.bulk_create([Patient(user=user) for user in users], batch_size=_BATCH)
        heads = [Journal(patient_id=user.pk, last_seq=each) for user in users]
        Journal.objects.bulk_create(heads, batch_size=_BATCH)


def _lay_out(cursor: Any, template: UUID, each: int, lived_since: Any) -> None:
    names = [
        str(field.column) for field in Entry._meta.concrete_fields
        if field.column not in {"row", "patient_id"} and not field.generated
    ]  # fmt: skip
    columns = ", ".join(f'"{name}"' for name in names)
    # Earlier weeks are not read here, so that theirs may be copies which their key would not open.
    earlier = columns.replace('"seq"', f'"seq" - {each}')
    into = f'INSERT INTO {TABLE} ("patient_id", {columns})'
    key = _stored("patient", template)
    cursor.execute("SELECT occurred_at, seq FROM held WHERE patient_id = %s ORDER BY 1, 2", [key])
    before: Any = None
    for at, seq in cursor.fetchall():
        since, values = ("", [at]) if before is None else (" AND occurred_at > %s", [at, before])
        cursor.execute(
            f"{into} SELECT patient_id, {columns} FROM held "
            f"WHERE occurred_at <= %s{since} ORDER BY occurred_at",
            values,
        )
        before = at
        cursor.execute(
            f"{into} SELECT p.user_id, {columns} FROM care_patient p, held e "
            "WHERE p.enrolled_at IS NULL AND e.patient_id = %s AND e.seq = %s ORDER BY p.user_id",
            [key, seq],
        )
        if at < lived_since:
            cursor.execute(
                f"{into} SELECT p.user_id, {earlier} FROM care_patient p, held e "
                "WHERE p.enrolled_at IS NOT NULL AND p.user_id <> %s "
                "AND e.patient_id = %s AND e.seq = %s ORDER BY p.user_id",
                [key, key, seq],
            )
    cursor.execute(
        f"{into} SELECT patient_id, {columns} FROM held WHERE occurred_at > %s "
        "ORDER BY occurred_at", [before],
    )  # fmt: skip


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    """Take away what is made faster at the end than row by row; the primary key stays."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'u'", [TABLE],
        )  # fmt: skip
        unique = cursor.fetchall()
        for name, _ in unique:
            cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)", [TABLE],
        )  # fmt: skip
        again = [f'ALTER TABLE {TABLE} ADD CONSTRAINT "{name}" {made}' for name, made in unique]
    else:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name = %s", [TABLE],
        )  # fmt: skip
        again = []
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for statement in (*again, *(made for _, made in indexes)):
        cursor.execute(statement)


def _stored(name: str, value: Any) -> Any:
    field: Any = Entry._meta.get_field(name)
    return getattr(field, "target_field", field).get_db_prep_value(value, connection)
