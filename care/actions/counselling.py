"""Writing counselling notes: the originator alone does, and every version stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.cipher import PatientCipher
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from backend.kit.rows import claim
from backend.kit.text import is_blank
from care import counselling
from care.counselling import Notebook
from care.models import CounsellingNote, CounsellingVersion
from care.queries.counselling import WORDS_COLUMN, counselled, open_words

#: Characters of one note (SECURITY R35).
LONGEST = 10_000


class NoteChanged(ChangedMeanwhile):
    """The note has another revision than the caller read; nothing was stored."""


class _Keep:
    """What a change leaves as it is; None would take it away."""


KEEP = _Keep()


def write_note(*, book: Notebook, text: str, session_id: UUID | None, now: datetime) -> UUID:
    """Write a note and return its id; the writer is its originator for good. Again writes another.

    :raises backend.kit.errors.InvalidInput: empty or longer than 10,000 characters, or a session
        that this patient is not in.
    :raises care.access.NoSuchChart: the key of these notes was destroyed.
    """
    _refuse(book, text, session_id)
    note_id = new_id()
    with transaction.atomic():
        cipher = counselling.cipher_to_write(book)
        CounsellingNote.objects.create(
            id=note_id, patient_id=book.patient_id, originator_id=book.viewer.pk, created_at=now
        )
        _add((note_id, 1), (text, session_id), cipher=cipher, now=now)
        counselling.log_write(book=book, now=now)
    return note_id


def change_note(
    *,
    book: Notebook,
    note_id: UUID,
    rev: int,
    text: str | None,
    session_id: UUID | _Keep | None = KEEP,
    now: datetime,
) -> None:
    """Write the next version of an own note; what stood before stays on record.

    Without ``text`` the words stay, with ``KEEP`` the session. The same again changes nothing.

    :raises care.counselling.NoSuchNote: they wrote none of this id, or deleted it; logged.
    :raises NoteChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: empty or longer than 10,000 characters, or a session
        that this patient is not in.
    :raises care.access.NoSuchChart: the key of these notes was destroyed.
    """
    before = _own(book, note_id, rev, now)
    wanted = before.session_id if isinstance(session_id, _Keep) else session_id
    cipher = counselling.cipher_to_write(book)
    said = open_words(before.words or b"", note_id=note_id, rev=rev, cipher=cipher)
    text = said if text is None else text
    _refuse(book, text, wanted if wanted != before.session_id else None)
    if (text, wanted) == (said, before.session_id):
        counselling.log_read(book=book, is_own=True, now=now)
        return
    with transaction.atomic():
        _take(book, note_id, rev)
        _add((note_id, rev + 1), (text, wanted), cipher=cipher, now=now)
        counselling.log_write(book=book, now=now)


def delete_note(*, book: Notebook, note_id: UUID, rev: int, now: datetime) -> None:
    """Turn an own note into a tombstone: what it said stands in its history alone.

    :raises care.counselling.NoSuchNote: they wrote none of this id, or deleted it before; logged.
    :raises NoteChanged: ``rev`` is not the newest.
    """
    before = _own(book, note_id, rev, now)
    with transaction.atomic():
        _take(book, note_id, rev, deleted_at=now)
        CounsellingVersion.objects.create(
            note_id=note_id, rev=rev + 1, at=now, session_id=before.session_id
        )
        counselling.log_write(book=book, now=now)


def _own(book: Notebook, note_id: UUID, rev: int, now: datetime) -> CounsellingVersion:
    found = (
        CounsellingVersion.objects.filter(
            note__in=counselling.own(book).filter(pk=note_id, deleted_at__isnull=True),
            rev=F("note__rev"),
        )
        .only("rev", "session_id", "words")
        .first()
    )
    if found is None:
        raise counselling.deny(book=book, now=now)
    if found.rev != rev:
        raise NoteChanged
    return found


def _take(book: Notebook, note_id: UUID, rev: int, **also: datetime) -> None:
    row = CounsellingNote.objects.filter(
        pk=note_id, patient_id=book.patient_id, originator_id=book.viewer.pk, rev=rev,
        deleted_at__isnull=True,
    )  # fmt: skip
    if not claim(row, rev=rev + 1, **also):
        raise NoteChanged


def _add(
    note: tuple[UUID, int],
    said: tuple[str, UUID | None],
    *,
    cipher: PatientCipher,
    now: datetime,
) -> None:
    """Add a version: which note and revision, then its text and session."""
    (note_id, rev), (text, session_id) = note, said
    sealed = cipher.seal(text.encode(), column=WORDS_COLUMN, row=f"{note_id}:{rev}")
    CounsellingVersion.objects.create(
        note_id=note_id, rev=rev, at=now, session_id=session_id, words=sealed
    )


def _refuse(book: Notebook, text: str, session_id: UUID | None) -> None:
    if is_blank(text):
        raise InvalidInput.of("text", "blank", "Must say something.")
    if len(text) > LONGEST:
        raise InvalidInput.of("text", "max_length", f"At most {LONGEST} characters.")
    if session_id is not None and not counselled(book).filter(pk=session_id).exists():
        raise InvalidInput.of("session", "unknown", "Must be a counselling session of theirs.")
