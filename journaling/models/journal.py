"""Journals: the counter and the lock of one patient's entries."""

from typing import ClassVar
from uuid import UUID

from django.db import connection, models

from backend.kit.db.claims import fetch_returning
from backend.kit.handling import Handling, Merging, NotExported, RowPolicy, Rows, until_erased


class Journal(models.Model):
    """The head of one patient's journal; its row is the lock that orders their entries."""

    patient = models.OneToOneField(
        "care.Patient", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    #: The sequence number given last; order of numbers is order of commits.
    last_seq = models.BigIntegerField(default=0)
    #: Tombstones up to this number may be gone: who read less far starts again from nothing.
    purged_seq = models.BigIntegerField(db_default=0)
    #: Up to here the entries were looked at for safety a second time (journaling/safety/sweep.py).
    safety_seq = models.BigIntegerField(db_default=0)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders", "task:safety"),
            writers=("patient", "clinician", "task:safety")),
        exports=NotExported("numbers that order entries"),
        keep=until_erased("the head of a record"),
        merging=Merging.LEFT,
        phi=("patient",),
        not_phi=("last_seq", "purged_seq", "safety_seq"),
    )  # fmt: skip


def take_next_seq(*, patient_id: UUID) -> int:
    """Take the next number of a patient's journal, and hold its lock until the transaction ends."""
    return _advance_seq(patient_id, step=1)[0]


def lock_journal(*, patient_id: UUID) -> tuple[int, int]:
    """Hold the lock of a patient's journal until the transaction ends; take no number.

    Return the number given last, and up to which number tombstones were purged.
    """
    return _advance_seq(patient_id, step=0)


def _advance_seq(patient_id: UUID, *, step: int) -> tuple[int, int]:
    table = connection.ops.quote_name(Journal._meta.db_table)
    key = Journal._meta.pk.get_db_prep_value(patient_id, connection)
    numbers = fetch_returning(
        f"INSERT INTO {table} (patient_id, last_seq) VALUES (%s, {step}) "  # noqa: S608 (own table name)
        f"ON CONFLICT (patient_id) DO UPDATE SET last_seq = {table}.last_seq + {step} "
        "RETURNING last_seq, purged_seq",
        [key],
    )
    if numbers is None:
        raise RuntimeError("an upsert always returns its row")
    return int(numbers[0]), int(numbers[1])
