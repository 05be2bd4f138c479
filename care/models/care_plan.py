"""A patient's plan of care, in versions, and what they say of each."""

from typing import ClassVar

import orjson
from django.db import models

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
from care.models.people import Patient, User


class CarePlan(models.Model):
    """One version of a patient's plan of care; the newest counts, and older ones stay.

    ``words`` are the goals, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    rev = models.PositiveIntegerField()
    hours_per_week = models.DecimalField(max_digits=4, decimal_places=1)
    words = models.BinaryField()
    reviewed_on = models.DateField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("clinician",)),
        exports=exported("care_plans", "id", "rev", "hours_per_week", "reviewed_on", "written_at",
            problems="words", written_by="written_by__display_name"),
        keep=RECORD,
        sealed={"words": Sealed("care.CarePlan.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "hours_per_week", "words", "reviewed_on", "written_at"),
        not_phi=("id", "rev", "written_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="care_plan_rev_once")
        ]


class CarePlanResponse(models.Model):
    """What a patient said of one version of their plan of care; of several the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    #: The version, by its revision.
    plan_rev = models.PositiveIntegerField()
    agreed = models.BooleanField()
    #: Their comment, encrypted.
    words = models.BinaryField(null=True)
    at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient",)),
        exports=exported("care_plan_responses", "plan_rev", "agreed", "at", comment="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.CarePlanResponse.words")},
        phi=("patient", "plan_rev", "agreed", "words", "at"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["patient", "at"], name="care_plan_response_of_patient")
        ]
