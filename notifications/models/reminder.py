"""Tables of reminders: the series, the shared state of a patient's, and the default plan."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kit.handling import (
    RECORD,
    Handling,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    exported,
    until_erased,
)
from backend.kit.ids import new_id


class Purpose(models.TextChoices):
    """What a reminder is about; the words on a lock screen reveal nothing of it."""

    CHECKIN = "checkin"
    SKILL = "skill"
    DOSE = "dose"
    PRE_SESSION = "pre_session"
    SESSION = "session"
    MEASURE = "measure"


class Reminder(models.Model):
    """One series of reminders, at wall-clock times in the patient's own zone."""

    row = models.BigAutoField(primary_key=True)
    #: Chosen by the phone, unique per patient only: it reveals nothing about anybody else.
    id = models.UUIDField()
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    #: Minutes of the local day, ascending.
    minutes = models.JSONField()
    #: Bit 0 is Monday; null where every so many days is asked for instead.
    weekdays = models.PositiveSmallIntegerField(null=True)
    every_days = models.PositiveSmallIntegerField(null=True)
    every_from = models.DateField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    #: So long before each of the patient's sessions, in place of times of the day.
    before_minutes = models.PositiveSmallIntegerField(null=True)
    expires_minutes = models.PositiveSmallIntegerField(default=60)
    nudge = models.BooleanField(default=False)
    skip_if_logged = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    rev = models.PositiveIntegerField(default=1)
    #: Keyed fingerprint of what was first sent under this id, so that a repeat is recognised.
    digest = models.BinaryField(max_length=32, null=True)
    #: The occurrence to come: when the engine takes it, and its name in the patient's calendar.
    next_due_at = models.DateTimeField(null=True)
    next_day = models.DateField(null=True)
    next_slot = models.SmallIntegerField(null=True)
    #: By how many seconds the engine takes it after its time, so that pushes are spread.
    next_spread = models.PositiveSmallIntegerField(db_default=0, default=0)
    #: The session that it announces.
    next_session = models.UUIDField(null=True)
    #: The occurrence handled last; nothing up to it is ever due again, whatever changes.
    last_day = models.DateField(null=True)
    last_slot = models.SmallIntegerField(null=True)
    #: Since when only every second one is sent, as three in a row were missed.
    halved_at = models.DateTimeField(null=True)
    #: Since when the patient is asked whether another time would suit them; null once answered.
    asked_at = models.DateTimeField(null=True)
    #: Misses before this instant count no more.
    misses_counted_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:metrics"), writers=("patient",
            "clinician", "task:reminders")),
        exports=exported("reminders", "id", "purpose", "minutes", "weekdays", "every_days",
            "every_from", "starts_on", "ends_on", "expires_minutes", "nudge", "skip_if_logged",
            "active", "created_at", "deleted_at"),
        keep=RECORD,
        phi=("patient", "purpose", "minutes", "weekdays", "every_days", "every_from", "starts_on",
            "ends_on", "before_minutes", "expires_minutes", "nudge", "skip_if_logged", "active",
            "next_due_at", "next_day", "next_slot", "next_session", "last_day", "last_slot",
            "halved_at", "asked_at", "misses_counted_from", "created_at", "deleted_at"),
        not_phi=("row", "id", "rev", "digest", "next_spread"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "id"], name="reminder_id_once_per_patient"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="reminder_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    weekdays__range=(1, 127), every_days__isnull=True, every_from__isnull=True
                )
                | Q(weekdays__isnull=True, every_days__gte=1, every_from__isnull=False),
                name="reminder_weekdays_or_every",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="reminder_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(next_due_at__isnull=True, next_day__isnull=True, next_slot__isnull=True)
                | Q(
                    active=True,
                    deleted_at__isnull=True,
                    next_due_at__isnull=False,
                    next_day__isnull=False,
                    next_slot__isnull=False,
                ),
                name="reminder_due_only_while_active",
            ),
            models.CheckConstraint(
                condition=Q(expires_minutes__range=(1, 1440)), name="reminder_expires_in_a_day"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_due_at", "row"],
                condition=Q(next_due_at__isnull=False),
                name="reminder_due",
            )
        ]


class Recipient(models.Model):
    """What holds for all reminders of one patient; its row is the lock that orders them."""

    patient = models.OneToOneField(
        "care.Patient", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    paused_until = models.DateTimeField(null=True)
    #: When the newest message was sent, and which one: others are spaced from it.
    last_message_at = models.DateTimeField(null=True)
    last_message_id = models.UUIDField(null=True)
    last_message_is_nudge = models.BooleanField(null=True)
    #: The instants of the newest messages, as many as one day may have.
    recent_message_times = models.JSONField(null=True)
    #: When the patient last did something about a reminder.
    last_active_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("patient", "clinician",
            "task:reminders")),
        exports=NotExported("what occurrences say already, for the engine"),
        keep=until_erased("one row a patient"),
        merging=Merging.LEFT,
        phi=("patient", "paused_until", "last_message_at", "recent_message_times",
            "last_active_at"),
        not_phi=("last_message_id", "last_message_is_nudge"),
    )  # fmt: skip


class DefaultReminder(models.Model):
    """One reminder of the plan that a clinic gives to each new patient, who may change it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(
        "care.Clinic", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    place = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    minutes = models.JSONField()
    weekdays = models.PositiveSmallIntegerField(null=True)
    every_days = models.PositiveSmallIntegerField(null=True)
    before_minutes = models.PositiveSmallIntegerField(null=True)
    expires_minutes = models.PositiveSmallIntegerField()
    nudge = models.BooleanField()
    skip_if_logged = models.BooleanField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("a clinic's plan for whoever comes"),
        exports=NotExported("the clinic's own"),
        keep=until_erased("the clinic's plan, while it is one"),
        not_phi=("id", "clinic", "place", "purpose", "minutes", "weekdays", "every_days",
            "before_minutes", "expires_minutes", "nudge", "skip_if_logged"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clinic", "place"], name="default_reminder_place"),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="default_reminder_purpose_known"
            ),
        ]
