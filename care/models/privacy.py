"""Legal holds, break-glass access, and administrative acts that a privacy officer reviews."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    Handling,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    exported,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.jobs import Job
from care.models.people import Clinic, Patient, User


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
