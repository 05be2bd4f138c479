"""The programme: episodes of care, groups, treatment sessions and who came."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.kit.ids import new_id
from backend.kit.sealed import SealedText
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

    PHI: ClassVar = (
        "patient", "level_of_care", "admitted_on", "discharged_on", "planned_hours_per_week",
    )  # fmt: skip
    NOT_PHI: ClassVar = ("id",)

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


class Group(models.Model):
    """A therapy group of a clinic."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="groups")
    leader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="groups_led")
    name = models.CharField(max_length=120)

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("id", "clinic", "leader", "name")

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    """A patient's time in a group."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="groups")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    PHI: ClassVar = ("group", "patient", "starts_at", "ends_at")
    NOT_PHI: ClassVar = ("id",)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "patient"],
                condition=Q(ends_at__isnull=True),
                name="group_membership_open_once",
            )
        ]


class TreatmentSession(models.Model):
    """One meeting: of a clinician with one patient, or with a group."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual"
        GROUP = "group"
        FAMILY = "family"
        EDUCATION = "education"
        MEDICATION = "medication"
        PHYSICAL_HEALTH = "physical_health"
        CASE_MANAGEMENT = "case_management"
        PHYSICIAN = "physician"
        ACTIVITY = "activity"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="sessions")
    clinician = models.ForeignKey(
        User, db_index=False, on_delete=models.PROTECT, related_name="sessions"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    patient = models.ForeignKey(
        Patient, db_index=False, on_delete=models.CASCADE, related_name="sessions", null=True
    )
    group = models.ForeignKey(
        Group, db_index=False, on_delete=models.CASCADE, related_name="sessions", null=True
    )
    title = SealedText(bound_to="session.title", blank=True, default="")
    place = SealedText(bound_to="session.place", blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    #: Which weekly session it is an occurrence of, and on which day of that calendar.
    series = models.ForeignKey(
        "care.SessionSeries",
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="sessions",
        null=True,
    )
    series_day = models.DateField(null=True)
    #: Somebody changed this one by itself, so that changes of its series pass it over.
    is_exception = models.BooleanField(default=False)

    PHI: ClassVar = (
        "patient", "group", "kind", "title", "place", "starts_at", "ends_at", "cancelled_at",
        "series_day",
    )  # fmt: skip
    NOT_PHI: ClassVar = (
        "id", "clinic", "clinician", "rev", "created_at", "series", "is_exception",
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, group__isnull=True)
                | Q(patient__isnull=True, group__isnull=False),
                name="session_of_patient_or_group",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["series", "series_day"], name="session_once_a_day_of_its_series"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["clinician", "starts_at"], name="session_of_clinician"),
            models.Index(fields=["patient", "kind", "starts_at"], name="session_of_patient"),
            models.Index(fields=["group", "starts_at"], name="session_of_group"),
        ]


class Attendance(models.Model):
    """Whether one patient came to one session, and for how long."""

    class Status(models.TextChoices):
        PRESENT = "present"
        LATE = "late"
        LEFT_EARLY = "left_early"
        EXCUSED = "excused"
        NO_SHOW = "no_show"

    #: The statuses that count as having been there.
    ATTENDED: ClassVar = (Status.PRESENT, Status.LATE, Status.LEFT_EARLY)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        TreatmentSession, db_index=False, on_delete=models.CASCADE, related_name="attendance"
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="attendance")
    status = models.CharField(max_length=10, choices=Status.choices)
    minutes = models.PositiveSmallIntegerField(null=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    PHI: ClassVar = ("session", "patient", "status", "minutes", "recorded_at")
    NOT_PHI: ClassVar = ("id", "recorded_by")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "patient"], name="attendance_once")
        ]
