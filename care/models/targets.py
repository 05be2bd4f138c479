"""What a patient wants to watch besides the urges that everybody is asked about."""

from typing import ClassVar

from django.db import models

from care.models.people import Patient


class PersonalTargets(models.Model):
    """A patient's own targets, up to four names, encrypted as one value."""

    patient = models.OneToOneField(
        Patient, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    words = models.BinaryField()
    rev = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    #: No foreign key: who changed it stays on record when their account is gone.
    changed_by = models.UUIDField()
    changed_by_role = models.CharField(max_length=10)

    PHI: ClassVar = ("patient", "words", "changed_at", "changed_by", "changed_by_role")
    NOT_PHI: ClassVar = ("rev",)
