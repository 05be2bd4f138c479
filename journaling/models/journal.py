"""Journals: the counter and the lock of one patient's entries."""

from typing import ClassVar

from django.db import models

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
