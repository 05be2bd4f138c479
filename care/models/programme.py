"""Episodes of care with their admission, level changes, certification and plan; and groups."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import F, Q

from backend.kit.handling import (
    RECORD,
    Handling,
    Merging,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    exported,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.sealed_fields import SealedText
from care.models.people import Clinic, Patient, User


class Episode(models.Model):
    """One episode of care, from admission to discharge."""

    class LevelOfCare(models.TextChoices):
        RESIDENTIAL = "residential"
        PARTIAL_HOSPITALIZATION = "partial_hospitalization"
        INTENSIVE_OUTPATIENT = "intensive_outpatient"
        OUTPATIENT = "outpatient"
        AFTERCARE = "aftercare"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="episodes")
    level_of_care = models.CharField(max_length=30, choices=LevelOfCare.choices)
    #: Days of the clinic's calendar.
    admitted_on = models.DateField()
    discharged_on = models.DateField(null=True)
    planned_hours_per_week = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    #: The level by the ASAM criteria: their edition, and the code that it has there.
    asam_edition = models.CharField(max_length=2, null=True)
    asam_code = models.CharField(max_length=6, null=True)
    #: Who sent the patient: the kind (``care.programme.placement``), and a name in short.
    referral_kind = models.CharField(max_length=20, null=True)
    referral_from = SealedText(bound_to="episode.referral_from", null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",)),
        exports=exported("episodes", "id", "level_of_care", "admitted_on", "discharged_on",
            "planned_hours_per_week", "asam_edition", "asam_code", "referral_kind",
            "referral_from"),
        keep=RECORD,
        phi=("patient", "level_of_care", "admitted_on", "discharged_on", "planned_hours_per_week",
            "asam_edition", "asam_code", "referral_kind", "referral_from"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(discharged_on__isnull=True),
                name="episode_open_once",
            ),
            models.CheckConstraint(
                condition=Q(discharged_on__isnull=True) | Q(discharged_on__gte=F("admitted_on")),
                name="episode_ends_after_admission",
            ),
        ]


class Admission(models.Model):
    """What was asked before an intensive outpatient episode began, and by whom (CLINICAL §1)."""

    class Symptoms(models.TextChoices):
        MODERATE = "moderate"
        SEVERE = "severe"

    class Compliance(models.TextChoices):
        ABLE = "able"
        WITH_SUPPORT = "with_support"

    episode = models.OneToOneField(
        Episode, on_delete=models.CASCADE, primary_key=True, related_name="admission"
    )
    hours_per_week = models.DecimalField(max_digits=4, decimal_places=1)
    physician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    symptoms = models.CharField(max_length=10, choices=Symptoms.choices)
    lower_level_insufficient = models.BooleanField()
    tolerates_intensity = models.BooleanField()
    co_occurring_manageable = models.BooleanField()
    not_at_imminent_risk = models.BooleanField()
    complies = models.CharField(max_length=12, choices=Compliance.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PARENT, writers=("clinician",), via="episode"),
        exports=exported("admissions", "symptoms", "lower_level_insufficient",
            "tolerates_intensity", "co_occurring_manageable", "not_at_imminent_risk", "complies",
            "hours_per_week", "asked_at", whose="episode__patient_id", episode="episode_id",
            physician="physician__display_name"),
        keep=RECORD,
        phi=("episode", "hours_per_week", "symptoms", "lower_level_insufficient",
            "tolerates_intensity", "co_occurring_manageable", "not_at_imminent_risk", "complies",
            "asked_at"),
        not_phi=("physician", "asked_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    hours_per_week__gte=9,
                    lower_level_insufficient=True,
                    tolerates_intensity=True,
                    co_occurring_manageable=True,
                    not_at_imminent_risk=True,
                ),
                name="admission_asks_are_met",
            )
        ]


class LevelChange(models.Model):
    """One step up or down, or the discharge; ``words`` is the reason, encrypted."""

    class Step(models.TextChoices):
        UP = "up"
        DOWN = "down"
        DISCHARGE = "discharge"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    left = models.OneToOneField(Episode, on_delete=models.CASCADE, related_name="ended_by")
    entered = models.OneToOneField(
        Episode, on_delete=models.CASCADE, related_name="begun_by", null=True
    )
    step = models.CharField(max_length=9, choices=Step.choices)
    changed_on = models.DateField()
    words = models.BinaryField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    #: Of a discharge: how the episode ended, and after a transfer the programme that goes on.
    outcome = models.CharField(max_length=20, null=True)
    receiving = SealedText(bound_to="level_change.receiving", null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("clinician",)),
        exports=exported("level_changes", "id", "step", "changed_on", "decided_at", "outcome",
            "receiving", reason="words", left="left_id", entered="entered_id",
            decided_by="decided_by__display_name"),
        keep=RECORD,
        sealed={"words": Sealed("care.LevelChange.words")},
        phi=("patient", "left", "entered", "step", "changed_on", "words", "decided_at", "outcome",
            "receiving"),
        not_phi=("id", "decided_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(step="discharge", entered__isnull=True)
                | ~Q(step="discharge") & Q(entered__isnull=False),
                name="level_change_enters_or_discharges",
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True, receiving__isnull=True)
                | Q(step="discharge", outcome="transferred", receiving__isnull=False)
                | Q(step="discharge", receiving__isnull=True) & ~Q(outcome="transferred"),
                name="level_change_ends_somehow",
            ),
        ]


class Certification(models.Model):
    """A physician's statement that this level of care is needed; it holds until ``renew_by``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    episode = models.ForeignKey(
        Episode, db_index=False, on_delete=models.CASCADE, related_name="certifications"
    )
    physician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    certified_on = models.DateField()
    renew_by = models.DateField()
    recorded_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("clinician",)),
        exports=exported("certifications", "id", "certified_on", "renew_by", "recorded_at",
            physician="physician__display_name"),
        keep=RECORD,
        phi=("patient", "episode", "certified_on", "renew_by", "recorded_at"),
        not_phi=("id", "physician"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["episode", "certified_on"], name="certification_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(renew_by__gt=F("certified_on")), name="certification_ends_later"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "certified_on"], name="certification_of_patient")
        ]


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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician")),
        exports=exported("personal_targets", "changed_at", "changed_by_role", targets="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.PersonalTargets.words", read=orjson.loads)},
        phi=("patient", "words", "changed_at", "changed_by", "changed_by_role"),
        not_phi=("rev",),
    )  # fmt: skip


class Group(models.Model):
    """A therapy group of a clinic."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="groups")
    leader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="groups_led")
    name = models.CharField(max_length=120)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.OF_CLINIC, tasks=("task:reminders",), writers=("clinician", "admin")),
        exports=NotExported("the clinic's own; a patient's groups are the part groups"),
        keep=until_erased("the clinic's own, while it is one"),
        not_phi=("id", "clinic", "leader", "name"),
    )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    """A patient's time in a group."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="groups")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",)),
        exports=exported("groups", "starts_at", "ends_at", group="group__name"),
        keep=RECORD,
        merging=Merging.MOVED,
        phi=("group", "patient", "starts_at", "ends_at"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "patient"],
                condition=Q(ends_at__isnull=True),
                name="group_membership_open_once",
            )
        ]
