"""When patients are free, what they ask to move, and who is invited to a family session."""

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
from care.models.consents import SupportPerson
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


class SessionGuest(models.Model):
    """That a support person is invited to one family session of a patient.

    It counts while their consent is in force and names ``session_times``, at each look.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        TreatmentSession, db_index=False, on_delete=models.CASCADE, related_name="guests"
    )
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    support_person = models.ForeignKey(SupportPerson, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField()
    #: No foreign key, here and below: it outlives their account.
    invited_by = models.UUIDField()
    revoked_at = models.DateTimeField(null=True)
    #: The patient, who keeps them off the session, or a clinician. None after a restore.
    revoked_by = models.UUIDField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.TEAM, writers=("patient", "clinician"), fixed=("session_id",
            "patient_id", "support_person_id")),
        exports=exported("session_guests", "invited_at", "revoked_at", session="session_id",
            consent="support_person__consent_id", name="support_person__consent__recipient"),
        keep=RECORD,
        revocable=True,
        phi=("session", "patient", "support_person", "invited_at", "invited_by", "revoked_at",
            "revoked_by"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "support_person"], name="session_guest_once")
        ]
