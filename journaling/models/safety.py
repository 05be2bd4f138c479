"""Safety: the patient's own plan, and events that staff must acknowledge (CLINICAL §3)."""

from typing import ClassVar

import orjson
from django.db import models
from django.db.models import Q

from backend.kit.handling import (
    RECORD,
    Export,
    Handling,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    exported,
)
from backend.kit.ids import new_id


class SafetyPlan(models.Model):
    """One version of a patient's own safety plan; rows are only ever added, the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: All of it, encrypted.
    words = models.BinaryField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SAFETY, tasks=("task:safety",), writers=("patient", "clinician")),
        exports=exported("safety_plans", "rev", "at", plan="words"),
        keep=RECORD,
        sealed={"words": Sealed("journaling.SafetyPlan.words", read=orjson.loads)},
        revisions=Revisions.NEW_ROWS,
        phi=("patient", "at", "words"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "rev"], name="safety_plan_rev_once")
        ]


class SafetyEvent(models.Model):
    """One episode of level 2 or 3: open until one of the staff acknowledges it, for all of them.

    ``audience`` is the sharing level of the entries behind it: who may not see those, may not see
    the event. An entry that is private makes none.
    """

    class Audience(models.TextChoices):
        CARE_TEAM = "care_team"
        THERAPIST = "individual_therapist_only"

    class Reason(models.TextChoices):
        """Why staff cleared it; OTHER stands beside a text of their own."""

        REACHED_SAFE = "reached_safe"
        REACHED_MORE_CARE = "reached_more_care"
        EMERGENCY_SERVICES = "emergency_services"
        SEEN_IN_PERSON = "seen_in_person"
        PLAN_REVIEWED = "plan_reviewed"
        RECORDED_BY_MISTAKE = "recorded_by_mistake"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    audience = models.CharField(max_length=26, choices=Audience.choices)
    level = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    #: When the newest entry of the episode said something of its level.
    last_sign_at = models.DateTimeField()
    #: How many steps of calling were taken, and when the next one is due; null means none is.
    step = models.PositiveIntegerField(default=0)
    next_call_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        "care.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=20, blank=True, choices=Reason.choices)
    #: What staff wrote beside the reason, encrypted.
    words = models.BinaryField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SAFETY, tasks=("task:reminders", "task:safety"), writers=("patient",
            "clinician", "task:safety")),
        exports=(Export("safety_events", {"id": "id", "level": "level", "opened_at": "opened_at",
            "last_sign_at": "last_sign_at", "acknowledged_at": "acknowledged_at",
            "reason": "reason", "reason_text": "words",
            "acknowledged_by": "acknowledged_by__display_name"}),),
        keep=RECORD,
        sealed={"words": Sealed("journaling.SafetyEvent.words")},
        phi=("patient", "audience", "level", "opened_at", "last_sign_at", "acknowledged_at",
            "acknowledged_by", "reason", "words"),
        not_phi=("id", "step", "next_call_at"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(audience__in=["care_team", "individual_therapist_only"]),
                name="safety_event_audience_known",
            ),
            models.CheckConstraint(condition=Q(level__in=[2, 3]), name="safety_event_level_2_3"),
            # CLINICAL §3: only staff clear an event, with a reason; then nobody is called any more.
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True, reason="")
                | Q(
                    acknowledged_at__isnull=False,
                    acknowledged_by__isnull=False,
                    next_call_at__isnull=True,
                )
                & ~Q(reason=""),
                name="safety_event_cleared_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "opened_at"], name="safety_event_of_patient"),
            models.Index(
                fields=["next_call_at"],
                condition=Q(next_call_at__isnull=False),
                name="safety_event_to_call",
            ),
        ]


class SafetySign(models.Model):
    """What one revision of one entry said: derived again at any time, stored once.

    Or what a patient sent that was refused: its answers were read, so staff learn of them. Nothing
    else of it is kept, and ``refused`` is the digest by which the same again is recognised.
    """

    row = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(SafetyEvent, on_delete=models.CASCADE, related_name="signs")
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    #: As the phone chose it; null where a refused body named none.
    entry_id = models.UUIDField(null=True)
    #: Null where nothing was stored.
    entry_rev = models.PositiveIntegerField(null=True)
    refused = models.BinaryField(max_length=32, null=True)
    #: Empty where a refused body named none.
    kind = models.CharField(max_length=20, blank=True)
    #: When it happened; null where that isn't known.
    occurred_at = models.DateTimeField(null=True)
    level = models.PositiveSmallIntegerField()
    #: Which rules fired, each with the answer that fired it.
    fired = models.JSONField()
    #: When it arrived.
    at = models.DateTimeField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SAFETY, tasks=("task:reminders", "task:safety"), writers=("patient",
            "task:safety")),
        exports=(Export("safety_signs", {"event": "event_id", "entry": "entry_id",
            "entry_rev": "entry_rev", "kind": "kind", "occurred_at": "occurred_at",
            "level": "level", "fired": "fired", "at": "at"}),),
        keep=RECORD,
        phi=("event", "patient", "kind", "occurred_at", "level", "fired", "at"),
        not_phi=("row", "entry_id", "entry_rev", "refused"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "entry_id", "entry_rev"], name="safety_sign_once"
            ),
            models.UniqueConstraint(fields=["patient", "refused"], name="safety_sign_refused_once"),
            models.CheckConstraint(
                condition=Q(entry_id__isnull=False, entry_rev__isnull=False, refused__isnull=True)
                | Q(entry_rev__isnull=True, refused__isnull=False),
                name="safety_sign_stored_or_refused",
            ),
        ]


class SafetyTry(models.Model):
    """One of the staff tried to reach the patient and did not: the event stays open."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(SafetyEvent, on_delete=models.CASCADE, related_name="tries")
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField()
    by = models.ForeignKey("care.User", on_delete=models.PROTECT, related_name="+")
    #: What staff wrote beside it, encrypted.
    words = models.BinaryField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SAFETY, writers=("clinician",)),
        exports=(Export("safety_tries", {"event": "event_id", "at": "at", "by": "by__display_name",
            "note": "words"}),),
        keep=RECORD,
        sealed={"words": Sealed("journaling.SafetyTry.words")},
        phi=("event", "patient", "at", "by", "words"),
        not_phi=("id",),
    )  # fmt: skip
