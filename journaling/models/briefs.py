"""Which brief was opened by whom, and exactly what it showed."""

from typing import ClassVar

from django.db import models

from backend.kit.handling import RECORD, Export, Handling, RowPolicy, Rows


class BriefOpening(models.Model):
    """One brief as one clinician was shown it; equal briefs of a session share a row.

    A group's brief has a row for each member whom it is about, under a digest of their own. A
    brief of a patient as they stand, before no session, names none.
    Reviewing marks what stands here and nothing else, however much has come since; that this was
    done is noted here as well, since it may mark nothing.
    """

    row = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(
        "care.TreatmentSession",
        db_index=False,
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
    )
    patient = models.ForeignKey("care.Patient", on_delete=models.CASCADE, related_name="+")
    #: No foreign key: who opened it stays on record when their account is gone.
    clinician_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    #: When its reader first marked it as reviewed: they can't have seen what came later than
    #: ``opened_at``.
    reviewed_at = models.DateTimeField(null=True)
    #: The revision of each entry shown, by the entry's id.
    shown = models.JSONField()

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",)),
        exports=(Export("brief_openings", {"session": "session_id", "opened_at": "opened_at",
            "clinician": "clinician_id"}),),
        keep=RECORD,
        phi=("session", "patient", "clinician_id", "opened_at", "reviewed_at", "shown"),
        not_phi=("row", "digest"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "clinician_id", "digest"], name="brief_opening_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["patient", "opened_at"],
                condition=models.Q(reviewed_at__isnull=False),
                name="brief_opening_reviewed",
            )
        ]
