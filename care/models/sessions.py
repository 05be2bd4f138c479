"""Treatment sessions, their attendance, weekly series, and the links of calendars to them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.kit.handling import (
    NEEDED_NO_LONGER,
    RECORD,
    Handling,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    Sealed,
    days,
    exported,
)
from backend.kit.ids import new_id
from backend.kit.sealed_fields import SealedText
from care.models.people import Clinic, Patient, User
from care.models.programme import Group


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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PATIENT_OR_GROUP, tasks=("task:reminders",), writers=("patient",
            "clinician", "admin", "task:reminders")),
        exports=exported("sessions", "id", "kind", "title", "place", "starts_at", "ends_at",
            "cancelled_at", clinician="clinician__display_name"),
        keep=RECORD,
        merging=Merging.MOVED,
        phi=("patient", "group", "kind", "title", "place", "starts_at", "ends_at", "cancelled_at",
            "series_day"),
        not_phi=("id", "clinic", "clinician", "rev", "created_at", "series", "is_exception"),
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

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",)),
        exports=exported("attendance", "status", "minutes", "recorded_at", session="session_id",
            kind="session__kind", starts_at="session__starts_at"),
        keep=RECORD,
        merging=Merging.MOVED,
        phi=("session", "patient", "status", "minutes", "recorded_at"),
        not_phi=("id", "recorded_by"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "patient"], name="attendance_once")
        ]


class SessionFeedback(models.Model):
    """How a session was for one patient: four answers of 0 to 10, and words; replaceable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        TreatmentSession, db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    heard = models.PositiveSmallIntegerField()
    goals = models.PositiveSmallIntegerField()
    approach = models.PositiveSmallIntegerField()
    overall = models.PositiveSmallIntegerField()
    #: A comment, encrypted.
    words = models.BinaryField(null=True)
    at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient",)),
        exports=exported("session_feedback", "heard", "goals", "approach", "overall", "at",
            session="session_id", comment="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.SessionFeedback.words")},
        phi=("session", "patient", "heard", "goals", "approach", "overall", "words", "at"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "patient"], name="session_feedback_once"),
            models.CheckConstraint(
                condition=Q(heard__lte=10, goals__lte=10, approach__lte=10, overall__lte=10),
                name="session_feedback_0_10",
            ),
        ]


class SessionSeries(models.Model):
    """A weekly session: one weekday and one wall-clock time in the clinic's zone, across DST.

    Its occurrences are rows of ``TreatmentSession``, made ahead of time up to ``made_until``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=20, choices=TreatmentSession.Kind.choices)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", null=True)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+", null=True)
    title = SealedText(bound_to="series.title", blank=True, default="")
    place = SealedText(bound_to="series.place", blank=True, default="")
    time_zone = models.CharField(max_length=64)
    starts_on = models.DateField()
    #: The last day that may have one; null while it goes on.
    ends_on = models.DateField(null=True)
    clock = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    #: Occurrences exist for the days before this one.
    made_until = models.DateField()
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PATIENT_OR_GROUP, tasks=("task:reminders",), writers=("patient",
            "clinician", "admin", "task:reminders")),
        exports=exported("session_series", "id", "kind", "title", "place", "time_zone", "starts_on",
            "ends_on", "clock", "minutes", "every_weeks", clinician="clinician__display_name"),
        keep=RECORD,
        merging=Merging.MOVED,
        phi=("patient", "group", "kind", "title", "place", "starts_on", "ends_on", "clock",
            "minutes", "every_weeks"),
        not_phi=("id", "clinic", "clinician", "time_zone", "made_until", "rev", "created_at"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(patient__isnull=False, group__isnull=True)
                | Q(patient__isnull=True, group__isnull=False),
                name="series_of_patient_or_group",
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(1, 1440)), name="series_within_a_day"
            ),
            models.CheckConstraint(
                condition=Q(every_weeks__range=(1, 8)), name="series_every_1_to_8_weeks"
            ),
            models.CheckConstraint(
                condition=Q(made_until__gte=F("starts_on")), name="series_made_from_its_start"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["made_until"], name="series_to_make")]


class CalendarLink(models.Model):
    """The address under which a person's calendar program fetches their sessions.

    Only a fingerprint of the secret in it is stored. A new link ends the one before. A patient may
    have their check-in times in it as well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    has_check_ins = models.BooleanField(default=False)

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a secret of a sign-in, as a fingerprint"),
        exports=NotExported("a secret of a sign-in"),
        keep=days(90, called="calendar links", after=("revoked_at",), why=NEEDED_NO_LONGER),
        phi=("user", "created_at", "revoked_at", "has_check_ins"),
        not_phi=("id", "fingerprint"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at__isnull=True), name="calendar_link_once"
            )
        ]
