"""The therapist's pages: the day, and the brief before each session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from backend.kit.zones import day_start, local_day
from care import access
from care.access import DataClass, NoSuchChart
from care.actions import series
from care.models import User
from care.queries import briefing
from care.queries.briefing import DayItem, NoSuchSession, NotIndividual
from journaling import actions, wording
from journaling import brief as briefs
from journaling.queries import talked_about
from notifications.queries import prompts_of
from web.gate import clinicians, public
from web.groupwork import group_brief
from web.pressing import words_before_group
from web.safety import choices, open_events
from web.showing import go, is_partial, show

#: The sections whose lines a therapist answers with "let's talk about this".
ANSWERABLE = ("safety", "agenda", "use", "moment")
_NEXT_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the day, in words."""

    id: UUID
    starts: str
    ends: str
    who: str
    what: str
    place: str
    state: str
    is_cancelled: bool
    is_now: bool
    has_brief: bool
    no_brief: str
    is_group: bool
    has_begun: bool
    is_over: bool


@public
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the therapists' day."""
    return redirect("web:today")


@public
@require_GET
def administration(request: HttpRequest) -> HttpResponse:
    """Lead to the administrator's site, which lies where the pages' cookie is sent."""
    return redirect("admin:index")


@clinicians
@require_GET
def today(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show the sessions of a day, today unless asked, by the clinic's clock."""
    zone = viewer.clinic.time_zone
    current = local_day(now, zone)
    day = _asked_day(request) or current
    starts, ends = day_start(day, zone), day_start(day + _NEXT_DAY, zone)
    series.make_due(now=now, viewer=viewer)
    items = briefing.day_plan(viewer=viewer, since=starts, until=ends, now=now)
    following = briefing.next_session(viewer=viewer, since=ends, now=now)
    return show(
        request, "web/today.html", viewer=viewer, here="today", clinic=viewer.clinic.name,
        events=open_events(viewer=viewer, now=now) if day == current else [], reasons=choices(),
        words=words_before_group(viewer=viewer, items=items, now=now),
        zone=zone, day=day, is_today=day == current, before=day - _NEXT_DAY,
        after=day + _NEXT_DAY, rows=[_row(item, zone, now) for item in items],
        following=_row(following, zone, now) if following else None,
        following_day=local_day(following.starts_at, zone) if following else None,
    )  # fmt: skip


@clinicians
@require_GET
def brief(request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID) -> HttpResponse:
    """Show the brief before one session; opening it stands in the patient's access log."""
    try:
        session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
        chart = access.open_chart(
            viewer=viewer, patient_id=session.patient_id, what=DataClass.BRIEF, now=now
        )
    except (NoSuchSession, NoSuchChart):
        raise Http404 from None
    except NotIndividual as found:
        return group_brief(request, viewer=viewer, session=found.session, now=now)
    made = actions.open_brief(chart=chart, session=session, prompts=prompts_of(chart), now=now)
    zone = session.time_zone
    return show(
        request, "web/brief.html", viewer=viewer, here="today", brief=made, lead=_lead(made),
        more=made.sections[0].lines[1:], sections=_answerable(made.sections[1:]),
        made=wording.moment(made.generated_at, zone), day=local_day(session.starts_at, zone),
        is_reviewed=_is_reviewed(made),
        talked=talked_about(chart=chart, entries=_single(made.sections)),
    )  # fmt: skip


@clinicians
@require_POST
def reviewed(
    request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID
) -> HttpResponse:
    """Mark exactly what the brief of this version showed as reviewed."""
    try:
        session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
        chart = access.open_chart(
            viewer=viewer, patient_id=session.patient_id, what=DataClass.REVIEW, now=now,
            to_write=True,
        )  # fmt: skip
        actions.mark_reviewed(
            chart=chart, session_id=session_id, digest=request.POST.get("digest", ""), now=now
        )
    except (NoSuchSession, NoSuchChart, NotIndividual):
        raise Http404 from None
    except actions.NotShown:
        return go("session", session_id=session_id)
    if is_partial(request):
        return show(request, "web/reviewed.html", viewer=viewer, is_fresh=True)
    return go("session", said="reviewed", session_id=session_id)


def _is_reviewed(made: briefs.Brief) -> bool:
    """Tell whether every line that speaks of entries was reviewed before."""
    told = [line for part in made.sections for line in part.lines if line.entries]
    return bool(told) and all(line.reviewed for line in told)


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


def _asked_day(request: HttpRequest) -> date | None:
    """Read the day asked for; what is no day of our calendar counts as not asked."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2100 else None


def _row(item: DayItem, zone: str, now: datetime) -> Row:
    is_now = item.starts_at <= now < item.ends_at and not item.is_cancelled
    return Row(
        id=item.id,
        starts=wording.clock(item.starts_at, zone),
        ends=wording.clock(item.ends_at, zone),
        who=item.who,
        what=_what(item),
        place=item.place,
        state=_state(item, now),
        is_cancelled=item.is_cancelled,
        is_now=is_now,
        has_brief=item.has_brief,
        no_brief="No brief: consent has ended.",
        is_group=item.is_group,
        has_begun=item.starts_at <= now,
        is_over=item.ends_at <= now,
    )


def _what(item: DayItem) -> str:
    kind = f"{wording.spoken(item.kind)} session".capitalize()
    return f"{kind}: {item.title}" if item.title not in {"", item.who} else kind


def _state(item: DayItem, now: datetime) -> str:
    if item.is_cancelled:
        return "Cancelled"
    if now < item.starts_at:
        return ""
    return "Now" if now < item.ends_at else "Over"
