"""The brief: before a session with one patient, or of a patient as they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass
from care.models import User
from care.queries import briefing
from care.queries.at_present import at_present
from care.queries.briefing import ANY_KIND, BriefedSession, NotIndividual
from journaling import actions, wording
from journaling import brief as briefs
from journaling.queries import talked_about
from notifications.queries import prompts_of
from web.gate import clinicians
from web.groupwork import group_brief
from web.showing import go, is_partial, show

#: The sections whose lines a therapist answers with "let's talk about this".
ANSWERABLE = ("safety", "agenda", "use", "moment")


@clinicians
@require_GET
def brief(request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID) -> HttpResponse:
    """Show the brief before one session; opening it stands in the patient's access log."""
    try:
        session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
        chart = _chart(viewer, session, DataClass.BRIEF, now)
    except NotIndividual as found:
        return group_brief(request, viewer=viewer, session=found.session, now=now)
    return _shown(request, viewer, chart, session, now)


@clinicians
@require_GET
def present(request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID) -> HttpResponse:
    """Show a patient as they stand, to everybody of their care team; logged like every brief."""
    session = at_present(viewer=viewer, patient_id=patient_id, now=now)
    chart = _chart(viewer, session, DataClass.BRIEF, now)
    return _shown(request, viewer, chart, session, now)


@clinicians
@require_POST
def reviewed(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Mark exactly what the brief of this version showed as reviewed."""
    try:
        session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
    except NotIndividual:
        raise Http404 from None
    return _reviewed(request, viewer, session, now)


@clinicians
@require_POST
def present_reviewed(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Mark exactly what a patient's brief of this version showed as reviewed."""
    session = at_present(viewer=viewer, patient_id=patient_id, now=now)
    return _reviewed(request, viewer, session, now)


def _chart(
    viewer: User, session: BriefedSession, what: DataClass, now: datetime, *, to_write: bool = False
) -> Chart:
    return access.open_chart(
        viewer=viewer, patient_id=session.patient_id, what=what, now=now, to_write=to_write
    )


def _shown(
    request: HttpRequest, viewer: User, chart: Chart, session: BriefedSession, now: datetime
) -> HttpResponse:
    made = actions.open_brief(chart=chart, session=session, prompts=prompts_of(chart), now=now)
    zone = session.time_zone
    is_present = session.kind == ANY_KIND
    return show(
        request, "web/brief.html", viewer=viewer, here="caseload" if is_present else "today",
        brief=made, lead=_lead(made), more=made.sections[0].lines[1:],
        sections=_answerable(made.sections[1:]), is_present=is_present,
        made=wording.moment(made.generated_at, zone), day=local_day(session.starts_at, zone),
        review_at=_address(session, "reviewed"), is_reviewed=_is_reviewed(made),
        reviewed_words=_reviewed_words(made),
        talked=talked_about(chart=chart, entries=_single(made.sections)),
    )  # fmt: skip


def _reviewed(
    request: HttpRequest, viewer: User, session: BriefedSession, now: datetime
) -> HttpResponse:
    is_present = session.kind == ANY_KIND
    try:
        chart = _chart(viewer, session, DataClass.REVIEW, now, to_write=True)
        actions.mark_reviewed(
            chart=chart, session_id=None if is_present else session.id,
            digest=request.POST.get("digest", ""), now=now,
        )  # fmt: skip
    except actions.NotShown:
        return _back(session)
    if is_partial(request):
        words = f"reviewed by you {wording.clock(now, session.time_zone)}"
        return show(
            request, "web/reviewed.html", viewer=viewer, is_fresh=True, reviewed_words=words,
            is_present=is_present,
        )  # fmt: skip
    return _back(session, said="reviewed")


def _back(session: BriefedSession, *, said: str = "") -> HttpResponse:
    if session.kind == ANY_KIND:
        return go("patient_brief", said=said and "read", patient_id=session.patient_id)
    return go("session", said=said, session_id=session.id)


def _address(session: BriefedSession, name: str) -> str:
    if session.kind == ANY_KIND:
        return reverse(f"web:patient_{name}", kwargs={"patient_id": session.patient_id})
    return reverse(f"web:{name}", kwargs={"session_id": session.id})


def _is_reviewed(made: briefs.Brief) -> bool:
    """Whether every line that speaks of entries was reviewed before."""
    told = [line for part in made.sections for line in part.lines if line.entries]
    return bool(told) and all(line.reviewed for line in told)


def _reviewed_words(made: briefs.Brief) -> str:
    """Say who reviewed it and when, as the newest of its lines says it."""
    told = [
        (at, words)
        for part in made.sections
        for line in part.lines
        if (words := getattr(line, "reviewed_text", ""))
        and (at := getattr(line, "reviewed_at", None)) is not None
    ]
    return str(max(told)[1]) if told else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section whose lines carry the entry that can be answered there, if it is one alone."""

    key: str
    title: str
    lines: tuple[tuple[briefs.Line, UUID | None], ...]
    spark: briefs.Spark | None


def _answerable(sections: Sequence[briefs.Section]) -> list[Part]:
    """Give each entry one place to answer it: the last of the lines that speak of it alone."""
    last = {
        entry: (place, n)
        for place, part in enumerate(sections)
        for n, line in enumerate(part.lines)
        for entry in _single([replace(part, lines=(line,))])
    }
    return [
        Part(
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


def _single(sections: Iterable[briefs.Section]) -> list[UUID]:
    """List the entries that a line of their own speaks of, so that it can be answered there."""
    return [
        line.entries[0]
        for part in sections
        if part.key in ANSWERABLE
        for line in part.lines
        if line.is_told and len(line.entries) == 1
    ]


def _lead(made: briefs.Brief) -> str:
    """Take the header's first sentence without the name, which stands as the page's heading."""
    text = made.sections[0].lines[0].text.removeprefix(f"{made.session.patient_name}: ")
    return f"{text[0].upper()}{text[1:]}"
