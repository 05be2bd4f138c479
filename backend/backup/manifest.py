"""The manifest of a backup, and the comparison of a restored database with it.

The sum over a table's rows does not depend on their order, and is made where the rows are. It is
there to find what a restore lost or changed; that nobody changed the file, its encryption tells.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from backend.kit.crypto import DecryptionFailed, KeyErased, PatientCipher, master_keys
from care.audit.seal import read_anchors
from care.counselling.read import check_newest_note_opens
from care.models import AuditSeal, Patient
from journaling.entries.entry import open_entry_text
from journaling.models import Entry

#: Of each hash so many bits are summed up.
_BITS = 120
_POSTGRES_CHECKSUM = (
    "SELECT count(*), coalesce(sum(('x' || substr(encode(sha256(convert_to(t::text, 'UTF8')), "
    "'hex'), 1, 15))::bit(60)::bigint::numeric), 0)::text FROM {table} AS t"
)


def build_manifest(*, now: datetime) -> dict[str, Any]:
    """Count and fingerprint every table of the database that Django is connected to."""
    head = AuditSeal.objects.order_by("-id").first()
    last = head.pk if head else 0
    noted = [one for one in read_anchors() if one.seal_id <= last]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # How an instant is written depends on it.
            cursor.execute("SET TIME ZONE 'UTC'")
        names = sorted(connection.introspection.table_names(cursor))
        return {
            "engine": connection.vendor,
            "made_at": now.isoformat(),
            "tables": {name: _table_checksum(cursor, name) for name in names},
            "migrations": _migrations(cursor),
            "seal": head and [head.pk, head.last_id, bytes(head.hash).hex()],
            "anchors": [[one.seal_id, one.last_id, one.hash] for one in noted],
        }


def manifest_differences(told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return the differences between a restored database and the manifest of its backup."""
    other = [f"{part} differs" for part in ("engine", "migrations", "seal") if told[part] != found[part]]  # fmt: skip # noqa: E501
    for table in sorted({*told["tables"], *found["tables"]}):
        here, there = told["tables"].get(table), found["tables"].get(table)
        if here != there:
            other.append(f"{table}: {here and here[0]} rows said, {there and there[0]} found")
    return other


def unreadable_patients() -> tuple[int, list[str]]:
    """Open each patient's keys and newest texts; return how many opened, and who did not."""
    opened, closed = 0, []
    for patient in Patient.objects.order_by("pk").iterator():
        try:
            _open_newest(patient)
            check_newest_note_opens(patient_id=patient.pk)
        except KeyErased:
            continue
        except DecryptionFailed:
            closed.append(str(patient.pk))
        else:
            opened += 1
    return opened, closed


def _open_newest(patient: Patient) -> None:
    key = master_keys().unwrap(patient.wrapped_key, patient_id=patient.pk)
    texts = Entry.objects.filter(patient_id=patient.pk, encrypted_text__isnull=False)
    newest = texts.order_by("-seq").only("id", "encrypted_text").first()
    if newest is not None:
        cipher = PatientCipher(patient.pk, key)
        open_entry_text(bytes(newest.encrypted_text or b""), entry_id=newest.id, cipher=cipher)


def _table_checksum(cursor: CursorWrapper, table: str) -> list[Any]:
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        cursor.execute(_POSTGRES_CHECKSUM.format(table=quoted))
        count, total = cursor.fetchone()
        return [count, str(total)]
    count, total = 0, 0
    cursor.execute(f"SELECT * FROM {quoted}")  # noqa: S608 (a table of ours, quoted)
    while rows := cursor.fetchmany(1000):
        for row in rows:
            digest = hashlib.sha256(repr(row).encode()).digest()
            total += int.from_bytes(digest[: _BITS // 8], "big")
        count += len(rows)
    return [count, str(total)]


def _migrations(cursor: CursorWrapper) -> list[list[str]]:
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [list(row) for row in cursor.fetchall()]
