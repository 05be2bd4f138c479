"""The caller's sessions as an iCalendar feed, which holds nothing but times.

Patients who choose so have their check-in times in it, with an alarm: where a phone shows no push,
its own calendar reminds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self
from uuid import UUID, uuid5

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from icalendar import Alarm, Calendar, Event, Timezone
from rest_framework.views import APIView

from api.http.errors import NotFound
from api.http.fields import YES_OR_NO
from api.http.inputs import Change, Input, validated_body
from api.http.permissions import Anyone, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.db import rls_actor
from backend.kit.timezones import get_zone
from care.access.data_categories import DataCategory
from care.access.log import log_self
from care.models import AccessLogEntry, TreatmentSession
from care.models import CalendarLink as CalendarLinkRow
from care.sessions import calendar_links, occurrences
from care.sessions.read import sessions_page
from notifications.engine.forecast import CheckInTime, check_in_times
from notifications.reminders.recurrence import EVERY_DAY

#: What every event is called: a calendar is read on lock screens and by other companies.
EVENT_TITLE = "Appointment"
#: What an event of a check-in is called, and what its alarm says.
CHECK_IN_TITLE = "Reminder"
CHECK_IN_LENGTH = timedelta(minutes=5)
#: Some programs show an event whose status is CANCELLED as if it took place; none hides its title.
CANCELLED_TITLE = f"Cancelled: {EVENT_TITLE}"
ICAL_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PAST, FUTURE, MAX_EVENTS = timedelta(days=30), timedelta(days=180), 1000
#: How soon a calendar program should ask again (RFC 7986), so that a move is seen the same morning.
REFRESH_INTERVAL = timedelta(hours=1)


class LinkIn(Input):
    """What else the calendar holds beside sessions; left out, what it held before."""

    check_ins: Annotated[bool | None, YES_OR_NO] = None


class LinkChangeIn(Change):
    """What else the calendar holds from now on."""

    check_ins: Annotated[bool, YES_OR_NO]


@dataclass(frozen=True, slots=True)
class LinkOut:
    """The address of the caller's calendar; it is told only now."""

    url: str


@dataclass(frozen=True, slots=True)
class LinkStateOut:
    """Since when the calendar has an address, and whether check-in times are in it.

    ``created_at`` is null where there is no address.
    """

    created_at: datetime | None
    check_ins: bool

    @classmethod
    def of(cls, link: CalendarLinkRow | None) -> Self:
        """Show a link without its secret, or that there is none."""
        return (
            cls(None, check_ins=False) if link is None else cls(link.created_at, link.has_check_ins)
        )


