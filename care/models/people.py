"""Clinics, users, patients, care-team memberships and changes of time zone."""

import unicodedata
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.kit.handling import (
    RECORD,
    Export,
    Handling,
    Key,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    exported,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.languages import ENGLISH, spoken_language
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

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("names no patient"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("the clinic's own, while it is one"),
        not_phi=("id", "name", "time_zone", "created_at"),
    )  # fmt: skip

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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.ACCOUNTS, tasks=("sign-in", "task:reminders", "task:safety",
            "task:exports", "task:resets", "task:emergency"), writers=("task:resets",), whose="id",
            also=("brought_in", "let_in", "own"), fixed=("id", "role", "clinic_id")),
        exports=NotExported("what is a patient's of it stands in the part profile"),
        keep=until_erased("who did something stays on record; an erasure blanks a patient's"),
        sealed={"sealed_email": Sealed("email", Key.RING)},
        phi=("username", "display_name", "time_zone", "language", "sealed_email"),
        not_phi=("id", "clinic", "role", "password", "last_login", "is_active", "rev",
            "created_at"),
    )  # fmt: skip

    @property
    def reading_language(self) -> str:
        """Return in which language things are said to them; all but patients read English."""
        return spoken_language(self.language) if self.role == User.Role.PATIENT else ENGLISH

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
    #: Whether a reminder that reached no device goes to the address of their account; never true
    #: without one.
    reminder_mail = models.BooleanField(default=False)
    #: The data key of this patient's text under the master-key ring; null once destroyed.
    wrapped_key = models.BinaryField(null=True)
    enrolled_at = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("sign-in", "task:reminders", "task:safety",
            "task:exports", "task:emergency"), writers=("patient", "clinician", "task:emergency",
            "task:reminders"), whose="user_id", also=("brought_in",)),
        exports=(Export("profile", {"id": "user_id", "display_name": "user__display_name",
            "username": "user__username", "clinic": "user__clinic__name",
            "time_zone": "user__time_zone", "language": "user__language",
            "quiet_start": "quiet_start", "quiet_end": "quiet_end",
            "day_starts_hour": "day_starts_hour", "reminder_mail": "reminder_mail",
            "enrolled_at": "enrolled_at", "discharged_at": "discharged_at"}, whose="user_id"),),
        keep=until_erased("the bare id stays for the log; an erasure destroys the key"),
        sealed={"wrapped_key": Sealed("data-key", Key.RING)},
        survives_erasure="the bare id: what the log and the accounting speak of",
        phi=("user", "quiet_start", "quiet_end", "day_starts_hour", "reminder_mail", "enrolled_at",
            "discharged_at"),
        not_phi=("wrapped_key",),
    )  # fmt: skip

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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, tasks=("task:reminders",), writers=("patient",)),
        exports=exported("time_zones", "at", "before", "after"),
        keep=RECORD,
        merging=Merging.LEFT,
        phi=("patient", "at", "before", "after"),
        not_phi=("row",),
    )  # fmt: skip

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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CARE_TEAM, tasks=("task:reminders", "task:safety"), also=("brought_in",
            "ended"), fixed=("clinician_id", "role", "starts_at")),
        exports=exported("care_team", "role", "starts_at", "ends_at",
            clinician="clinician__display_name"),
        keep=RECORD,
        merging=Merging.MOVED,
        phi=("patient", "clinician", "role", "starts_at", "ends_at"),
        not_phi=("id",),
    )  # fmt: skip

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
