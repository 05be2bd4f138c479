"""Read counselling notes, and list for patients who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from backend.kit.crypto import KeyErased, PatientCipher
from backend.kit.keyset import page_of
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.rules import consent_covers, consent_holds, membership_holds
from care.counselling import notebook
from care.counselling.notebook import Notebook
from care.models import (
    CareTeamMembership,
    Consent,
    CounsellingNote,
    CounsellingVersion,
    GroupMembership,
    TreatmentSession,
)

#: What a ciphertext is bound to, with the note, its version and the patient.
NOTE_BINDING = CounsellingVersion.HANDLING.sealed["words"].bound_to
#: Sessions whose conversation such notes are about (42 CFR 2.11: private, group, joint or family).
COUNSELLING_KINDS = (
    TreatmentSession.Kind.INDIVIDUAL, TreatmentSession.Kind.GROUP, TreatmentSession.Kind.FAMILY,
)  # fmt: skip
RECENT = timedelta(days=60)
Position = tuple[datetime, UUID]
_COLUMNS = (
    "note_id", "rev", "at", "session_id", "session__starts_at", "words", "note__created_at",
    "note__originator_id", "note__originator__display_name", "key_id", "wrapped_key",
)  # fmt: skip
_ORIGINATOR = _COLUMNS.index("note__originator_id")


@dataclass(frozen=True, slots=True)
class NoteView:
    """The current version of a note."""

    id: UUID
    rev: int
    changed_at: datetime
    session_id: UUID | None
    session_starts_at: datetime | None
    text: str
    created_at: datetime
    originator_id: UUID
    originator_name: str
    #: Whether the reader is the originator, who alone may change it.
    is_own: bool


@dataclass(frozen=True, slots=True)
class NoteVersionView:
    """One version of a note, from an instant on; that of a deletion has no text."""

    rev: int
    at: datetime
    action: str
    session_id: UUID | None
    text: str | None


@dataclass(frozen=True, slots=True)
class NoteReader:
    """One clinician of the care team, and what of these notes they may read."""

    clinician_id: UUID
    name: str
    role: str
    #: The newest consent that names them, if one is in force; without any they read their own.
    consent_id: UUID | None


def notes_page(
    *,
    book: Notebook,
    now: datetime,
    limit: int,
    position: Position | None = None,
    is_backwards: bool = False,
) -> list[NoteView]:
    """List the notes that are the reader's to read, the newest first; the read is logged before.

    :raises care.access.chart.NoSuchChart: the key of these notes was destroyed.
    """
    notebook.log_notes_read(book=book, is_own=not book.is_named, now=now)
    rows = _current(notebook.readable_notes(book, now))
    page = page_of(
        rows.values_list(*_COLUMNS), limit=limit, position=position, is_backwards=is_backwards,
        at="note__created_at", key="note_id",
    )  # fmt: skip
    return [_note_view(book, *row) for row in page]


def read_note(
    *, book: Notebook, note_id: UUID, now: datetime, was_written: bool = False
) -> NoteView:
    """Read the current version of a note; the read is logged before it is opened.

    ``was_written`` tells that the reader wrote it a moment ago, which is logged as that alone.

    :raises care.counselling.notebook.NoSuchNote: there is none for this reader; logged.
    :raises care.access.chart.NoSuchChart: the key of these notes was destroyed.
    """
    notes = _current(notebook.readable_notes(book, now).filter(pk=note_id))
    row = notes.values_list(*_COLUMNS).first()
    if row is None:
        raise notebook.deny_note(book=book, now=now)
    if not was_written:
        notebook.log_notes_read(book=book, is_own=row[_ORIGINATOR] == book.viewer.pk, now=now)
    return _note_view(book, *row)


def note_history(*, book: Notebook, note_id: UUID, now: datetime) -> list[NoteVersionView]:
    """List every version of an own note, the oldest first, also once it was deleted.

    Nobody else reads what an originator took back.

    :raises care.counselling.notebook.NoSuchNote: they wrote none of this id; logged.
    :raises care.access.chart.NoSuchChart: the key of these notes was destroyed.
    """
    rows = CounsellingVersion.objects.filter(note__in=notebook.own_notes(book).filter(pk=note_id))
    columns = ("rev", "at", "session_id", "words", "key_id", "wrapped_key")
    versions = list(notebook.with_keys(rows).order_by("rev").values_list(*columns))
    if not versions:
        raise notebook.deny_note(book=book, now=now)
    notebook.log_notes_read(book=book, is_own=True, now=now)
    cipher = _cipher(book, *versions[0][-2:])
    return [
        NoteVersionView(
            rev,
            at,
            "created" if rev == 1 else "deleted" if words is None else "changed",
            session_id,
            None
            if words is None
            else open_note_text(words, note_id=note_id, rev=rev, cipher=cipher),
        )
        for rev, at, session_id, words, *_ in versions
    ]


def note_readers(*, chart: Chart, now: datetime) -> Sequence[NoteReader]:
    """List who is on the patient's care team now, and whom of them a consent names.

    Whether anybody has written a note is not shown.
    """
    agreed = dict(
        Consent.objects.filter(
            consent_holds(now, purpose=Consent.Purpose.COUNSELLING_NOTES),
            patient_id=chart.patient_id,
            scope__lists=notebook.NOTES_SCOPE,
        )
        .order_by("agreed_at", "id")
        .values_list("clinician_id", "id")
    )
    team = (
        CareTeamMembership.objects.filter(membership_holds(now), patient_id=chart.patient_id)
        .order_by("starts_at", "id")
        .values_list("clinician_id", "clinician__display_name", "role")
    )
    return [NoteReader(*row, consent_id=agreed.get(row[0])) for row in team]


def counselling_sessions(book: Notebook) -> "QuerySet[TreatmentSession]":
    """Find the counselling sessions that the patient was meant to be in, alone or in a group."""
    in_group = GroupMembership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("starts_at")),
        patient_id=book.patient_id, group_id=OuterRef("group_id"),
        starts_at__lte=OuterRef("starts_at"),
    )  # fmt: skip
    return TreatmentSession.objects.filter(
        Q(patient_id=book.patient_id) | Exists(in_group), kind__in=COUNSELLING_KINDS
    )


def recent_own_sessions(*, book: Notebook, now: datetime) -> list[tuple[UUID, str, datetime]]:
    """List id, kind and start of the reader's own such sessions of 60 days, the newest first."""
    rows = counselling_sessions(book).filter(
        clinician_id=book.viewer.pk, cancelled_at__isnull=True,
        starts_at__gt=now - RECENT, starts_at__lte=now,
    )  # fmt: skip
    return list(rows.order_by("-starts_at", "-id").values_list("id", "kind", "starts_at")[:30])


