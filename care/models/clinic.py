"""What a clinic tells its people of itself, and the help that it knows of in its region."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import Handling, NoRowPolicy, NotExported, Revisions, until_erased
from backend.kit.ids import new_id
from care.models.people import Clinic


class ClinicProfile(models.Model):
    """One version of a clinic's profile; rows are only ever added, the newest holds.

    Null is what the clinic does not say.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, db_index=False, on_delete=models.CASCADE, related_name="+")
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()
    #: What they were called then (``care.models.people.logged_name``).
    written_by_name = models.CharField(max_length=280)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=500, null=True)
    phone = models.CharField(max_length=40, null=True)
    #: When it is open, in its own words: lines of text.
    hours = models.JSONField(default=list)
    cost_page = models.CharField(max_length=300, null=True)
    website = models.CharField(max_length=300, null=True)
    insurance = models.CharField(max_length=500, null=True)
    scholarship_contact = models.CharField(max_length=200, null=True)
    #: Shown with the national crisis lines, never instead of them.
    crisis_phone = models.CharField(max_length=20, null=True)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own words"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("what was told when, while it is a clinic"),
        revisions=Revisions.NEW_ROWS,
        not_phi=("id", "clinic", "rev", "at", "written_by", "written_by_name", "name", "address",
            "phone", "hours", "cost_page", "website", "insurance", "scholarship_contact",
            "crisis_phone"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "rev"], name="clinic_profile_rev_once")
        ]


class LevelPlan(models.Model):
    """One version of what a clinic plans for a level of care; rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, db_index=False, on_delete=models.CASCADE, related_name="+")
    level_of_care = models.CharField(max_length=30)
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: No foreign key: who wrote it stays on record when their account is gone.
    written_by = models.UUIDField()
    #: What they were called then (``care.models.people.logged_name``).
    written_by_name = models.CharField(max_length=280)
    #: Sessions, hours, reminders and questionnaires (``care.clinic.level_plans``).
    details = models.JSONField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own plan; it names no patient"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("what was planned when, while it is a clinic"),
        revisions=Revisions.NEW_ROWS,
        not_phi=("id", "clinic", "level_of_care", "rev", "at", "written_by", "written_by_name",
            "details"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clinic", "level_of_care", "rev"], name="level_plan_rev_once"
            )
        ]

    def __str__(self) -> str:
        return self.level_of_care.replace("_", " ")


class CommunityResource(models.Model):
    """Somebody outside of the clinic who helps: a group, a kitchen, a shelter, a ride.

    Withdrawn, it is no longer shown; nothing is deleted.
    """

    class Kind(models.TextChoices):
        SUPPORT_GROUP = "support_group"
        HOUSING = "housing"
        WORK = "work"
        TRANSPORT = "transport"
        FOOD = "food"
        LEGAL = "legal"
        HEALTH = "health"
        CHILDCARE = "childcare"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, null=True)
    #: Which part of the country it serves, as people there call it.
    region = models.CharField(max_length=120, null=True)
    address = models.CharField(max_length=500, null=True)
    phone = models.CharField(max_length=40, null=True)
    website = models.CharField(max_length=300, null=True)
    #: When it is open, in its own words: lines of text.
    hours = models.JSONField(default=list)
    #: Which languages are spoken there: tags such as ``es``.
    languages = models.JSONField(default=list)
    #: The day on which somebody last checked it; null where nobody has.
    verified_at = models.DateField(null=True)
    is_withdrawn = models.BooleanField(default=False)
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: No foreign key: who changed it stays on record when their account is gone.
    changed_by = models.UUIDField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's own list of help outside; it names no patient"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("the clinic's own list, while it is a clinic"),
        not_phi=("id", "clinic", "kind", "name", "description", "region", "address", "phone",
            "website", "hours", "languages", "verified_at", "is_withdrawn", "rev", "created_at",
            "changed_at", "changed_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "support_group", "housing", "work", "transport", "food", "legal", "health",
                        "childcare", "other",
                    ]
                ),
                name="community_resource_kind_known",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
