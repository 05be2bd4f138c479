"""A clinician's own counselling notes, apart from the patient's page, and never printed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.text import truncate
from care.counselling.edit import NoteChanged, change_note, delete_note, write_note
from care.counselling.notebook import Notebook, open_notebook
from care.counselling.read import (
    NoteView,
    may_open_chart,
    notes_page,
    read_note,
    recent_own_sessions,
)
from care.models import User
from care.people.patients import patient_name
from journaling import formatting
from web.access import clinician_page
from web.form_fields import (
    Choices,
    PageForm,
    RevField,
    position_or_none,
    position_text,
    rev_or_zero,
)
from web.rendering import (
    add_form_errors,
    clinic_zone,
    posted_data,
    redirect_to,
    render_confirmation,
    render_page,
)

#: A page of notes, and how much of each the list shows.
PAGE_SIZE = 20
EXCERPT_LENGTH = 140
NOTE_CHANGED_NOTE = (
    "You changed this note meanwhile, on another page or device. It stands here as it is now; what "
    "you wrote below is not stored yet. Save it to put it in place of that."
)


class CounsellingNoteForm(PageForm):
    """A counselling note as its originator writes it."""

    text = forms.CharField(
        label="Note", max_length=10_000, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=(
            "What you document or analyse of the conversation in a session. Not medication, times "
            "of sessions, modality, test results, diagnosis, treatment plan, symptoms, prognosis "
            "or progress: those belong to the record."
        ),
    )  # fmt: skip
    session = forms.ChoiceField(label="Session", required=False)
    rev = RevField(required=False)

    def __init__(self, *args: Any, sessions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["session"]
        field.choices = [("", "None in particular"), *sessions]

    def clean_text(self) -> str:
        """Return the text with ``\\n`` as line ends."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_session(self) -> UUID | None:
        """Return the session that was chosen."""
        chosen = self.cleaned_data["session"]
        return UUID(chosen) if chosen else None


@clinician_page
@require_http_methods(["GET", "POST"])
def list_notes_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """List the notes that the viewer may read, and write another."""
    book = open_notebook(viewer=viewer, patient_id=patient_id, now=now)
    form = CounsellingNoteForm(posted_data(request), sessions=_session_choices(book, now))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            write_note(book=book, text=sent["text"], session_id=sent["session"], now=now)
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        else:
            return redirect_to("counselling_notes", said="noted", patient_id=patient_id)
    before = _parse_position(request.GET.get("before", ""))
    notes = notes_page(book=book, now=now, limit=PAGE_SIZE + 1, position=before)
    return _notes_page(
        request, book, now, "web/counselling_notes.html", form=form,
        notes=[_note_line(note, viewer) for note in notes[:PAGE_SIZE]], is_first=before is None,
        older=_position_of(notes[PAGE_SIZE - 1]) if len(notes) > PAGE_SIZE else "",
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def edit_note_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, note_id: UUID
) -> HttpResponse:
    """Show one note, and change it where it is the viewer's own."""
    book = open_notebook(viewer=viewer, patient_id=patient_id, now=now)
    kept = read_note(book=book, note_id=note_id, now=now)
    sessions = _session_choices(book, now, kept)
    form, problem = CounsellingNoteForm(posted_data(request), sessions=sessions), ""
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            change_note(
                book=book, note_id=note_id, rev=sent["rev"] or 0, text=sent["text"],
                session_id=sent["session"], now=now,
            )  # fmt: skip
        except InvalidInput as refusal:
            add_form_errors(form, refusal)
        except NoteChanged:
            problem = NOTE_CHANGED_NOTE
            form = CounsellingNoteForm(initial={**sent, "rev": kept.rev}, sessions=sessions)
        else:
            return redirect_to("counselling_note", said="note_changed", patient_id=patient_id,
                      note_id=note_id)  # fmt: skip
    elif not form.is_bound:
        as_it_stands = {"text": kept.text, "session": kept.session_id or "", "rev": kept.rev}
        form = CounsellingNoteForm(initial=as_it_stands, sessions=sessions)
    return _notes_page(
        request, book, now, "web/counselling_note.html", form=form, problem=problem,
        kept=kept, line=_note_line(kept, viewer),
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def delete_note_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID, note_id: UUID
) -> HttpResponse:
    """Delete an own note, after a confirmation; its history keeps it."""
    book = open_notebook(viewer=viewer, patient_id=patient_id, now=now)
    if request.method == "GET":
        return _confirm_deleting(request, book, note_id, now)
    try:
        delete_note(
            book=book, note_id=note_id, now=now,
            rev=rev_or_zero(request.POST.get("rev", "")),
        )  # fmt: skip
    except NoteChanged:
        return redirect_to("counselling_note", patient_id=patient_id, note_id=note_id)
    return redirect_to("counselling_notes", said="note_deleted", patient_id=patient_id)


def _confirm_deleting(
    request: HttpRequest, book: Notebook, note_id: UUID, now: datetime
) -> HttpResponse:
    kept = read_note(book=book, note_id=note_id, now=now)
    if not kept.is_own:
        raise Http404
    where = {"patient_id": book.patient_id, "note_id": note_id}
    created = formatting.format_datetime(kept.created_at, clinic_zone(book.viewer))
    return render_confirmation(
        request, viewer=book.viewer, button="Yes, delete it", fields={"rev": kept.rev},
        back=reverse("web:counselling_note", kwargs=where),
        question=f"Delete the note of {created}?",
        detail="It leaves every page at once. What it said is kept for a year, for you alone.",
    )  # fmt: skip


def _notes_page(
    request: HttpRequest, book: Notebook, now: datetime, template: str, *,
    form: CounsellingNoteForm, problem: str = "", **context: Any,
) -> HttpResponse:  # fmt: skip
    return render_page(
        request, template, viewer=book.viewer, here="caseload", form=form, problem=problem,
        status=409 if problem else 400 if form.errors else 200, patient_id=book.patient_id,
        name=patient_name(patient_id=book.patient_id), has_page=may_open_chart(book=book, now=now),
        **context,
    )  # fmt: skip


def _session_choices(
    book: Notebook, now: datetime, kept: NoteView | None = None
) -> list[tuple[str, str]]:
    """Return the sessions to choose from; that of the note ``kept`` is always among them."""
    zone = clinic_zone(book.viewer)
    choices = {
        str(pk): f"{formatting.format_datetime(at, zone)}, {formatting.humanize(kind)}"
        for pk, kind, at in recent_own_sessions(book=book, now=now)
    }
    if kept is not None and kept.session_id is not None:
        choices.setdefault(str(kept.session_id), _moment(kept.session_starts_at, zone))
    return list(choices.items())


def _moment(at: datetime | None, zone: str) -> str:
    return "an earlier session" if at is None else formatting.format_datetime(at, zone)


def _note_line(note: NoteView, viewer: User) -> dict[str, Any]:
    zone = clinic_zone(viewer)
    return {
        "id": note.id,
        "title": formatting.format_datetime(note.created_at, zone),
        "by": "" if note.is_own else note.originator_name,
        "about": _moment(note.session_starts_at, zone) if note.session_id else "",
        "changed": formatting.format_datetime(note.changed_at, zone) if note.rev > 1 else "",
        "opening": truncate(note.text, longest=EXCERPT_LENGTH),
    }


def _position_of(note: NoteView) -> str:
    return position_text(note.created_at, note.id)


def _parse_position(text: str) -> tuple[datetime, UUID] | None:
    """Return where a page begins; None begins at the newest note."""
    return position_or_none(text, by=UUID)
