"""Medicine and physical health: what is taken by agreement, screenings, bounds of readings."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import F, Q

from backend.kit.handling import (
    RECORD,
    Handling,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    exported,
)
from backend.kit.ids import new_id
from care.models.people import Patient


class MedicationVersion(models.Model):
    """One version of a medicine or supplement; rows are only added, the newest of each holds.

    A change of times does not rewrite what was due before: how much of it was taken is counted by
    the version that stood on each day.
    """

    class Kind(models.TextChoices):
        MEDICINE = "medicine"
        SUPPLEMENT = "supplement"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    #: The same in all versions of one medicine.
    medication_id = models.UUIDField()
    rev = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: Its name, the dose as it was agreed, and who prescribes it; encrypted.
    words = models.BinaryField()
    #: Minutes of the patient's local day, ascending; none where it is taken as needed.
    minutes = models.JSONField()
    #: Bit 0 is Monday.
    weekdays = models.PositiveSmallIntegerField()
    #: Days of the patient's calendar.
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    refill_by = models.DateField(null=True)
    has_reminder = models.BooleanField()
    #: The patient's local day on which it was written: it is counted from the day after.
    written_on = models.DateField()
    is_ended = models.BooleanField(default=False)
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",)),
        exports=exported("medications", "medication_id", "rev", "kind", "minutes", "weekdays",
            "starts_on", "ends_on", "refill_by", "has_reminder", "is_ended", "at",
            medicine="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.MedicationVersion.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "kind", "words", "minutes", "weekdays", "starts_on", "ends_on",
            "refill_by", "has_reminder", "written_on", "is_ended", "at", "written_by"),
        not_phi=("id", "medication_id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["medication_id", "rev"], name="medication_version_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["medicine", "supplement"]), name="medication_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__range=(1, 127)), name="medication_on_some_weekday"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="medication_ends_after_start",
            ),
        ]


class Screening(models.Model):
    """One medical screening: when it was asked for, when it was done, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    #: What is screened for, and the result; encrypted.
    words = models.BinaryField()
    #: Days of the clinic's calendar.
    asked_on = models.DateField()
    done_on = models.DateField(null=True)
    rev = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    changed_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",)),
        exports=exported("screenings", "id", "asked_on", "done_on", "changed_at",
            screening="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.Screening.words", read=orjson.loads)},
        phi=("patient", "words", "asked_on", "done_on", "changed_at", "changed_by"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | Q(done_on__gte=F("asked_on")),
                name="screening_done_after_asked",
            )
        ]


class VitalBounds(models.Model):
    """One version of the bounds that a clinic sets for a patient's readings; the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    rev = models.PositiveIntegerField()
    #: By type of reading its lower and upper bound, encrypted.
    words = models.BinaryField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",)),
        exports=exported("vital_bounds", "rev", "at", bounds="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.VitalBounds.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "words", "at", "written_by"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="vital_bounds_rev_once")
        ]
