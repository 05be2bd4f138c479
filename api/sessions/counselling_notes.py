"""SUD counselling notes: apart from every chart, and in no export."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.inputs import if_match_rev
from api.http.paging import PageQuery, page_params, paged, unpaged
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    IdField,
    StrictInput,
    StringField,
    validated_body,
    validated_query,
)
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.consents.texts import TERMS_BY_PURPOSE
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


class CounsellingNoteIn(StrictInput):
    """What the originator writes about the conversation in a session of this patient."""

    text = StringField(max_length=LONGEST_NOTE)
    session = IdField(required=False, allow_null=True)


class NoteChangesIn(StrictInput):
    """What is changed; what is left out stays, and null takes the session away."""

    text = StringField(max_length=LONGEST_NOTE, required=False)
    session = IdField(required=False, allow_null=True)


class OriginatorOut(serializers.Serializer[Any]):
    """The clinician who wrote a note, and who alone changes it."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()


class CounsellingNoteOut(serializers.Serializer[Any]):
    """One counselling note as it stands."""

    id = serializers.UUIDField()
    originator = OriginatorOut()
    session = serializers.UUIDField(allow_null=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    rev = serializers.IntegerField()


class CounsellingNotesOut(serializers.Serializer[Any]):
    """A page of counselling notes."""

    results = CounsellingNoteOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class NoteVersionOut(serializers.Serializer[Any]):
    """What a note said from an instant on; nothing once it was deleted."""

    rev = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.ChoiceField(choices=["created", "changed", "deleted"])
    session = serializers.UUIDField(allow_null=True)
    text = serializers.CharField(allow_null=True)


class NoteVersionsOut(serializers.Serializer[Any]):
    """Every version of a note, the first one first."""

    results = NoteVersionOut(many=True)


class NoteReaderOut(serializers.Serializer[Any]):
    """One clinician of the care team: they read their own notes, or all by the consent named."""

    clinician = serializers.UUIDField()
    display_name = serializers.CharField()
    role = serializers.CharField()
    reads = serializers.ChoiceField(choices=["own", "all"])
    consent = serializers.UUIDField(allow_null=True)


class NoteReadersOut(serializers.Serializer[Any]):
    """Who may read counselling notes, and the words above the signature of such a consent."""

    results = NoteReaderOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    terms = serializers.CharField()


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
            unpaged(list(map(_reader_to_json, readers))) | {"terms": TERMS_BY_PURPOSE[PURPOSE]}
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
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=CounsellingNotesOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the caller's own, the newest first.

        Those of others are among them while a consent of the purpose ``counselling_notes`` names
        the caller.
        """
        validated_query(PageQuery, request)
        wanted, now = page_params(request, tie=UUID), timezone.now()
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
                shape=_note_to_json,
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
        note_id = write_note(book=book, text=sent["text"], session_id=sent.get("session"), now=now)
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
        sent, rev, now = (
            validated_body(NoteChangesIn, request),
            if_match_rev(request),
            timezone.now(),
        )
        book = _open_notebook(request, patient_id)
        change_note(
            book=book, note_id=note_id, rev=rev, text=sent.get("text"),
            session_id=sent.get("session", UNCHANGED), now=now,
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
        return json_response({"results": list(map(_version_to_json, versions))})


def _open_notebook(request: SignedIn, patient_id: UUID) -> Notebook:
    return notebook.open_notebook(viewer=request.user, patient_id=patient_id, now=timezone.now())


def _note_response(
    book: Notebook, note_id: UUID, *, status: int = 200, was_written: bool = True
) -> HttpResponse:
    note = read_note(book=book, note_id=note_id, now=timezone.now(), was_written=was_written)
    return json_response(_note_to_json(note), status=status, rev=note.rev)


def _note_to_json(note: NoteView) -> dict[str, Any]:
    return {
        "id": note.id,
        "originator": {"id": note.originator_id, "display_name": note.originator_name},
        "session": note.session_id,
        "text": note.text,
        "created_at": note.created_at,
        "changed_at": note.changed_at,
        "rev": note.rev,
    }


def _version_to_json(version: NoteVersionView) -> dict[str, Any]:
    return {
        "rev": version.rev,
        "at": version.at,
        "action": version.action,
        "session": version.session_id,
        "text": version.text,
    }


def _reader_to_json(reader: NoteReader) -> dict[str, Any]:
    return {
        "clinician": reader.clinician_id,
        "display_name": reader.name,
        "role": reader.role,
        "reads": "all" if reader.consent_id is not None else "own",
        "consent": reader.consent_id,
    }
