"""The therapist's day: its sessions, and what comes before everything else."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from backend.kit.zones import day_start, local_day
from care.actions import series
from care.models import User
from care.queries import briefing
from care.queries.briefing import DayItem
from journaling import wording
from web import parsing
from web.gate import clinicians, public
from web.pressing import words_before_group
from web.safety import choices, open_events
from web.showing import show

_NEXT_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the day, in words."""

    id: UUID
    starts: str
    ends: str
    who: str
    who_id: UUID | None
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
    events = open_events(viewer=viewer, now=now) if day == current else []
    return show(
        request, "web/today.html", viewer=viewer, here="today", clinic=viewer.clinic.name,
        events=events, reasons=choices(), also_listed=[event.patient_id for event in events],
        words=words_before_group(viewer=viewer, items=items, now=now),
        zone=zone, day=day, is_today=day == current, before=day - _NEXT_DAY,
        after=day + _NEXT_DAY, rows=[_row(item, zone, now) for item in items],
        following=_row(following, zone, now) if following else None,
        following_day=local_day(following.starts_at, zone) if following else None,
    )  # fmt: skip


def _asked_day(request: HttpRequest) -> date | None:
    """Read the day asked for; what is no day of our calendar counts as not asked."""
    return parsing.day(request.GET.get("day", ""))


def _row(item: DayItem, zone: str, now: datetime) -> Row:
    is_now = item.starts_at <= now < item.ends_at and not item.is_cancelled
    return Row(
        id=item.id,
        starts=wording.clock(item.starts_at, zone),
        ends=wording.clock(item.ends_at, zone),
        who=item.who,
        who_id=item.who_id,
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