class CalendarLink(APIView):
    """The address under which the caller's calendar program fetches their sessions."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="read_calendar_link", responses=LinkStateOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read whether there is an address, since when, and what is in the calendar."""
        link = calendar_links.calendar_link_of(user=request.user)
        return json_response(LinkStateOut.of(link))

    @extend_schema(
        operation_id="change_calendar_link", request=LinkChangeIn, responses=LinkStateOut
    )
    def patch(self, request: SignedIn) -> HttpResponse:
        """Put check-in times into the calendar, or take them out; the address stays."""
        sent = validated_body(LinkChangeIn, request)
        link = calendar_links.set_check_ins(
            user=request.user, has_check_ins=sent.check_ins, now=timezone.now()
        )
        return json_response(LinkStateOut.of(link))

    @extend_schema(operation_id="make_calendar_link", request=LinkIn, responses={201: LinkOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Make a new address; the one before stops working. It holds until it is revoked."""
        sent = validated_body(LinkIn, request)
        secret = calendar_links.create_calendar_link(
            user=request.user, now=timezone.now(), has_check_ins=sent.check_ins
        )
        address = reverse("calendar", kwargs={"secret": secret})
        return json_response(LinkOut(request.build_absolute_uri(address)), status=201)

    @extend_schema(operation_id="end_calendar_link", request=None, responses={204: None})
    def delete(self, request: SignedIn) -> HttpResponse:
        """Revoke the address; without one nothing happens."""
        calendar_links.revoke_calendar_link(user=request.user, now=timezone.now())
        return HttpResponse(status=204)


class CalendarFeed(APIView):
    """One person's sessions as iCalendar (RFC 5545), for whoever knows the secret address."""

    permission_classes = [Anyone]
    authentication_classes = ()

    @extend_schema(
        operation_id="read_calendar",
        auth=[],
        responses={(200, "text/calendar"): OpenApiTypes.STR, 304: OpenApiResponse()},
    )
    def get(self, request: Any, secret: str) -> HttpResponse:
        """List the sessions of a month back and half a year ahead: only when, never what.

        Where the patient chose so, their check-in times come back in it by rules, with an alarm.
        """
        now = timezone.now()
        link = calendar_links.find_calendar_link(secret=secret)
        if link is None:
            raise NotFound
        rls_actor.set_actor(rls_actor.user_actor(link.user.role, link.user_id))
        occurrences.create_due_occurrences(now=now, viewer=link.user)
        sessions = sessions_page(
            viewer=link.user, now=now, limit=MAX_EVENTS, since=now - PAST, until=now + FUTURE
        )
        check_ins = (
            check_in_times(patient=link.user_id, since=link.created_at, now=now)
            if link.has_check_ins
            else []
        )
        etag = _etag(link.pk, sessions, check_ins)
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponse(status=304)
        else:
            log_self(
                user=link.user, action=AccessLogEntry.Action.READ, what=DataCategory.CALENDAR,
                reason="calendar_link", now=now,
            )  # fmt: skip
            body = _build_calendar(link.pk, sessions, check_ins, now)
            response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["ETag"] = etag
        return response


def _etag(
    link_id: UUID, sessions: Sequence[TreatmentSession], check_ins: Sequence[CheckInTime]
) -> str:
    """Return a weak ETag of the content; weak, since ``DTSTAMP`` differs in every response."""
    versions = [(row.pk, row.rev, row.starts_at, row.ends_at, row.cancelled_at) for row in sessions]
    return f'W/"{hashlib.sha256(repr((link_id, versions, check_ins)).encode()).hexdigest()[:32]}"'


def _build_calendar(
    link_id: UUID,
    sessions: Sequence[TreatmentSession],
    check_ins: Sequence[CheckInTime],
    now: datetime,
) -> bytes:
    """Return the calendar with every session as an event of its own: no recurrence rules.

    A weekly session keeps its wall clock in the instants, and one that moves keeps its ``UID`` with
    a higher ``SEQUENCE`` (RFC 5546), so no program needs the clinic's zone. Check-ins come
    by rules, in the patient's zone: they go on where the calendar is not fetched for months.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Appointments")
    calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for session in sessions:
        calendar.add_component(_build_event(link_id, session, now))
    for zone in sorted({check_in.zone_name for check_in in check_ins}):
        calendar.add_component(_build_timezone(zone, now))
    for check_in in check_ins:
        calendar.add_component(_build_check_in(link_id, check_in, now))
    return bytes(calendar.to_ical())


def _build_event(link_id: UUID, session: TreatmentSession, now: datetime) -> Event:
    event = Event()
    # Of this link alone, so that two people's calendars at one company share no id.
    event.add("uid", str(uuid5(link_id, str(session.pk))))
    event.add("dtstamp", _whole_seconds(now))
    event.add("dtstart", _whole_seconds(session.starts_at))
    event.add("dtend", _whole_seconds(session.ends_at))
    event.add("sequence", session.rev - 1)
    event.add("summary", CANCELLED_TITLE if session.cancelled_at else EVENT_TITLE)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if session.cancelled_at else "CONFIRMED")
    return event


def _build_check_in(link_id: UUID, check_in: CheckInTime, now: datetime) -> Event:
    """Return one time of the day, again and again, with an alarm; it keeps nobody busy."""
    day, minute, _ = check_in.first
    event = Event()
    event.add("uid", str(uuid5(link_id, f"{check_in.reminder_id}|{minute}")))
    event.add("dtstamp", _whole_seconds(now))
    event.add(
        "dtstart", datetime.combine(day, time(minute // 60, minute % 60)),
        parameters={"TZID": check_in.zone_name},
    )  # fmt: skip
    event.add("duration", CHECK_IN_LENGTH)
    event.add("rrule", _recurrence(check_in))
    event.add("sequence", check_in.rev - 1)
    event.add("summary", CHECK_IN_TITLE)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", CHECK_IN_TITLE)
    alarm.add("trigger", timedelta(0))
    event.add_component(alarm)
    return event


def _recurrence(check_in: CheckInTime) -> dict[str, Any]:
    rule = check_in.rule
    ends = {} if check_in.until is None else {"until": _whole_seconds(check_in.until)}
    if rule.every_days is not None:
        return {"freq": "DAILY", "interval": rule.every_days} | ends
    mask = rule.weekdays or EVERY_DAY
    if mask == EVERY_DAY:
        return {"freq": "DAILY"} | ends
    names = [name for place, name in enumerate(ICAL_WEEKDAYS) if mask >> place & 1]
    return {"freq": "WEEKLY", "byday": names} | ends


def _build_timezone(name: str, now: datetime) -> Timezone:
    """Return how a zone's clock goes, from the year before to ten years ahead.

    The library writes the beginning of summer time by the clock of afterwards; the standard has
    both by the clock of before (RFC 5545, 3.6.5).
    """
    years = date(now.year - 1, 1, 1), date(now.year + 10, 1, 1)
    zone = Timezone.from_tzinfo(get_zone(name), name, *years)
    for part in zone.subcomponents:
        _by_the_clock_of_before(part)
    return zone


def _by_the_clock_of_before(part: Any) -> None:
    """Write when summer time begins by the clock of before, at each of its beginnings."""
    gap = part["TZOFFSETTO"].td - part["TZOFFSETFROM"].td
    if gap > timedelta(0):
        part["DTSTART"].dt -= gap
        for jump in part["RDATE"].dts if "RDATE" in part else ():
            jump.dt -= gap


def _whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)
