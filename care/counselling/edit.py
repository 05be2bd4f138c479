"""Write, change and delete counselling notes: by their originator alone; every version stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.crypto import PatientCipher
from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from backend.kit.text import is_blank
from care.counselling import notebook
from care.counselling.notebook import Notebook
from care.counselling.read import NOTE_BINDING, counselling_sessions, open_note_text
from care.models import CounsellingNote, CounsellingVersion

#: Characters of one note (SECURITY R35).
LONGEST_NOTE = 10_000


class NoteChanged(ChangedMeanwhile):
    """The note has another revision than the caller read; nothing was stored."""


class _Unchanged:
    """What a change leaves as it is; None would take it away."""


UNCHANGED = _Unchanged()


def write_note(*, book: Notebook, text: str, session_id: UUID | None, now: datetime) -> UUID:
    """Write a note and return its id; the writer is its originator for good.

    :raises backend.kit.errors.InvalidInput: empty or longer than 10,000 characters, or a session
        that this patient is not in.
    :raises care.access.chart.NoSuchChart: the key of these notes was destroyed.
    """
    _validate_note(book, text, session_id)
    note_id = new_id()
    with transaction.atomic():
        cipher = notebook.writer_cipher(book)
        CounsellingNote.objects.create(
            id=note_id, patient_id=book.patient_id, originator_id=book.viewer.pk, created_at=now
        )
        _add_version((note_id, 1), (text, session_id), cipher=cipher, now=now)
        notebook.log_note_write(book=book, now=now)
    return note_id


def change_note(
    *,
    book: Notebook,
    note_id: UUID,
    rev: int,
    text: str | None,
    session_id: UUID | _Unchanged | None = UNCHANGED,
    now: datetime,
) -> None:
    """Write the next version of an own note; earlier versions stay on record.

    Without ``text`` the words stay, with ``UNCHANGED`` the session. The same again changes nothing.

    :raises care.counselling.notebook.NoSuchNote: they wrote none of this id, or deleted it; logged.
    :raises NoteChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: empty or longer than 10,000 characters, or a session
        that this patient is not in.
    :raises care.access.chart.NoSuchChart: the key of these notes was destroyed.
    """
    before = _own_version(book, note_id, rev, now)
    new_session_id = before.session_id if isinstance(session_id, _Unchanged) else session_id
    cipher = notebook.writer_cipher(book)
    stored_text = open_note_text(before.words or b"", note_id=note_id, rev=rev, cipher=cipher)
    text = stored_text if text is None else text
    _validate_note(book, text, new_session_id if new_session_id != before.session_id else None)
    if (text, new_session_id) == (stored_text, before.session_id):
        notebook.log_notes_read(book=book, is_own=True, now=now)
        return
    with transaction.atomic():
        _claim_revision(book, note_id, rev)
        _add_version((note_id, rev + 1), (text, new_session_id), cipher=cipher, now=now)
        notebook.log_note_write(book=book, now=now)


def delete_note(*, book: Notebook, note_id: UUID, rev: int, now: datetime) -> None:
    """Turn an own note into a tombstone: its text stays in its history alone.

    :raises care.counselling.notebook.NoSuchNote: they wrote none of this id, or deleted it before;
        logged.
    :raises NoteChanged: ``rev`` is not the newest.
    """
    before = _own_version(book, note_id, rev, now)
    with transaction.atomic():
        _claim_revision(book, note_id, rev, deleted_at=now)
        CounsellingVersion.objects.create(
            note_id=note_id, rev=rev + 1, at=now, session_id=before.session_id
        )
        notebook.log_note_write(book=book, now=now)


def _own_version(book: Notebook, note_id: UUID, rev: int, now: datetime) -> CounsellingVersion:
    version = (
        CounsellingVersion.objects.filter(
            note__in=notebook.own_notes(book).filter(pk=note_id, deleted_at__isnull=True),
            rev=F("note__rev"),
        )
        .only("rev", "session_id", "words")
        .first()
    )
    if version is None:
        raise notebook.deny_note(book=book, now=now)
    if version.rev != rev:
        raise NoteChanged
    return version


def _claim_revision(book: Notebook, note_id: UUID, rev: int, **also: datetime) -> None:
    row = CounsellingNote.objects.filter(
        pk=note_id, patient_id=book.patient_id, originator_id=book.viewer.pk, rev=rev,
        deleted_at__isnull=True,
    )  # fmt: skip
    if not claim(row, rev=rev + 1, **also):
        raise NoteChanged


def _add_version(
    note: tuple[UUID, int],
    said: tuple[str, UUID | None],
    *,
    cipher: PatientCipher,
    now: datetime,
) -> None:
    """Add a version: which note and revision, then its text and session."""
    (note_id, rev), (text, session_id) = note, said
    sealed = cipher.seal(text.encode(), column=NOTE_BINDING, row=f"{note_id}:{rev}")
    CounsellingVersion.objects.create(
        note_id=note_id, rev=rev, at=now, session_id=session_id, words=sealed
    )


def _validate_note(book: Notebook, text: str, session_id: UUID | None) -> None:
    if is_blank(text):
        raise InvalidInput.of("text", "blank", "Must say something.")
    if len(text) > LONGEST_NOTE:
        raise InvalidInput.of("text", "max_length", f"At most {LONGEST_NOTE} characters.")
    if session_id is not None and not counselling_sessions(book).filter(pk=session_id).exists():
        raise InvalidInput.of("session", "unknown", "Must be a counselling session of theirs.")
