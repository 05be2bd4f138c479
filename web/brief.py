"""Briefs: before a session, of a patient at present, before a group, and for the room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backend.kit.timezones import local_day
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.sessions import for_brief
from care.sessions.for_brief import (
    NO_SESSION_KIND,
    IndividualSession,
    IsGroupSession,
    session_at_present,
)
from care.sessions.read import next_individual_sessions
from journaling import formatting
from journaling.briefs.document import Brief, Line, Section, Sparkline
from journaling.briefs.group import GroupBrief
from journaling.briefs.group_display import make_group_display
from journaling.briefs.review import BriefNotOpened, mark_reviewed
from notifications.briefs import open_present_brief, open_session_brief
from web.access import clinician_page
from web.assignments import OUTCOME_TEXTS
from web.rendering import is_partial, redirect_to, render_page

#: The sections whose entries a therapist can acknowledge ("let's talk about this").
ANSWERABLE = ("safety", "agenda", "use", "moment")


@dataclass(frozen=True, slots=True)
class AnswerableSection:
    """A section whose lines carry the one entry, if any, that can be acknowledged there."""

    key: str
    title: str
    lines: tuple[tuple[Line, UUID | None], ...]
    spark: Sparkline | None


@clinician_page
@require_GET
def session_brief_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Show the brief before one session; the patient's access log records it."""
    brief = open_session_brief(viewer=viewer, session_id=session_id, now=now)
    if isinstance(brief, GroupBrief):
        return _group_brief_page(request, viewer, brief, now)
    return _brief_page(request, viewer, brief)


@clinician_page
@require_GET
def present_brief_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show a patient's brief at present, to their whole care team; logged like every brief."""
    brief = open_present_brief(viewer=viewer, patient_id=patient_id, now=now)
    return _brief_page(request, viewer, brief)


@clinician_page
@require_POST
def mark_reviewed_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Mark exactly what the brief of this version showed as reviewed."""
    try:
        session = for_brief.individual_session(viewer=viewer, session_id=session_id, now=now)
    except IsGroupSession:
        raise Http404 from None
    return _mark_reviewed(request, viewer, session, now)


@clinician_page
@require_POST
def mark_present_reviewed_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Mark exactly what a patient's brief of this version showed as reviewed."""
    session = session_at_present(viewer=viewer, patient_id=patient_id, now=now)
    return _mark_reviewed(request, viewer, session, now)


