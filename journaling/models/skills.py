"""Skills beside the shipped catalogue: what a clinic adds, what a patient was taught or given."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    RECORD,
    Handling,
    NoRowPolicy,
    NotExported,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    exported,
    until_erased,
)
from backend.kit.ids import new_id


class ClinicSkill(models.Model):
    """A skill that a clinic adds, or what it says otherwise about a shipped one.

    Null is as shipped. Withdrawn, it is no longer offered; practice that was logged with it stays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(
        "care.Clinic", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    slug = models.CharField(max_length=60)
    name = models.CharField(max_length=80, null=True)
    also_known_as = models.CharField(max_length=200, null=True)
    module = models.CharField(max_length=40, null=True)
    description = models.CharField(max_length=500, null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    ratings = models.JSONField(null=True)
    caution = models.CharField(max_length=300, null=True)
    is_withdrawn = models.BooleanField(default=False)
    rev = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own words"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("practice that was logged with a skill keeps its name"),
        not_phi=("id", "clinic", "slug", "name", "also_known_as", "module", "description",
            "minutes", "ratings", "caution", "is_withdrawn", "rev", "changed_at", "changed_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="clinic_skill_once")
        ]


class ClinicTerm(models.Model):
    """A trigger tag or a target that a clinic offers beside ours (CLINICAL §2)."""

    class Vocabulary(models.TextChoices):
        TRIGGER = "trigger"
        TARGET = "target"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(
        "care.Clinic", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    vocabulary = models.CharField(max_length=7, choices=Vocabulary.choices)
    name = models.CharField(max_length=60)
    #: No longer offered; entries that a phone wrote with it are still taken.
    is_withdrawn = models.BooleanField(default=False)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own words"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("entries that were written with a word keep it"),
        not_phi=("id", "clinic", "vocabulary", "name", "is_withdrawn"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clinic", "vocabulary", "name"], name="clinic_term_once"
            ),
            models.CheckConstraint(
                condition=Q(vocabulary__in=["trigger", "target"]), name="clinic_term_known"
            ),
        ]


class TaughtSkill(models.Model):
    """A skill that a clinician taught to a patient."""

    row = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    skill = models.CharField(max_length=60)
    taught_at = models.DateTimeField()
    #: No foreign key: who taught it stays on record when their account is gone.
    taught_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",), also=("forgotten",)),
        exports=exported("taught_skills", "skill", "taught_at"),
        keep=RECORD,
        phi=("patient", "skill", "taught_at", "taught_by"),
        not_phi=("row",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "skill"], name="skill_taught_once")
        ]


class Assignment(models.Model):
    """A skill given as homework, from one local day of the patient until another or until ended."""

    class Outcome(models.TextChoices):
        DISCUSSED = "discussed"
        KEPT = "kept"
        CHANGED = "changed"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    skill = models.CharField(max_length=60)
    per_week = models.PositiveSmallIntegerField()
    since = models.DateField()
    until = models.DateField(null=True)
    #: The clinician's words, encrypted with the patient's key.
    note = models.BinaryField(null=True)
    assigned_at = models.DateTimeField()
    assigned_by = models.UUIDField()
    ended_at = models.DateTimeField(null=True)
    #: How it ended, as it was said in a session; null where it only ended.
    outcome = models.CharField(max_length=9, null=True, choices=Outcome.choices)
    #: The clinician's words about it, encrypted as the note is.
    outcome_note = models.BinaryField(null=True)
    ended_by = models.UUIDField(null=True)
    rev = models.PositiveIntegerField(default=1)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders",), writers=("clinician",)),
        exports=exported("assignments", "id", "skill", "per_week", "since", "until", "note",
            "assigned_at", "ended_at", "outcome", "outcome_note"),
        keep=RECORD,
        sealed={
            "note": Sealed("journaling.Assignment.note"),
            "outcome_note": Sealed("journaling.Assignment.outcome_note"),
        },
        phi=("patient", "skill", "per_week", "since", "until", "note", "assigned_at", "assigned_by",
            "ended_at", "outcome", "outcome_note", "ended_by"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "skill"],
                condition=Q(ended_at__isnull=True),
                name="assignment_open_once_a_skill",
            ),
            models.CheckConstraint(
                condition=Q(per_week__range=(1, 21)), name="assignment_per_week_1_21"
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True)
                | Q(
                    ended_at__isnull=False, outcome__in=["discussed", "kept", "changed", "dropped"]
                ),
                name="assignment_outcome_at_its_end",
            ),
        ]


class SituationPlans(models.Model):
    """One version of a patient's list of if-then plans; rows are only ever added, the newest holds.

    Each plan names a situation and the skill that the patient means to use in it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()
    written_by_role = models.CharField(max_length=10)
    #: The ids of its plans: an entry may name any plan that the patient ever had.
    plan_ids = models.JSONField()
    #: The plans themselves, encrypted.
    words = models.BinaryField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("patient", "clinician")),
        exports=exported("situation_plans", "rev", "at", "written_by_role", plans="words"),
        keep=RECORD,
        sealed={"words": Sealed("journaling.SituationPlans.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "at", "written_by", "written_by_role", "plan_ids", "words"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="situation_plans_rev_once")
        ]
