"""Clinics, users, patients, care-team memberships and changes of time zone."""

import unicodedata
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.kit.ids import new_id
from backend.kit.timezones import LATEST_START


def normalize_password(password: str) -> str:
    """Return the one spelling in which a password is measured, stored and compared."""
    return password if password.isascii() else unicodedata.normalize("NFKC", password)


class Clinic(models.Model):
    """A place of treatment; sessions stand in its time zone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    PHI: ClassVar = ()
    NOT_PHI: ClassVar = ("id", "name", "time_zone", "created_at")

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser):
    """Somebody who signs in. A patient has one from the invitation on, nameless until enrolled."""

    class Role(models.TextChoices):
        PATIENT = "patient"
        CLINICIAN = "clinician"
        ADMIN = "admin"
        #: Whom a patient lets see a little: never staff, never on a care team.
        SUPPORTER = "supporter"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="users")
    role = models.CharField(max_length=10, choices=Role.choices)
    #: Folded (NFKC, case); null until the invitation is used.
    username = models.CharField(max_length=150, unique=True, null=True)
    display_name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=35, default="en")
    #: Where a forgotten password may be reset, encrypted; only its owner gives or sees it.
    sealed_email = models.BinaryField(null=True)
    is_active = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = BaseUserManager["User"]()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["display_name"]

    #: Which sign-in this request came by; set by whoever authenticated it, never stored.
    device_session_id: UUID | None = None

    PHI: ClassVar = ("username", "display_name", "time_zone", "language", "sealed_email")
    NOT_PHI: ClassVar = (
        "id", "clinic", "role", "password", "last_login", "is_active", "rev", "created_at",
    )  # fmt: skip

    def set_password(self, raw_password: str | None) -> None:
        """Set the hash of a password, however it was typed."""
        super().set_password(None if raw_password is None else normalize_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Compare a password, however it was typed."""
        return super().check_password(
            None if raw_password is None else normalize_password(raw_password)
        )

    class Meta:
        verbose_name = "account"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=["patient", "clinician", "admin", "supporter"]),
                name="user_role_known",
            )
        ]


STAFF_ROLES = (User.Role.CLINICIAN, User.Role.ADMIN)


class Patient(models.Model):
    """What only patients have; the row's key is the user's id."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="patient"
    )
    #: Local wall-clock times between which nothing is sent; equal times mean no quiet hours.
    quiet_start = models.TimeField(default="22:00")
    quiet_end = models.TimeField(default="07:00")
    #: How many hours after local midnight the patient's day begins: what is logged before is of the
    #: evening. Entries keep the day that they were given.
    day_starts_hour = models.PositiveSmallIntegerField(default=0)
    #: The data key of this patient's text under the master-key ring; null once destroyed.
    wrapped_key = models.BinaryField(null=True)
    enrolled_at = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)

    PHI: ClassVar = (
        "user", "quiet_start", "quiet_end", "day_starts_hour", "enrolled_at", "discharged_at",
    )  # fmt: skip
    NOT_PHI: ClassVar = ("wrapped_key",)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(day_starts_hour__lte=LATEST_START), name="patient_day_starts_early"
            )
        ]


class ZoneChange(models.Model):
    """A change of a patient's time zone; what was logged before is not rewritten."""

    row = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(
        Patient, db_index=False, on_delete=models.CASCADE, related_name="zone_changes"
    )
    at = models.DateTimeField()
    before = models.CharField(max_length=64)
    after = models.CharField(max_length=64)

    PHI: ClassVar = ("patient", "at", "before", "after")
    NOT_PHI: ClassVar = ("row",)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "at"], name="zone_of_patient")]


class CareTeamMembership(models.Model):
    """One clinician's part in one patient's treatment, from an instant until another."""

    class Role(models.TextChoices):
        PRIMARY_THERAPIST = "primary_therapist"
        THERAPIST = "therapist"
        GROUP_LEADER = "group_leader"
        PHYSICIAN = "physician"
        NURSE = "nurse"
        CASE_MANAGER = "case_manager"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="care_team")
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="care_teams")
    role = models.CharField(max_length=20, choices=Role.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    PHI: ClassVar = ("patient", "clinician", "role", "starts_at", "ends_at")
    NOT_PHI: ClassVar = ("id",)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "clinician"],
                condition=Q(ends_at__isnull=True),
                name="care_team_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="care_team_ends_after_start",
            ),
        ]


def logged_name(user: User | None) -> str:
    """Return the name under which the log keeps somebody of the staff, as they are called now.

    Empty for patients and support persons: the log is kept when they are erased, and a reader finds
    their names elsewhere (``care.people.patients``).
    """
    if user is None or user.role not in STAFF_ROLES:
        return ""
    return f"{user.display_name} ({user.username})"
