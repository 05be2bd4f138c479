"""A clinician's own counselling notes, apart from the patient's page, and never on paper."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backend.kit.clusters import shortened
from backend.kit.errors import InvalidInput
from care import counselling
from care.actions import counselling as writing
from care.counselling import Notebook
from care.models import User
from care.queries import counselling as reading
from care.queries.counselling import NoteView
from journaling import wording
from web.forms import NoteForm
from web.gate import clinicians
from web.parsing import place, position
from web.parsing import rev as read_rev
from web.showing import ask, clinic_zone, go, posted, show, tell

#: A page of notes, and how much of each the list shows.
PAGE = 20
OPENING = 140
STALE = (
    "You changed this note meanwhile, on another page or device. It stands here as it is now; what "
    "you wrote below is not stored yet. Save it to put it in place of that."
)


@clinicians
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """List the notes that are the reader's, and write another."""
    book = _opened(viewer, patient_id, now)
    form = NoteForm(posted(request), sessions=_sessions(book, now))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            writing.write_note(book=book, text=sent["text"], session_id=sent["session"], now=now)
        except InvalidInput as refusal:
            tell(form, refusal)
        else:
            return go("counselling_notes", said="noted", patient_id=patient_id)
    before = _position(request.GET.get("before", ""))
    found = reading.notes_page(book=book, now=now, limit=PAGE + 1, position=before)
    return _page(
        request, book, now, "web/counselling_notes.html", form=form,
        notes=[_line(note, viewer) for note in found[:PAGE]], is_first=before is None,
        older=_place(found[PAGE - 1]) if len(found) > PAGE else "",
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def note(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, note_id: UUID
) -> HttpResponse:
    """Show one note, and change it where it is the reader's own."""
    book = _opened(viewer, patient_id, now)
    kept = reading.note_of(book=book, note_id=note_id, now=now)
    sessions = _sessions(book, now, kept)
    form, problem = NoteForm(posted(request), sessions=sessions), ""
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            writing.change_note(
                book=book, note_id=note_id, rev=sent["rev"] or 0, text=sent["text"],
                session_id=sent["session"], now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            tell(form, refusal)
        except writing.NoteChanged:
            problem = STALE
            form = NoteForm(initial={**sent, "rev": kept.rev}, sessions=sessions)
        else:
            return go("counselling_note", said="note_changed", patient_id=patient_id,
                      note_id=note_id)  # fmt: skip
    elif not form.is_bound:
        as_it_stands = {"text": kept.text, "session": kept.session_id or "", "rev": kept.rev}
        form = NoteForm(initial=as_it_stands, sessions=sessions)
    return _page(
        request, book, now, "web/counselling_note.html", form=form, problem=problem,
        kept=kept, line=_line(kept, viewer),
    )  # fmt: skip


@clinicians
@require_http_methods(["GET", "POST"])
def delete(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, note_id: UUID
) -> HttpResponse:
    """Delete an own note, once it was asked whether that is meant; its history keeps it."""
    book = _opened(viewer, patient_id, now)
    if request.method == "GET":
        return _ask_deleting(request, book, note_id, now)
    try:
        writing.delete_note(
            book=book, note_id=note_id, now=now,
            rev=read_rev(request.POST.get("rev", "")),
        )  # fmt: skip
    except writing.NoteChanged:
        return go("counselling_note", patient_id=patient_id, note_id=note_id)
    return go("counselling_notes", said="note_deleted", patient_id=patient_id)


def _ask_deleting(
    request: HttpRequest, book: Notebook, note_id: UUID, now: datetime
) -> HttpResponse:
    kept = reading.note_of(book=book, note_id=note_id, now=now)
    if not kept.is_own:
        raise Http404
    where = {"patient_id": book.patient_id, "note_id": note_id}
    return ask(
        request, viewer=book.viewer, button="Yes, delete it", fields={"rev": kept.rev},
        back=reverse("web:counselling_note", kwargs=where),
        question=f"Delete the note of {wording.moment(kept.created_at, clinic_zone(book.viewer))}?",
        detail="It leaves every page at once. What it said is kept for a year, for you alone.",
    )  # fmt: skip


def _opened(viewer: User, patient_id: UUID, now: datetime) -> Notebook:
    return counselling.open_notebook(viewer=viewer, patient_id=patient_id, now=now)


def _page(
    request: HttpRequest, book: Notebook, now: datetime, template: str, *, form: NoteForm,
    problem: str = "", **context: Any,
) -> HttpResponse:  # fmt: skip
    return show(
        request, template, viewer=book.viewer, here="caseload", form=form, problem=problem,
        status=409 if problem else 400 if form.errors else 200, patient_id=book.patient_id,
        name=reading.name_for(book=book), has_page=reading.shares_chart(book=book, now=now),
        **context,
    )  # fmt: skip


def _sessions(book: Notebook, now: datetime, kept: NoteView | None = None) -> list[tuple[str, str]]:
    """Name the sessions to choose from; the one that a note names already is always among them."""
    zone = clinic_zone(book.viewer)
    found = {
        str(pk): f"{wording.moment(at, zone)}, {wording.spoken(kind)}"
        for pk, kind, at in reading.held_lately(book=book, now=now)
    }
    if kept is not None and kept.session_id is not None:
        found.setdefault(str(kept.session_id), _when(kept.session_starts_at, zone))
    return list(found.items())


def _when(at: datetime | None, zone: str) -> str:
    return "an earlier session" if at is None else wording.moment(at, zone)


def _line(note: NoteView, viewer: User) -> dict[str, Any]:
    zone = clinic_zone(viewer)
    return {
        "id": note.id,
        "title": wording.moment(note.created_at, zone),
        "by": "" if note.is_own else note.originator_name,
        "about": _when(note.session_starts_at, zone) if note.session_id else "",
        "changed": wording.moment(note.changed_at, zone) if note.rev > 1 else "",
        "opening": shortened(note.text, longest=OPENING),
    }


def _place(note: NoteView) -> str:
    return place(note.created_at, note.id)


def _position(text: str) -> tuple[datetime, UUID] | None:
    """Read where a page begins; what names no place begins at the newest note."""
    return position(text, by=UUID)
