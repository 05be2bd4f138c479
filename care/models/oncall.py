"""Who is called when safety asks for it: a clinic's hours, rota and backup, and each call made."""

from typing import ClassVar, TypedDict

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    RECORD,
    Handling,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    until_erased,
)
from backend.kit.ids import new_id
from backend.kit.jobs import Job
from care.models.people import Clinic, Patient, User


class StoredSpan(TypedDict):
    """Staffed hours of one weekday (Monday is 0), in minutes of the day."""

    weekday: int
    opens: int
    closes: int


class StoredShift(StoredSpan):
    """Who is on duty then, and a backup of their own, by id."""

    duty: str
    backup: str | None


class CrisisLine(TypedDict):
    """One way to reach somebody at any hour, as it stands in JSON; ``verified_at`` is a day."""

    key: str
    name: str
    call: str | None
    text: str | None
    chat: str | None
    url: str | None
    region: str
    language: str
    verified_at: str
    source: str


class ClinicSafety(models.Model):
    """How a clinic is told of safety events, and what it adds to the shipped rules and lines.

    Staff are called only while ``alerts_on``, and the table takes no ``alerts_on`` without hours,
    a rota and a backup (CLINICAL §3).
    """

    clinic = models.OneToOneField(
        Clinic, on_delete=models.CASCADE, primary_key=True, related_name="safety"
    )
    alerts_on = models.BooleanField(default=False)
    #: When staff are there, on the clinic's wall clock: ``[StoredSpan]``.
    hours = models.JSONField(null=True)
    #: Who is on duty: ``[StoredShift]``.
    rota = models.JSONField(null=True)
    backup = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: How long nobody may have answered before the backup is called; how often level 3 repeats.
    escalate_minutes = models.PositiveSmallIntegerField(default=15)
    repeat_minutes = models.PositiveSmallIntegerField(default=5)
    #: Rules made stricter: ``{code: {at_least, level}}`` (journaling/safety/rules.py).
    tightened = models.JSONField(default=dict)
    #: The clinic's own lines, in the form of the shipped ones: ``[CrisisLine]``.
    resources = models.JSONField(default=list)
    set_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("staff and hours of a clinic"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("the clinic's settings, while it is one"),
        not_phi=("clinic", "alerts_on", "hours", "rota", "backup", "escalate_minutes",
            "repeat_minutes", "tightened", "resources", "set_at"),
    )  # fmt: skip

    class Meta:
        verbose_name = verbose_name_plural = "safety settings"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(alerts_on=False)
                | Q(hours__isnull=False, rota__isnull=False, backup__isnull=False)
                & ~Q(hours=[])
                & ~Q(rota=[]),
                name="safety_alerts_need_rota_hours_backup",
            ),
            models.CheckConstraint(
                condition=Q(escalate_minutes__range=(1, 60), repeat_minutes__range=(1, 30)),
                name="safety_minutes_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"Safety settings of {self.clinic.name}"


class StaffContact(models.Model):
    """Where one of the staff is reached when called; nothing about a patient is ever sent there."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="contact"
    )
    email = models.EmailField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("addresses of staff"),
        exports=NotExported("addresses of staff"),
        keep=until_erased("until its owner takes it out"),
        not_phi=("user", "email"),
    )  # fmt: skip


class StaffCall(Job):
    """One call of one clinician about one safety event: the job of the mail that is then sent.

    It entitles whom it calls to see that the event is there, for a day.
    """

    class Part(models.TextChoices):
        DUTY = "duty"
        BACKUP = "backup"
        THERAPIST = "therapist"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The event of the journaling room; without a foreign key, as imports go down only.
    event_id = models.UUIDField()
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    clinician = models.ForeignKey(User, db_index=False, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=9, choices=Part.choices)
    step = models.PositiveIntegerField()
    #: Whether they were at work at that moment, by hours and rota.
    at_work = models.BooleanField()
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    #: Why it was not sent, or not yet: a code of ours, or the mail server's.
    reason = models.CharField(max_length=40, blank=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CALLED_CLINICIAN, tasks=("task:safety",), writers=("patient",
            "clinician", "task:safety")),
        exports=NotExported("who of the staff was called; the event is exported"),
        keep=RECORD,
        phi=("event_id", "patient", "clinician", "part", "step", "at_work", "at", "sent_at"),
        not_phi=("id", "next_attempt_at", "lease_id", "attempts", "reason"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event_id", "step", "clinician"], name="duty_call_once_a_step"
            ),
            models.CheckConstraint(
                condition=Q(part__in=["duty", "backup", "therapist"]), name="duty_call_part_known"
            ),
            models.CheckConstraint(
                condition=Q(next_attempt_at__isnull=False)
                | Q(sent_at__isnull=False)
                | ~Q(reason=""),
                name="staff_call_end_has_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="staff_call_open",
            ),
            models.Index(fields=["clinician", "at"], name="duty_call_of_clinician"),
        ]
