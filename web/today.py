"""The therapist's day: its sessions, and patients to see one-to-one before today's groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from backend.kit.timezones import local_day, start_of_day
from care.access import roster
from care.access.data_categories import DataCategory
from care.models import User
from care.sessions import for_brief, occurrences
from care.sessions.for_brief import NoSessionToBrief
from care.sessions.read import DaySession, day_plan, next_individual_sessions, next_own_session
from journaling import formatting
from journaling.briefs.group import patients_needing_one_to_one
from web.access import clinician_page, public_page
from web.form_fields import day_or_none
from web.rendering import clinic_zone, render_page
from web.safety_events import open_events, reason_choices

_NEXT_DAY = timedelta(days=1)


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
class OneToOneTalk:
    """A patient to see one-to-one before their group; the reason is in their own brief only."""

    patient_id: UUID
    name: str
    group: str
    starts: str
    brief_id: UUID | None


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
    starts, ends = start_of_day(day, zone), start_of_day(day + _NEXT_DAY, zone)
    occurrences.create_due_occurrences(now=now, viewer=viewer)
    items = day_plan(viewer=viewer, since=starts, until=ends, now=now)
    following = next_own_session(viewer=viewer, since=ends, now=now)
    events = open_events(viewer=viewer, now=now) if day == current else []
    return render_page(
        request, "web/today.html", viewer=viewer, here="today", clinic=viewer.clinic.name,
        events=events, reasons=reason_choices(), also_listed=[event.patient_id for event in events],
        words=one_to_one_before_groups(viewer=viewer, items=items, now=now),
        zone=zone, day=day, is_today=day == current, before=day - _NEXT_DAY,
        after=day + _NEXT_DAY, rows=[_row(item, zone, now) for item in items],
        following=_row(following, zone, now) if following else None,
        following_day=local_day(following.starts_at, zone) if following else None,
    )  # fmt: skip


def one_to_one_before_groups(
    *, viewer: User, items: Sequence[DaySession], now: datetime
) -> list[OneToOneTalk]:
    """List patients to see one-to-one before the groups of a day still to come; each is logged."""
    talks: list[OneToOneTalk] = []
    for item in items:
        if not item.is_group or item.is_cancelled or item.ends_at <= now:
            continue
        try:
            session = for_brief.group_session(viewer=viewer, session_id=item.id, now=now)
        except NoSessionToBrief:
            continue
        people = roster.open_group_roster(
            viewer=viewer, session=session, what=DataCategory.BRIEF, now=now
        )
        alone = patients_needing_one_to_one(roster=people, session=session, now=now)
        own = next_individual_sessions(viewer=viewer, patients=alone, now=now) if alone else {}
        starts = formatting.format_time(item.starts_at, clinic_zone(viewer))
        talks += [
            OneToOneTalk(
                person.patient_id, person.name, item.who, starts, own.get(person.patient_id)
            )
            for person in people.people
            if person.patient_id in alone
        ]
    return talks


def _asked_day(request: HttpRequest) -> date | None:
    """Return the day in the query string, or None if it is missing or not a day."""
    return day_or_none(request.GET.get("day", ""))


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
