"""SUD counselling notes: what a clinician keeps for themselves, apart from the record.

42 CFR 2.11 ("SUD counseling notes") and 45 CFR 164.501 ("psychotherapy notes"): notes of a
clinician, the originator, that document or analyse the contents of conversation during a private,
group, joint or family counselling session, and are separated from the rest of the record. They are
**not** for medication, start and stop times of sessions, modality and frequency of treatment,
results of tests, or any summary of diagnosis, functional status, treatment plan, symptoms,
prognosis and progress: those belong to the record, in the tables of it.
"""

from typing import ClassVar

from django.db import models

from backend.kit.handling import (
    Handling,
    Key,
    NotExported,
    Revisions,
    RowPolicy,
    Rows,
    Sealed,
    days,
    until_erased,
)
from backend.kit.ids import new_id
from care.models.people import Patient, User
from care.models.sessions import TreatmentSession

_APART = NotExported("their originator's, apart from it: 45 CFR 164.524(a)(1)(i), 42 CFR 2.31(b)")


class CounsellingKey(models.Model):
    """The data key of what one originator notes about one patient, and of nothing else.

    It is wrapped by the master-key ring for this purpose alone, and made with the first note. Who
    is handed the key of a chart has none of these notes; either is destroyed without the other. One
    a patient would show to whoever may write that somebody else has written already.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    originator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: Null once destroyed.
    wrapped_key = models.BinaryField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.ORIGINATOR, writers=("clinician",), also=("named",)),
        exports=_APART,
        keep=until_erased("as long as a note lies under it; apart from the record, as the notes"),
        sealed={"wrapped_key": Sealed("counselling-key", Key.RING)},
        phi=("patient", "originator"),
        not_phi=("id", "wrapped_key"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["patient", "originator"], name="counselling_key_once")
        ]


class CounsellingNote(models.Model):
    """One note of one originator about one patient; what it says stands in its versions.

    ``rev`` is the version that counts. A deleted note is a tombstone: its last version is empty.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, db_index=False, on_delete=models.CASCADE, related_name="+")
    originator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rev = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.ORIGINATOR, tasks=("task:retention",), writers=("clinician",
            "task:retention"), also=("named",)),
        exports=_APART,
        keep=days(365, called="deleted counselling notes", after=("deleted_at",),
            why="ours: what its originator took back can be looked into for a year, as deleted "
            "entries can"),
        revisions=Revisions.NEVER_RAISED,
        phi=("patient", "originator", "created_at", "deleted_at"),
        not_phi=("id", "rev"),
    )  # fmt: skip

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["patient", "-created_at", "-id"], name="counselling_note_of_patient"
            )
        ]


class CounsellingVersion(models.Model):
    """What a note said from ``at`` on. Rows are only ever added: triggers refuse any change.

    ``words`` are encrypted under the originator's ``CounsellingKey``, bound to note, version and
    patient; the version that deletes a note has none.
    """

    row = models.BigAutoField(primary_key=True)
    note = models.ForeignKey(
        CounsellingNote, db_index=False, on_delete=models.CASCADE, related_name="versions"
    )
    rev = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: The session whose conversation it is about, where the originator names one.
    session = models.ForeignKey(
        TreatmentSession, on_delete=models.PROTECT, related_name="+", null=True
    )
    words = models.BinaryField(null=True)

    HANDLING: ClassVar = Handling(
        rows=RowPolicy(Rows.ORIGINATORS_PARENT, tasks=("task:retention",), writers=("clinician",
            "task:retention"), via="note", also=("named",)),
        exports=_APART,
        keep=until_erased("goes with its note"),
        sealed={"words": Sealed("care.CounsellingVersion.words", Key.COUNSELLING)},
        never_updated=True,
        revisions=Revisions.NEVER_RAISED,
        phi=("note", "at", "session", "words"),
        not_phi=("row", "rev"),
    )  # fmt: skip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "rev"], name="counselling_version_once")
        ]
