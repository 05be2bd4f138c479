"""SUD counselling notes: apart from every chart, and in no export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Id, OneOf
from api.http.inputs import Change, Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.consents.texts import text_in_force
from care.counselling import notebook
from care.counselling.edit import LONGEST_NOTE, UNCHANGED, change_note, delete_note, write_note
from care.counselling.notebook import Notebook
from care.counselling.read import (
    NoteReader,
    NoteVersionView,
    NoteView,
    note_history,
    note_readers,
    notes_page,
    read_note,
)
from care.models import Consent

PURPOSE = Consent.Purpose.COUNSELLING_NOTES


class CounsellingNoteIn(Input):
    """What the originator writes about the conversation in a session of this patient."""

    text: Annotated[str, Text(LONGEST_NOTE)]
    session: Id | None = None


class NoteChangesIn(Change):
    """What is changed; what is left out stays, and null takes the session away."""

    text: Annotated[str | None, Text(LONGEST_NOTE)] = None
    session: Id | None = None


@dataclass(frozen=True, slots=True)
class OriginatorOut:
    """The clinician who wrote a note, and who alone changes it."""

    id: UUID
    display_name: str


@dataclass(frozen=True, slots=True)
class CounsellingNoteOut:
    """One counselling note as it stands."""

    id: UUID
    originator: OriginatorOut
    session: UUID | None
    text: str
    created_at: datetime
    changed_at: datetime
    rev: int

    @classmethod
    def of(cls, note: NoteView) -> Self:
        return cls(
            id=note.id, originator=OriginatorOut(note.originator_id, note.originator_name),
            session=note.session_id, text=note.text, created_at=note.created_at,
            changed_at=note.changed_at, rev=note.rev,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CounsellingNotesOut(Page):
    """A page of counselling notes."""

    results: Sequence[CounsellingNoteOut]


@dataclass(frozen=True, slots=True)
class NoteVersionOut:
    """What a note said from an instant on; nothing once it was deleted."""

    rev: int
    at: datetime
    action: Annotated[str, OneOf(["created", "changed", "deleted"])]
    session: UUID | None
    text: str | None

    @classmethod
    def of(cls, version: NoteVersionView) -> Self:
        return cls(
            rev=version.rev, at=version.at, action=version.action, session=version.session_id,
            text=version.text,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoteVersionsOut:
    """Every version of a note, the first one first."""

    results: Sequence[NoteVersionOut]


@dataclass(frozen=True, slots=True)
class NoteReaderOut:
    """One clinician of the care team: they read their own notes, or all by the consent named."""

    clinician: UUID
    display_name: str
    role: str
    reads: Annotated[str, OneOf(["own", "all"])]
    consent: UUID | None

    @classmethod
    def of(cls, reader: NoteReader) -> Self:
        return cls(
            clinician=reader.clinician_id, display_name=reader.name, role=reader.role,
            reads="all" if reader.consent_id is not None else "own", consent=reader.consent_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReadersOut(Page):
    """Who may read counselling notes, and the words above the signature of such a consent."""

    results: Sequence[NoteReaderOut]
    terms: str


class CounsellingNoteReaders(APIView):
    """Who may read the signed-in patient's counselling notes, if there are any."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_counselling_note_readers", responses=NoteReadersOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List the care team, and whom of them a consent names.

        Give one by ``POST consents`` with purpose ``counselling_notes`` and the ``clinician``, take
        it back by ``POST consents/{id}/revoke``. Whether somebody has written notes is not told.
        """
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.CONSENT, now=now)
        readers = note_readers(chart=chart, now=now)
        return json_response(
            NoteReadersOut(
                results=list(map(NoteReaderOut.of, readers)),
                terms=text_in_force(purpose=PURPOSE, now=now).words[chart.language],
            )
        )


class CounsellingNotes(APIView):
    """SUD counselling notes about one patient (42 CFR 2.11, 45 CFR 164.501).

    What a clinician documents or analyses of the conversation in a session, kept apart from the
    record. Not for medication, session times, modality, test results, diagnosis, plan, symptoms or
    progress: those belong to the record. They are in no export, no brief and no count.
    """

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_counselling_notes",
        parameters=query_parameters(PageQuery),
        responses=CounsellingNotesOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the caller's own, the newest first.

        Those of others are among them while a consent of the purpose ``counselling_notes`` names
        the caller.
        """
        wanted, now = validated_query(PageQuery, request).page(tie=UUID), timezone.now()
        book = _open_notebook(request, patient_id)
        notes = notes_page(
            book=book, now=now, limit=wanted.limit + 1, position=wanted.position,
            is_backwards=wanted.is_backwards,
        )  # fmt: skip
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=notes,
                place=lambda note: (note.created_at, str(note.id)),
                shape=CounsellingNoteOut.of,
                answer=CounsellingNotesOut,
            )
        )

    @extend_schema(
        operation_id="write_counselling_note",
        request=CounsellingNoteIn,
        responses={201: CounsellingNoteOut},
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Write one; the caller becomes its originator."""
        sent, now = validated_body(CounsellingNoteIn, request), timezone.now()
        book = _open_notebook(request, patient_id)
        note_id = write_note(book=book, text=sent.text, session_id=sent.session, now=now)
        return _note_response(book, note_id, status=201)


class OneCounsellingNote(APIView):
    """One counselling note."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_counselling_note", responses=CounsellingNoteOut)
    def get(self, request: SignedIn, patient_id: UUID, note_id: UUID) -> HttpResponse:
        """Read it as it stands: an own one, or any while a consent names the caller."""
        book = _open_notebook(request, patient_id)
        return _note_response(book, note_id, was_written=False)

    @extend_schema(
        operation_id="change_counselling_note", request=NoteChangesIn, responses=CounsellingNoteOut
    )
    def patch(self, request: SignedIn, patient_id: UUID, note_id: UUID) -> HttpResponse:
        """Change an own one. Needs ``If-Match``; what stood before stays in the history."""
        sent, rev = validated_body(NoteChangesIn, request), if_match_rev(request)
        now = timezone.now()
        book = _open_notebook(request, patient_id)
        change_note(
            book=book, note_id=note_id, rev=rev, text=sent.text,
            session_id=sent.given().get("session", UNCHANGED), now=now,
        )  # fmt: skip
        return _note_response(book, note_id)

    @extend_schema(operation_id="delete_counselling_note", responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, note_id: UUID) -> HttpResponse:
        """Delete an own one; its words stay in the history. Needs ``If-Match``."""
        rev, now = if_match_rev(request), timezone.now()
        book = _open_notebook(request, patient_id)
        delete_note(book=book, note_id=note_id, rev=rev, now=now)
        return HttpResponse(status=204)


class CounsellingNoteHistory(APIView):
    """How one of the caller's own counselling notes came to say what it says."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_counselling_note_history", responses=NoteVersionsOut)
    def get(self, request: SignedIn, patient_id: UUID, note_id: UUID) -> HttpResponse:
        """List every version, the first one first, also once it was deleted; for its originator."""
        book = _open_notebook(request, patient_id)
        versions = note_history(book=book, note_id=note_id, now=timezone.now())
        return json_response(NoteVersionsOut(list(map(NoteVersionOut.of, versions))))


def _open_notebook(request: SignedIn, patient_id: UUID) -> Notebook:
    return notebook.open_notebook(viewer=request.user, patient_id=patient_id, now=timezone.now())


def _note_response(
    book: Notebook, note_id: UUID, *, status: int = 200, was_written: bool = True
) -> HttpResponse:
    note = read_note(book=book, note_id=note_id, now=timezone.now(), was_written=was_written)
    return json_response(CounsellingNoteOut.of(note), status=status, rev=note.rev)
