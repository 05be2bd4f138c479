"""Case management: what a patient needs beside treatment, tasks, and the plan for aftercare."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Q

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


class CareNeed(models.Model):
    """Something that a patient needs to live with treatment, such as a place to stay."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    #: What is needed, encrypted.
    words = models.BinaryField()
    noted_at = models.DateTimeField()
    #: No foreign key: who noted it stays on record when their account is gone.
    noted_by = models.UUIDField()
    met_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("clinician",)),
        exports=exported("needs", "id", "kind", "noted_at", "met_at", need="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.CareNeed.words")},
        phi=("patient", "kind", "words", "noted_at", "noted_by", "met_at"),
        not_phi=("id",),
    )  # fmt: skip


class CareTask(models.Model):
    """Something to be done by a day, by the patient or by somebody of their care team."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    need = models.ForeignKey(CareNeed, on_delete=models.CASCADE, related_name="+", null=True)
    #: What is to be done, encrypted.
    words = models.BinaryField()
    #: A member of the care team; null where it is the patient's own task.
    owner_id = models.UUIDField(null=True)
    due_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician")),
        exports=exported("tasks", "id", "due_on", "made_at", "done_at", task="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.CareTask.words")},
        phi=("patient", "need", "words", "owner_id", "due_on", "made_at", "made_by", "done_at",
            "done_by"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="care_task_done_by_somebody",
            )
        ]


class AftercarePlan(models.Model):
    """One version of a patient's plan for the time after treatment; the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    rev = models.PositiveIntegerField()
    #: Its parts, encrypted.
    words = models.BinaryField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()
    written_by_role = models.CharField(max_length=10)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician")),
        exports=exported("aftercare_plans", "rev", "at", "written_by_role", plan="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.AftercarePlan.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "words", "at", "written_by", "written_by_role"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="aftercare_plan_rev_once")
        ]