def may_open_chart(*, book: Notebook, now: datetime) -> bool:
    """Whether the patient's consent to treatment covers entries, so that their page opens."""
    agreed = consent_covers(now, DataCategory.ENTRIES, viewer=book.viewer.pk)
    return Consent.objects.filter(agreed, patient_id=book.patient_id).exists()


def check_newest_note_opens(*, patient_id: UUID) -> None:
    """Open the newest counselling note about a patient, if there is any, as a drill does.

    :raises backend.kit.crypto.DecryptionFailed: it, or its key, does not open.
    """
    notes = CounsellingNote.objects.filter(patient_id=patient_id, deleted_at__isnull=True)
    columns = ("note_id", "rev", "words", "key_id", "wrapped_key")
    newest = _current(notes).order_by("-at", "-row").values_list(*columns).first()
    if newest is not None:
        note_id, rev, words, key_id, wrapped_key = newest
        cipher = notebook.note_cipher(patient_id=patient_id, key_id=key_id, wrapped_key=wrapped_key)
        open_note_text(words or b"", note_id=note_id, rev=rev, cipher=cipher)


def open_note_text(
    sealed: bytes | memoryview, *, note_id: UUID, rev: int, cipher: PatientCipher
) -> str:
    """Decrypt the text of a version.

    :raises backend.kit.crypto.DecryptionFailed: it was changed, or moved to another place.
    """
    return cipher.open(sealed, column=NOTE_BINDING, row=f"{note_id}:{rev}").decode()


def _current(notes: "QuerySet[CounsellingNote]") -> "QuerySet[CounsellingVersion]":
    rows = CounsellingVersion.objects.filter(rev=F("note__rev"), note__in=notes)
    return notebook.with_keys(rows)


def _cipher(book: Notebook, key_id: UUID, wrapped_key: Any) -> PatientCipher:
    try:
        return notebook.note_cipher(
            patient_id=book.patient_id, key_id=key_id, wrapped_key=wrapped_key
        )
    except KeyErased:
        raise NoSuchChart from None


def _note_view(book: Notebook, note_id: UUID, rev: int, *row: Any) -> NoteView:
    at, session_id, starts_at, words, created_at, originator, name, *key = row
    text = open_note_text(words, note_id=note_id, rev=rev, cipher=_cipher(book, *key))
    return NoteView(
        note_id, rev, at, session_id, starts_at, text, created_at, originator, name,
        is_own=originator == book.viewer.pk,
    )  # fmt: skip
