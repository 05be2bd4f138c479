"""Which brief was opened by whom and what it showed, and what its patient changed of it."""

from typing import ClassVar

import orjson
from django.db import models

from backend.kit.handling import RECORD, Export, Handling, RowPolicy, Rows, Sealed, exported
from backend.kit.ids import new_id


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


class BriefMirror(models.Model):
    """That a patient read the coming brief of a session, what they struck of it and added to it.

    ``words`` are the ids of the struck lines and the added ones, encrypted: what was struck is in
    no column that can be read without the patient's key. Null where nothing ever was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(
        "care.Patient", db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    session = models.ForeignKey("care.TreatmentSession", on_delete=models.CASCADE, related_name="+")
    #: When the patient first read it.
    read_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    words = models.BinaryField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.SHARED_ENTRIES, writers=("patient",)),
        exports=exported("brief_mirrors", "read_at", "changed_at", session="session_id",
            changes="words"),
        keep=RECORD,
        sealed={"words": Sealed("journaling.BriefMirror.words", read=orjson.loads)},
        phi=("patient", "session", "read_at", "changed_at", "words"),
        not_phi=("id",),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "session"], name="brief_mirror_once")
        ]
