"""Table of the outbox of messages to staff about safety."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kit.handling import Handling, NotExported, RowPolicy, Rows, until_erased
from backend.kit.ids import new_id


class SafetyAlert(models.Model):
    """One message to one of the staff about a call: the outbox row, and what became of it."""

    class State(models.TextChoices):
        PENDING = "pending"
        LEASED = "leased"
        SENT = "sent"
        FAILED = "failed"
        SKIPPED = "skipped"

    class Channel(models.TextChoices):
        EMAIL = "email"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    call = models.ForeignKey(
        "care.StaffCall", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.CharField(max_length=5, choices=Channel.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.PENDING)
    #: When a worker may take it: at once, at the next try, or at the end of a lease.
    next_attempt_at = models.DateTimeField(null=True)
    #: The lease of the worker that holds it; a result under another lease is not recorded.
    lease_id = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.PARENT, tasks=("task:safety",), writers=("task:safety",), via="call"),
        exports=NotExported("mail to staff about a call; the event is exported"),
        keep=until_erased("goes with its call"),
        phi=("call", "created_at", "sent_at"),
        not_phi=("id", "channel", "state", "next_attempt_at", "lease_id", "attempts", "reason"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "channel"], name="safety_alert_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "leased"], next_attempt_at__isnull=False)
                | Q(state__in=["sent", "failed", "skipped"], next_attempt_at__isnull=True),
                name="safety_alert_open_has_wake",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="safety_alert_open",
            )
        ]
