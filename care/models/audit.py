"""The access log, and the seals that show any change of it."""

from typing import ClassVar

from django.db import models

from backend.kit.handling import (
    ExportedBySlice,
    Handling,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    for_good,
)


class AccessLogEntry(models.Model):
    """Who reached for whose data, when, of what class and why, and whether it was granted.

    Ids stand here without foreign keys: the log outlives what it speaks of.
    """

    class Action(models.TextChoices):
        READ = "read"
        WRITE = "write"
        DENIED = "denied"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=30)
    #: What somebody of the staff was called when it happened, and their name to sign in with;
    #: whoever is renamed later did it under this name. Empty for patients and support persons.
    actor_name = models.CharField(max_length=280, blank=True)
    device_session_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    action = models.CharField(max_length=6, choices=Action.choices)
    data_class = models.CharField(max_length=30)
    reason = models.CharField(max_length=30)
    request_id = models.CharField(max_length=64)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, tasks=("task:sealing",), also=("noted",)),
        exports=(ExportedBySlice("access_log"),),
        keep=for_good("45 CFR 164.316(b)(2)(i): six years at least"),
        append_only=True,
        merging=Merging.LEFT,
        phi=("at", "actor_id", "actor_name", "patient_id", "action", "data_class", "reason"),
        not_phi=("id", "actor_role", "device_session_id", "request_id"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient_id", "at"], name="access_of_patient")]


class AuditSeal(models.Model):
    """A stretch of the access log, fingerprinted together with the seal before it.

    Rows of the log and of seals are only ever added: triggers of the database refuse the rest, and
    the serving role has no right to it. Whoever gets around both is found by ``audit verify``.
    """

    id = models.BigAutoField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    #: Ids between the two that had no row: numbers of transactions that were taken back, or that
    #: were still open. A row that appears there later gets a seal of its own.
    gaps = models.JSONField()
    is_late = models.BooleanField(default=False)
    hash = models.BinaryField(max_length=32)
    #: Under the server's key, so that nobody with the database alone can write a seal.
    signature = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("fingerprints of the access log, without ids of people"),
        exports=NotExported("fingerprints of the log, which is the part access_log"),
        keep=for_good("45 CFR 164.316(b)(2)(i): six years at least, as the log that it seals"),
        append_only=True,
        not_phi=("id", "first_id", "last_id", "rows", "gaps", "is_late", "hash", "signature",
            "sealed_at"),
    )  # fmt: skip
