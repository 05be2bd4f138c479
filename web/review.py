"""The therapist's pages: the day, and the brief before each session."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from backend.kit.zones import day_start, local_day
from care import access
from care.access import DataClass, NoSuchChart
from care.models import User
from care.queries import briefing
from care.queries.briefing import DayItem, NoSuchSession, NotIndividual
from journaling import actions, wording
from journaling import brief as briefs
from notifications.queries import prompts_of
from web.gate import clinicians, public
from web.trouble import trouble

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


@public
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """Lead to the therapists' day."""
    return redirect("web:today")


@clinicians
@require_GET
def today(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show the sessions of a day, today unless asked, by the clinic's clock."""
    zone = viewer.clinic.time_zone
    current = local_day(now, zone)
    day = _asked_day(request) or current
    starts, ends = day_start(day, zone), day_start(day + _NEXT_DAY, zone)
    items = briefing.day_plan(viewer=viewer, since=starts, until=ends, now=now)
    following = briefing.next_session(viewer=viewer, since=ends, now=now)
    context = {
        "viewer": viewer,
        "clinic": viewer.clinic.name,
        "zone": zone,
        "day": day,
        "is_today": day == current,
        "before": day - _NEXT_DAY,
        "after": day + _NEXT_DAY,
        "rows": [_row(item, zone, now) for item in items],
        "following": _row(following, zone, now) if following else None,
        "following_day": local_day(following.starts_at, zone) if following else None,
    }
    return render(request, "web/today.html", context)


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
    except NotIndividual:
        return trouble(request, 409)
    made = actions.open_brief(chart=chart, session=session, prompts=prompts_of(chart), now=now)
    zone = session.time_zone
    context = {
        "viewer": viewer,
        "brief": made,
        "lead": _lead(made),
        "more": made.sections[0].lines[1:],
        "sections": made.sections[1:],
        "made": wording.moment(made.generated_at, zone),
        "day": local_day(session.starts_at, zone),
    }
    return render(request, "web/brief.html", context)


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
        no_brief="Group session: no brief yet."
        if item.is_group
        else "No brief: consent has ended.",
    )


def _what(item: DayItem) -> str:
    kind = f"{wording.spoken(item.kind)} session".capitalize()
    return f"{kind}: {item.title}" if item.title else kind


def _state(item: DayItem, now: datetime) -> str:
    if item.is_cancelled:
        return "Cancelled"
    if now < item.starts_at:
        return ""
    return "Now" if now < item.ends_at else "Over"