@clinician_page
@require_GET
def room_page(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Show what may be projected: skills and the rate of logging, without names."""
    session = for_brief.group_session(viewer=viewer, session_id=session_id, now=now)
    people = roster.open_group_roster(
        viewer=viewer, session=session, what=DataCategory.ROOM, now=now
    )
    made = make_group_display(roster=people, session=session, now=now)
    most = max((skill.times for skill in made.skills), default=1)
    zone = session.time_zone
    return render_page(
        request, "web/room.html", viewer=viewer, bare=True, room=made,
        skills=[(skill, round(100 * skill.times / most)) for skill in made.skills],
        since=formatting.format_day(local_day(made.since, zone)),
    )  # fmt: skip


def _group_brief_page(
    request: HttpRequest, viewer: User, made: GroupBrief, now: datetime
) -> HttpResponse:
    """Show one line about each member whom the leader may see."""
    own = next_individual_sessions(
        viewer=viewer, patients=[member.patient_id for member in made.members], now=now
    )
    session, zone = made.session, made.session.time_zone
    return render_page(
        request, "web/group_brief.html", viewer=viewer, here="today", brief=made,
        members=[(member, own.get(member.patient_id)) for member in made.members],
        alone=[member for member in made.members if member.needs_one_to_one],
        day=local_day(session.starts_at, zone),
        starts=formatting.format_datetime(session.starts_at, zone),
        since=formatting.format_datetime(made.since, zone), made=formatting.format_datetime(now,
        zone),
    )  # fmt: skip


def _brief_page(request: HttpRequest, viewer: User, made: Brief) -> HttpResponse:
    session, zone = made.session, made.session.time_zone
    is_present = session.kind == NO_SESSION_KIND
    return render_page(
        request, "web/brief.html", viewer=viewer, here="caseload" if is_present else "today",
        brief=made, lead=_lead_sentence(made), more=made.sections[0].lines[1:],
        sections=_answerable_sections(made.sections[1:]), is_present=is_present,
        made=formatting.format_datetime(made.generated_at, zone), day=local_day(session.starts_at,
        zone),
        review_at=_brief_url(session, "reviewed"), is_reviewed=_is_reviewed(made),
        reviewed_words=_reviewed_words(made),
        talked=made.acknowledged, outcomes=OUTCOME_TEXTS,
    )  # fmt: skip


def _mark_reviewed(
    request: HttpRequest, viewer: User, session: IndividualSession, now: datetime
) -> HttpResponse:
    is_present = session.kind == NO_SESSION_KIND
    try:
        chart = open_chart(
            viewer=viewer, patient_id=session.patient_id, what=DataCategory.REVIEW, now=now,
            to_write=True,
        )  # fmt: skip
        mark_reviewed(
            chart=chart, session_id=None if is_present else session.id,
            digest=request.POST.get("digest", ""), now=now,
        )  # fmt: skip
    except BriefNotOpened:
        return _redirect_to_brief(session)
    if is_partial(request):
        words = f"reviewed by you {formatting.format_time(now, session.time_zone)}"
        return render_page(
            request, "web/reviewed.html", viewer=viewer, is_fresh=True, reviewed_words=words,
            is_present=is_present,
        )  # fmt: skip
    return _redirect_to_brief(session, said="reviewed")


def _redirect_to_brief(session: IndividualSession, *, said: str = "") -> HttpResponse:
    if session.kind == NO_SESSION_KIND:
        return redirect_to("patient_brief", said=said and "read", patient_id=session.patient_id)
    return redirect_to("session", said=said, session_id=session.id)


def _brief_url(session: IndividualSession, name: str) -> str:
    if session.kind == NO_SESSION_KIND:
        return reverse(f"web:patient_{name}", kwargs={"patient_id": session.patient_id})
    return reverse(f"web:{name}", kwargs={"session_id": session.id})


def _is_reviewed(made: Brief) -> bool:
    """Whether every line that refers to entries was reviewed before."""
    lines = [line for part in made.sections for line in part.lines if line.entries]
    return bool(lines) and all(line.reviewed for line in lines)


def _reviewed_words(made: Brief) -> str:
    """Return who reviewed it and when, from the line that was reviewed last."""
    reviews = [
        (at, words)
        for part in made.sections
        for line in part.lines
        if (words := getattr(line, "reviewed_text", ""))
        and (at := getattr(line, "reviewed_at", None)) is not None
    ]
    return str(max(reviews)[1]) if reviews else ""


def _answerable_sections(sections: Sequence[Section]) -> list[AnswerableSection]:
    """Assign each entry one line to acknowledge it: the last that refers to it alone."""
    last = {
        entry: (place, n)
        for place, part in enumerate(sections)
        for n, line in enumerate(part.lines)
        for entry in _entries_of_own_line([replace(part, lines=(line,))])
    }
    return [
        AnswerableSection(
            part.key,
            part.title,
            tuple(
                (line, next((e for e in line.entries if last.get(e) == (place, n)), None))
                for n, line in enumerate(part.lines)
            ),
            part.spark,
        )
        for place, part in enumerate(sections)
    ]


def _entries_of_own_line(sections: Iterable[Section]) -> list[UUID]:
    """Return the entries that have a line of their own, in which they can be acknowledged."""
    return [
        line.entries[0]
        for part in sections
        if part.key in ANSWERABLE
        for line in part.lines
        if line.is_told and len(line.entries) == 1
    ]


def _lead_sentence(made: Brief) -> str:
    """Return the header's first sentence without the name, which is the page's heading."""
    text = made.sections[0].lines[0].text.removeprefix(f"{made.session.patient_name}: ")
    return f"{text[0].upper()}{text[1:]}"
