"""Education: lessons that patients were given and read, and what groups are taught by week."""

from typing import ClassVar

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
    exported,
    until_erased,
)
from backend.kit.ids import new_id


class LessonAssignment(models.Model):
    """A lesson given to a patient to read, until a local day of theirs or until it was ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    lesson = models.CharField(max_length=60)
    until = models.DateField(null=True)
    assigned_at = models.DateTimeField()
    #: No foreign key: who gave it stays on record when their account is gone.
    assigned_by = models.UUIDField()
    ended_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",)),
        exports=exported("lesson_assignments", "id", "lesson", "until", "assigned_at", "ended_at"),
        keep=RECORD,
        phi=("patient", "lesson", "until", "assigned_at", "assigned_by", "ended_at"),
        not_phi=("id",),
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "lesson"],
                condition=Q(ended_at__isnull=True),
                name="lesson_assignment_open_once",
            )
        ]


class LessonReading(models.Model):
    """That a patient read a lesson, since when, and how they answered its question first."""

    row = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    lesson = models.CharField(max_length=60)
    #: Of the lesson, when it was read first.
    version = models.PositiveSmallIntegerField()
    read_at = models.DateTimeField()
    #: The place of the answer among those of the lesson; null while there is none.
    answer = models.PositiveSmallIntegerField(null=True)
    #: Whether that answer is the right one.
    is_recalled = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("patient",)),
        exports=exported("lesson_readings", "lesson", "version", "read_at", "answer",
            "answered_at", recalled="is_recalled"),
        keep=RECORD,
        phi=("patient", "lesson", "version", "read_at", "answer", "is_recalled", "answered_at"),
        not_phi=("row",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "lesson"], name="lesson_read_once"),
            models.CheckConstraint(
                condition=Q(answer__isnull=True, is_recalled__isnull=True, answered_at__isnull=True)
                | Q(answer__range=(0, 2), is_recalled__isnull=False, answered_at__isnull=False),
                name="lesson_answer_whole",
            ),
        ]


class GroupCurriculum(models.Model):
    """One version of what a group is taught week by week; the newest holds. No patient stands here.

    ``weeks`` are in order, each with its text, and the slugs of its skills and lessons.
    """

    class Theme(models.TextChoices):
        MENTAL_HEALTH = "mental_health"
        ALCOHOL_AND_DRUGS = "alcohol_and_drugs"
        STRESS = "stress"
        RELAPSE_PREVENTION = "relapse_prevention"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(
        "care.Group", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    rev = models.PositiveIntegerField()
    theme = models.CharField(max_length=20, choices=Theme.choices)
    #: What the clinic calls it.
    own_words = models.CharField(max_length=80)
    #: A day of the first week, by the clinic's calendar.
    starts_on = models.DateField()
    #: Whether it begins anew after its last week.
    repeats = models.BooleanField()
    weeks = models.JSONField(default=list)
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own words"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("what was taught when, while the group is one"),
        revisions=Revisions.NEW_ROWS,
        not_phi=("id", "group", "rev", "theme", "own_words", "starts_on", "repeats", "weeks", "at",
            "written_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "rev"], name="group_curriculum_rev_once")
        ]


class ClinicLesson(models.Model):
    """One version of a lesson of a clinic's own; rows are only ever added, the newest holds.

    ``details`` are its words (``journaling.education.clinic_lessons``). Withdrawn, it is no longer
    shown or given; what was read of it stays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(
        "care.Clinic", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    slug = models.CharField(max_length=60)
    rev = models.PositiveIntegerField()
    #: Goes up with the words, and by nothing else: readings name it.
    version = models.PositiveSmallIntegerField()
    details = models.JSONField()
    is_withdrawn = models.BooleanField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()
    #: What they were called then (``care.models.people.logged_name``).
    written_by_name = models.CharField(max_length=280)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own words; it names no patient"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("what was taught when, while it is a clinic"),
        revisions=Revisions.NEW_ROWS,
        not_phi=("id", "clinic", "slug", "rev", "version", "details", "is_withdrawn", "at",
            "written_by", "written_by_name"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "slug", "rev"], name="clinic_lesson_rev_once")
        ]

    def __str__(self) -> str:
        return self.slug
