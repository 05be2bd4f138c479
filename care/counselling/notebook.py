"""The notebook: the only access to SUD counselling notes, apart from every chart.

A note belongs to its originator (42 CFR 2.11, 45 CFR 164.501). They use it for treatment without
the patient's consent (42 CFR 2.31(b)(1)(i)(A), 45 CFR 164.508(a)(2)(i)(A)), so for as long as they
are on the care team, and no longer: who no longer treats somebody has no such use. The note is
kept, and opens again if they come back. Anybody else of the care team reads it only while a
consent of the purpose ``counselling_notes`` names them. Consent to treatment never covers these
notes, nor does its end close them; an emergency, a call about safety or an administrator's office
never opens them.

Who may not read is answered exactly as if there were no notes, and so is the access log.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from backend.kit.crypto import KeyErased, PatientCipher, generate_data_key, master_keys
from backend.kit.db.claims import require_autocommit
from backend.kit.errors import NotThere
from backend.kit.ids import new_id
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import insert_log_row
from care.access.rules import consent_holds, membership_holds
from care.models import (
    AccessLogEntry,
    CareTeamMembership,
    Consent,
    CounsellingKey,
    CounsellingNote,
    CounsellingVersion,
    User,
)

#: Why somebody reads: what they wrote themselves, or all of it by the patient's own consent.
REASON_OWN_NOTES, REASON_COUNSELLING_CONSENT = "own_notes", "counselling_consent"
#: What a denial says of somebody who treats the patient, whether or not there is such a note.
REASON_NO_SUCH_NOTE = "no_such_note_for_them"
#: What the scope of a consent that opens them says.
NOTES_SCOPE = "counselling_notes"
_MADE_HERE = object()


class NoSuchNote(NotThere):
    """There is no note of this id for this reader; whether there is one for others is not told."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """Whose counselling notes a clinician may reach. Only this module makes one.

    ``is_named`` is whether a consent names them now; which notes they read is checked once more, by
    ``readable_notes``, in the statement that reads.
    """

    patient_id: UUID
    viewer: User = field(repr=False)
    is_named: bool
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.counselling.notebook alone makes notebooks")


def open_notebook(*, viewer: User, patient_id: UUID, now: datetime) -> Notebook:
    """Open the counselling notes about one patient for a clinician of their care team.

    :raises care.access.chart.NoSuchChart: for everybody else, the patient too (45 CFR
        164.524(a)(1)(i)); logged with its reason.
    """
    is_named = None
    if viewer.role == User.Role.CLINICIAN:
        is_named = (
            CareTeamMembership.objects.filter(
                membership_holds(now), patient_id=patient_id, clinician_id=viewer.pk,
                patient__user__clinic_id=viewer.clinic_id,
            )
            .values_list(Exists(_naming_consents(viewer, now)), flat=True)
            .first()
        )  # fmt: skip
    if is_named is None:
        is_staff = viewer.role == User.Role.CLINICIAN
        reason = "not_on_care_team" if is_staff else "not_a_clinician"
        _log_committed(viewer, patient_id, AccessLogEntry.Action.DENIED, reason, now)
        raise NoSuchChart
    return Notebook(patient_id, viewer, is_named, _MADE_HERE)


def readable_notes(book: Notebook, now: datetime) -> "QuerySet[CounsellingNote]":
    """Find the notes that the holder of a notebook may read at this moment.

    Care team and consent are asked in the same statement, so that what ended since the notebook was
    opened counts.
    """
    treats = CareTeamMembership.objects.filter(
        membership_holds(now), clinician_id=book.viewer.pk, patient_id=OuterRef("patient_id")
    )
    return CounsellingNote.objects.filter(
        Q(originator_id=book.viewer.pk) | Exists(_naming_consents(book.viewer, now)),
        Exists(treats), patient_id=book.patient_id, deleted_at__isnull=True,
    )  # fmt: skip


def own_notes(book: Notebook) -> "QuerySet[CounsellingNote]":
    """Find the notes that the holder of a notebook wrote; nobody else changes them."""
    return CounsellingNote.objects.filter(patient_id=book.patient_id, originator_id=book.viewer.pk)


def writer_cipher(book: Notebook) -> PatientCipher:
    """Open the writer's key for this patient, or make it with the first note.

    :raises care.access.chart.NoSuchChart: it was destroyed; nothing is written under another one.
    """
    key_id = new_id()
    wrapped = master_keys().seal(generate_data_key(), bound_to=f"counselling-key|{key_id}")
    row, _ = CounsellingKey.objects.get_or_create(
        patient_id=book.patient_id, originator_id=book.viewer.pk,
        defaults={"id": key_id, "wrapped_key": wrapped},
    )  # fmt: skip
    try:
        return note_cipher(patient_id=row.patient_id, key_id=row.pk, wrapped_key=row.wrapped_key)
    except KeyErased:
        raise NoSuchChart from None


def with_keys(versions: "QuerySet[CounsellingVersion]") -> "QuerySet[CounsellingVersion]":
    """Read ``key_id`` and ``wrapped_key`` with each version, in the statement that reads its words.

    What one statement shows it opens: a consent that is taken back meanwhile leaves no reader with
    a row and without its key.
    """
    keys = CounsellingKey.objects.filter(
        patient_id=OuterRef("note__patient_id"), originator_id=OuterRef("note__originator_id")
    )
    return versions.annotate(
        key_id=Subquery(keys.values("pk")), wrapped_key=Subquery(keys.values("wrapped_key"))
    )


def note_cipher(*, patient_id: UUID, key_id: UUID, wrapped_key: Any) -> PatientCipher:
    """Open the key that ``with_keys`` read, for who may read the version that it came with.

    :raises backend.kit.crypto.KeyErased: it was destroyed.
    :raises backend.kit.crypto.DecryptionFailed: no key of the ring opens it.
    """
    if wrapped_key is None:
        raise KeyErased("counselling-key")
    key = master_keys().open(wrapped_key, bound_to=f"counselling-key|{key_id}")
    return PatientCipher(patient_id, key)


def log_notes_read(*, book: Notebook, is_own: bool, now: datetime) -> None:
    """Log that notes were read, their own or others'; it survives any rollback."""
    _log_committed(
        book.viewer,
        book.patient_id,
        AccessLogEntry.Action.READ,
        REASON_OWN_NOTES if is_own else REASON_COUNSELLING_CONSENT,
        now,
    )


