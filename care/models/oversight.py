"""What administrators did that could open charts, for the privacy officer to look at."""

from typing import ClassVar

from django.db import models

from backend.kit.ids import new_id
from care.models.people import Clinic, User


class AdministrativeAct(models.Model):
    """One act of an administrator, or of somebody with a shell on the server, that is told."""

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
    #: What both were called then (``care.naming.logged_name``).
    actor_name = models.CharField(max_length=280, blank=True)
    about = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    about_name = models.CharField(max_length=280, blank=True)
    #: Which group; never a patient.
    thing = models.CharField(max_length=120, blank=True)
    patients = models.PositiveIntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: When the mails are tried next, and how often they were; null when done.
    wake_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = (
        "id", "clinic", "kind", "at", "actor", "actor_name", "about", "about_name", "thing",
        "patients", "reviewed_at", "reviewed_by", "wake_at", "attempts",
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["wake_at", "id"],
                condition=models.Q(wake_at__isnull=False),
                name="administrative_act_to_tell",
            ),
        ]
