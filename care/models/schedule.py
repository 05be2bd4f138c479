"""What patients say of their time: when they are free, and which session they ask to move."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    RECORD,
    Handling,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    exported,
)
from backend.kit.ids import new_id
from care.models.people import Patient
from care.models.sessions import TreatmentSession


class Availability(models.Model):
    """One version of when a patient is busy or free in a week; the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    rev = models.PositiveIntegerField()
    #: Its spans, encrypted: where somebody is at which hour of the week is theirs to tell.
    words = models.BinaryField()
    at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient",)),
        exports=exported("availability", "rev", "at", spans="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.Availability.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "words", "at"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="availability_rev_once")
        ]


class MoveRequest(models.Model):
    """That a patient asks to have a session moved away from the time that it has.

    It stands until the session has another time, is cancelled or begins, or it is dismissed; so
    nothing but a dismissal is written when it is answered.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        TreatmentSession, db_index=False, on_delete=models.CASCADE, related_name="move_requests"
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    #: When the session was to begin as it was asked.
    starts_at = models.DateTimeField()
    #: Why, of the reasons of an availability; empty where it was not said.
    reason = models.CharField(max_length=10, blank=True, default="")
    #: A note, encrypted.
    words = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    #: The patient, or who holds the session. No foreign key: it outlives their account.
    dismissed_by = models.UUIDField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician")),
        exports=exported("move_requests", "starts_at", "reason", "asked_at", "dismissed_at",
            session="session_id", note="words"),
        keep=RECORD,
        sealed={"words": Sealed("care.MoveRequest.words")},
        phi=("session", "patient", "starts_at", "reason", "words", "asked_at", "dismissed_at",
            "dismissed_by"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "starts_at"], name="move_request_once"),
            models.CheckConstraint(
                condition=Q(dismissed_at__isnull=True, dismissed_by__isnull=True)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="move_request_dismissed_by_somebody",
            ),
        ]
