"""Exports of all that is kept about one patient: the job, and the sealed pieces of its files."""

import zlib
from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import Handling, NotExported, RowPolicy, Rows, Sealed, days, until_erased
from backend.kit.ids import new_id
from backend.kit.jobs import Job


class ExportJob(Job):
    """One asked-for export; the row is the truth about how far it is.

    ``next_attempt_at`` is when somebody has something to do with it: at once while it waits, at the
    end of a lease while it is made, and at its expiry once it is ready.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        READY = "ready"
        STOPPED = "stopped"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    formats = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices)
    #: How far it is: which file and part, after which row, and how much of each part was written.
    progress = models.JSONField()
    requested_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:exports", "task:retention"),
            writers=("patient", "task:exports", "task:retention")),
        exports=NotExported("the export itself"),
        keep=days(90, called="exports", after=("requested_at",),
            why="ours: whether one was made can be asked for a quarter; its files go after seven "
            "days, and the accounting of disclosures keeps that they were fetched",
            only=Q(next_attempt_at__isnull=True)),
        phi=("patient", "progress", "requested_at", "ready_at", "expires_at"),
        not_phi=("id", "formats", "state", "next_attempt_at", "lease_id", "attempts"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            # Whoever asks twice gets the one that is under way.
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(state__in=["waiting", "making"]),
                name="export_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "making", "ready"], next_attempt_at__isnull=False)
                | Q(state__in=["stopped", "expired"], next_attempt_at__isnull=True),
                name="export_open_has_wake",
            ),
            models.CheckConstraint(
                condition=~Q(state="making") | Q(lease_id__isnull=False),
                name="export_lease_has_holder",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(ready_at__isnull=False, expires_at__isnull=False),
                name="export_ready_expires",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="export_open",
            ),
        ]


class ExportPiece(models.Model):
    """Some bytes of one file, compressed and sealed with the patient's key."""

    row = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(
        ExportJob, db_index=False, on_delete=models.CASCADE, related_name="pieces"
    )
    #: The file: its format, and for a table the part.
    file = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PARENT, writers=("patient", "task:exports", "task:retention"),
            via="job", also=("forgotten",)),
        exports=NotExported("the export itself"),
        keep=until_erased("goes after seven days (journaling/exports/jobs.py)"),
        sealed={"sealed": Sealed("journaling.ExportPiece.sealed", read=zlib.decompress)},
        phi=("job", "sealed"),
        not_phi=("row", "file", "position"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "file", "position"], name="export_piece_once"),
        ]
