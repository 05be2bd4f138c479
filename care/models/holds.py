"""What must not be destroyed while a court, an inquiry or a complaint may still need it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.ids import new_id
from care.models.people import Patient


class LegalHold(models.Model):
    """Nothing of this patient is erased, nor deleted by the retention schedule, until it is lifted.

    ``matter`` is the number under which the clinic's counsel knows it, never a story.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    PHI: ClassVar = ("patient", "matter", "placed_at", "lifted_at")
    NOT_PHI: ClassVar = ("id",)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "matter"],
                condition=Q(lifted_at__isnull=True),
                name="legal_hold_once_a_matter",
            )
        ]
