"""Tables of the outbox: one row for each occurrence of a reminder, and the leases of workers."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    Export,
    Handling,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    Rows,
    days,
    exported,
    until_erased,
)
from backend.kit.jobs import Job
from notifications.models.reminder import Purpose, Reminder


class Occurrence(models.Model):
    """One reminder at one local day and slot: the outbox row, and what became of it."""

    class State(models.TextChoices):
        PENDING = "pending"
        LEASED = "leased"
        SENT = "sent"
        FAILED = "failed"
        DEAD_DEVICE = "dead_device"
        EXPIRED = "expired"
        SKIPPED = "skipped"
        UNKNOWN = "unknown"

    #: The states in which a worker still has something to do.
    OPEN: ClassVar = (State.PENDING, State.LEASED)

    #: Derived from reminder, day and slot, so that a phone can name it before it is due.
    id = models.UUIDField(primary_key=True)
    reminder = models.ForeignKey(
        Reminder, db_index=False, on_delete=models.CASCADE, related_name="occurrences"
    )
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    local_day = models.DateField()
    #: The minute of the local day; a nudge has a slot of its own.
    slot = models.SmallIntegerField()
    #: The session that it announces; day and slot are then those of its start, at the clinic.
    session = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    #: After this instant it is never shown: it is the end of the push's life as well.
    not_after = models.DateTimeField()
    #: When a worker may take it: its time, the end of a claim (a lease may last longer), or the
    #: next attempt.
    next_attempt_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices)
    #: Why it is in this state: a code of ours, or the gateway's.
    reason = models.CharField(max_length=40, db_default="")
    #: The lease of the worker that holds it; a result under another lease is not recorded.
    lease_id = models.UUIDField(null=True)
    #: How often a worker began on it, whatever came of it; while it is in hand, how often before.
    attempts = models.PositiveSmallIntegerField(db_default=0)
    #: How often of these the worker died before it wrote down what came of it.
    crash_count = models.PositiveSmallIntegerField(db_default=0)
    #: How often the gateway left open whether it took the message.
    ambiguous_count = models.PositiveSmallIntegerField(db_default=0)
    #: Ids of the devices that took or refused it while another has still to be tried.
    settled_devices = models.JSONField(null=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    snoozed_at = models.DateTimeField(null=True)
    #: What replaces what on the phone: equal on Android, APNs, the web and a local notification.
    tag = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:metrics", "task:retention"),
            writers=("patient", "clinician", "task:reminders", "task:retention")),
        exports=(Export("occurrences", {"reminder": "reminder__id", "id": "id",
            "purpose": "purpose", "local_day": "local_day", "due_at": "due_at",
            "not_after": "not_after", "state": "state", "reason": "reason", "sent_at": "sent_at",
            "opened_at": "opened_at", "answered_at": "answered_at", "snoozed_at": "snoozed_at"}),),
        keep=days(365, called="occurrences", after=("due_at",),
            why="ours: two programmes of half a year can be compared",
            only=Q(next_attempt_at__isnull=True)),
        phi=("patient", "purpose", "local_day", "slot", "session", "due_at", "not_after",
            "next_attempt_at", "state", "reason", "sent_at", "opened_at", "answered_at",
            "snoozed_at", "created_at"),
        not_phi=("id", "reminder", "lease_id", "attempts", "crash_count", "ambiguous_count",
            "settled_devices", "tag"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reminder", "local_day", "slot"], name="occurrence_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending", "leased", "sent", "failed", "dead_device", "expired",
                        "skipped", "unknown",
                    ]
                ),
                name="occurrence_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "leased"], next_attempt_at__isnull=False)
                | (~Q(state__in=["pending", "leased"]) & Q(next_attempt_at__isnull=True)),
                name="occurrence_open_has_wake",
            ),
            models.CheckConstraint(
                condition=~Q(state="leased") | Q(lease_id__isnull=False),
                name="occurrence_lease_has_holder",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="occurrence_sent_has_instant",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="occurrence_open",
            ),
            models.Index(fields=["patient", "due_at"], name="occurrence_of_patient"),
            # For the metrics of the last day.
            models.Index(fields=["created_at"], name="occurrence_made"),
        ]


class MailState(StrEnum):
    """What became of a mail, as its row tells."""

    WAITING = "waiting"
    SENT = "sent"
    #: The server never took it, or its time was over.
    FAILED = "failed"
    #: A worker has or had it in hand, and nobody knows whether the server took it.
    UNKNOWN = "unknown"
    #: It was needed no more.
    SKIPPED = "skipped"


class ReminderMail(Job):
    """The mail of a reminder that reached no device, for a patient who chose it; its own job.

    Once it is being sent nobody else takes it, so that a worker that dies sends it once or never.
    """

    occurrence = models.OneToOneField(
        Occurrence, on_delete=models.CASCADE, primary_key=True, related_name="mail"
    )
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    #: How many occurrences its sentence stands for.
    waiting = models.PositiveSmallIntegerField()
    #: After this instant it is not sent: the occurrence's.
    not_after = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    #: Why it was not sent: a code of ours, or what the mail server answered (``smtp_550``).
    reason = models.CharField(max_length=40, default="")

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:retention"),
            writers=("task:reminders", "task:retention")),
        exports=exported("reminder_mails", "sent_at", "reason", occurrence="occurrence_id"),
        keep=until_erased("goes with its occurrence"),
        phi=("occurrence", "patient", "waiting", "not_after", "sent_at", "reason",
            "next_attempt_at"),
        not_phi=("lease_id", "attempts"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="reminder_mail_waiting",
            )
        ]

    @property
    def state(self) -> MailState:
        """Return what became of it up to now."""
        if self.sent_at is not None:
            return MailState.SENT
        if self.next_attempt_at is not None:
            return MailState.WAITING
        if self.lease_id is not None:
            return MailState.UNKNOWN
        is_failed = self.reason == "expired" or self.reason.startswith("smtp_")
        return MailState.FAILED if is_failed else MailState.SKIPPED


class Lease(models.Model):
    """What one worker has in hand: one row written per chunk, instead of each occurrence."""

    lease_id = models.UUIDField(primary_key=True)
    #: Until when all rows of this lease belong to its worker; for what was claimed and never begun,
    #: the row's own ``next_attempt_at`` says so.
    until = models.DateTimeField()
    #: Ids of the occurrences begun last: a worker that dies has attempted these, and no others.
    in_hand = models.JSONField()

    HANDLING: ClassVar = Handling(
        rows=NoRowPolicy("opaque ids of what a worker has in hand, until it is sent"),
        exports=NotExported("names nobody"),
        keep=until_erased("its worker deletes it, or whoever takes over"),
        not_phi=("lease_id", "until", "in_hand"),
    )  # fmt: skip
