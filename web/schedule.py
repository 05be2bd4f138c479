"""A therapist's schedule: the page of a day, and the secret address of their calendar feed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from backend.kit.timezones import local_day, start_of_day
from care.models import User
from care.sessions import calendar_links
from care.sessions.move_requests import MoveRequestView
from care.sessions.read import DaySession
from journaling import formatting
from journaling.briefs.overview import OneToOneTalk, read_clinician_day
from web.access import clinician_page, public_page
from web.form_fields import day_or_none
from web.form_tokens import read_shown_once, store_shown_once
from web.rendering import redirect_to, render_confirmation, render_page
from web.safety_events import describe_event, reason_choices

_NEXT_DAY = timedelta(days=1)
_CONFIRMATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "end": ("End the address of your calendar?", "End it", {"end": "1"}),
    "anew": ("Make a new address for your calendar?", "Make a new one", {}),
}


@dataclass(frozen=True, slots=True)
class SessionRow:
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


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A patient to see one-to-one before their group, in words."""

    patient_id: UUID
    name: str
    group: str
    starts: str
    brief_id: UUID | None


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A session whose patient asks to have it moved, in words."""

    session_id: UUID
    patient_id: UUID
    name: str
    when: str
    why: str
    note: str


@public_page
@require_GET
def redirect_to_today(request: HttpRequest) -> HttpResponse:
    """Redirect to the therapists' day."""
    return redirect("web:today")


@public_page
@require_GET
def redirect_to_admin(request: HttpRequest) -> HttpResponse:
    """Redirect to the administrator's site, which is under the path of the pages' cookie."""
    return redirect("admin:index")


@clinician_page
@require_GET
def today(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Show the sessions of a day, today unless asked, by the clinic's clock."""
    zone = viewer.clinic.time_zone
    current = local_day(now, zone)
    day = _asked_day(request) or current
    read = read_clinician_day(
        viewer=viewer, since=start_of_day(day, zone), until=start_of_day(day + _NEXT_DAY, zone),
        now=now, with_events=day == current,
    )  # fmt: skip
    following = read.following
    return render_page(
        request, "web/today.html", viewer=viewer, here="today", clinic=viewer.clinic.name,
        events=[
            describe_event(event, viewer, read.next_sessions.get(event.patient_id))
            for event in read.events
        ],
        reasons=reason_choices(), also_listed=[event.patient_id for event in read.events],
        words=[_talk_row(talk, zone) for talk in read.talks],
        moves=[_move_row(asked, zone) for asked in read.moves],
        zone=zone, day=day, is_today=day == current, before=day - _NEXT_DAY,
        after=day + _NEXT_DAY, rows=[_row(session, zone, now) for session in read.sessions],
        following=_row(following, zone, now) if following else None,
        following_day=local_day(following.starts_at, zone) if following else None,
    )  # fmt: skip


@clinician_page
@require_http_methods(["GET", "POST"])
def calendar_link(request: HttpRequest, *, viewer: User, now: datetime) -> HttpResponse:
    """Create the secret address of the viewer's calendar, shown for ten minutes, or revoke it.

    What ends an address that calendar programs use needs a confirmation.
    """
    has_link = calendar_links.has_calendar_link(user=viewer)
    if request.method == "GET":
        if has_link and request.GET.get("sure") in _CONFIRMATIONS:
            return _confirm(request, viewer, request.GET["sure"])
        secret = read_shown_once(request, user=viewer)
        return render_page(
            request, "web/calendar.html", viewer=viewer, has_link=has_link,
            address=_feed_url(request, secret) if secret else "",
        )  # fmt: skip
    if "end" in request.POST:
        calendar_links.revoke_calendar_link(user=viewer, now=now)
        return redirect_to("calendar", said="calendar_ended")
    try:
        secret = calendar_links.create_calendar_link(user=viewer, now=now)
    except calendar_links.LinkCreatedMeanwhile:
        return redirect_to("calendar")
    return redirect_to("calendar", query={"shown": store_shown_once(user=viewer, secret=secret)})


def _confirm(request: HttpRequest, viewer: User, what: str) -> HttpResponse:
    question, button, fields = _CONFIRMATIONS[what]
    return render_confirmation(
        request, viewer=viewer, question=question, button=button, fields=fields,
        back=reverse("web:calendar"),
        detail="Calendar programs that use the address you have stop at once.",
    )  # fmt: skip


def _feed_url(request: HttpRequest, secret: str) -> str:
    return request.build_absolute_uri(reverse("calendar", kwargs={"secret": secret}))


def _asked_day(request: HttpRequest) -> date | None:
    """Return the day in the query string, or None if it is missing or not a day."""
    return day_or_none(request.GET.get("day", ""))


def _talk_row(talk: OneToOneTalk, zone: str) -> TalkRow:
    return TalkRow(
        talk.patient_id,
        talk.name,
        talk.group.who,
        formatting.format_time(talk.group.starts_at, zone),
        talk.next_session,
    )


def _move_row(asked: MoveRequestView, zone: str) -> MoveRow:
    return MoveRow(
        asked.session_id,
        asked.patient_id,
        asked.name,
        formatting.format_datetime(asked.starts_at, zone),
        asked.reason,
        asked.note,
    )


def _row(item: DaySession, zone: str, now: datetime) -> SessionRow:
    is_now = item.starts_at <= now < item.ends_at and not item.is_cancelled
    return SessionRow(
        id=item.id,
        starts=formatting.format_time(item.starts_at, zone),
        ends=formatting.format_time(item.ends_at, zone),
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


def _what(item: DaySession) -> str:
    kind = f"{formatting.humanize(item.kind)} session".capitalize()
    return f"{kind}: {item.title}" if item.title not in {"", item.who} else kind


def _state(item: DaySession, now: datetime) -> str:
    if item.is_cancelled:
        return "Cancelled"
    if now < item.starts_at:
        return ""
    return "Now" if now < item.ends_at else "Over"
