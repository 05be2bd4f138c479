"""The access log and its seals, emergency access, legal holds, and acts of administrators."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    ExportedBySlice,
    Handling,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    exported,
    for_good,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.jobs import Job
from care.models.people import Clinic, Patient, User


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


class BreakGlass(Job):
    """Break-glass access: a chart that was opened without being on its care team, for an hour.

    The row is the job of the mails to the privacy officers as well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    clinician = models.ForeignKey(User, db_index=False, on_delete=models.PROTECT, related_name="+")
    #: What the clinician was called then.
    clinician_name = models.CharField(max_length=280)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    #: Why, in the clinician's words, under the patient's key.
    sealed_reason = models.BinaryField()
    #: When the privacy officer looked at it.
    reviewed_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:emergency",), writers=("task:emergency",),
            also=("reviewed",)),
        exports=exported("break_glass", "id", "opened_at", "ends_at", "reviewed_at",
            reason="sealed_reason", clinician="clinician__display_name"),
        keep=until_erased("reviewed by privacy officers; a patient reads it in their log"),
        sealed={"sealed_reason": Sealed("break_glass.reason")},
        phi=("patient", "opened_at", "ends_at", "sealed_reason", "reviewed_at"),
        not_phi=("id", "clinician", "clinician_name", "next_attempt_at", "lease_id", "attempts"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["clinician", "patient", "ends_at"], name="break_glass_open"),
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="break_glass_to_tell",
            ),
        ]


class LegalHold(models.Model):
    """Nothing of this patient is erased, nor deleted by the retention schedule, until it is lifted.

    ``matter`` is the number under which the clinic's counsel knows it, never a story.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:retention",)),
        exports=NotExported("for the clinic's counsel, and says nothing of the patient"),
        keep=until_erased("its end stands in the row"),
        survives_erasure="that nothing was erased under it",
        phi=("patient", "matter", "placed_at", "lifted_at"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "matter"],
                condition=Q(lifted_at__isnull=True),
                name="legal_hold_once_a_matter",
            )
        ]


class AdministrativeAct(Job):
    """One act of an administrator or of the operator that privacy officers are told of.

    The row is the job of the mails about it as well.
    """

    class Kind(models.TextChoices):
        STAFF_ADDED = "staff_added"
        STAFF_CODE = "staff_code"
        FACTOR_REMOVED = "factor_removed"
        STAFF_RENAMED = "staff_renamed"
        SHUT_OUT = "shut_out"
        LET_IN = "let_in"
        GROUP_HANDED_OVER = "group_handed_over"
        HOLD_PLACED = "hold_placed"
        HOLD_LIFTED = "hold_lifted"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    #: Null for whoever has a shell on the server.
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: What both were called then (``care.models.people.logged_name``).
    actor_name = models.CharField(max_length=280, blank=True)
    about = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    about_name = models.CharField(max_length=280, blank=True)
    #: Which group; never a patient.
    thing = models.CharField(max_length=120, blank=True)
    patients = models.PositiveIntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("what was done with accounts of staff; it names no patient"),
        exports=NotExported("names no patient"),
        keep=until_erased("what privacy officers review; it names no patient"),
        not_phi=("id", "clinic", "kind", "at", "actor", "actor_name", "about", "about_name",
            "thing", "patients", "reviewed_at", "reviewed_by", "next_attempt_at", "lease_id",
            "attempts"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="administrative_act_to_tell",
            ),
        ]