def log_note_write(*, book: Notebook, now: datetime) -> None:
    """Log that a note was written, in the same transaction."""
    _insert_notes_row(
        book.viewer, book.patient_id, AccessLogEntry.Action.WRITE, REASON_OWN_NOTES, now
    )


def deny_note(*, book: Notebook, now: datetime) -> NoSuchNote:
    """Log that a note was asked for that is not theirs; return the exception to raise."""
    _log_committed(
        book.viewer, book.patient_id, AccessLogEntry.Action.DENIED, REASON_NO_SUCH_NOTE, now
    )
    return NoSuchNote()


def _naming_consents(viewer: User, now: datetime) -> "QuerySet[Consent]":
    return Consent.objects.filter(
        consent_holds(now, purpose=Consent.Purpose.COUNSELLING_NOTES),
        patient_id=OuterRef("patient_id"), clinician_id=viewer.pk, scope__lists=NOTES_SCOPE,
    )  # fmt: skip


def _log_committed(viewer: User, patient_id: UUID, action: str, reason: str, now: datetime) -> None:
    require_autocommit()
    _insert_notes_row(viewer, patient_id, action, reason, now)


def _insert_notes_row(
    viewer: User, patient_id: UUID, action: str, reason: str, now: datetime
) -> None:
    row: dict[str, Any] = {
        "action": action, "data_class": DataCategory.COUNSELLING_NOTES, "reason": reason,
    }  # fmt: skip
    insert_log_row(viewer, patient_id=patient_id, at=now, **row)
