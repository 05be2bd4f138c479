"""The caller's sessions as an iCalendar feed, which holds nothing but times."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from icalendar import Calendar, Event
from rest_framework.views import APIView

from api.http.errors import NotFound
from api.http.permissions import Anyone, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.db import rls_actor
from care.access.data_categories import DataCategory
from care.access.log import log_self
from care.models import AccessLogEntry, TreatmentSession
from care.sessions import calendar_links, occurrences
from care.sessions.read import sessions_page

#: What every event is called: a calendar is read on lock screens and by other companies.
EVENT_TITLE = "Appointment"
#: Some programs show an event whose status is CANCELLED as if it took place; none hides its title.
CANCELLED_TITLE = f"Cancelled: {EVENT_TITLE}"
PAST, FUTURE, MAX_EVENTS = timedelta(days=30), timedelta(days=180), 1000
#: How soon a calendar program should ask again (RFC 7986), so that a move is seen the same morning.
REFRESH_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LinkOut:
    """The address of the caller's calendar; it is told only now."""

    url: str


class CalendarLink(APIView):
    """The address under which the caller's calendar program fetches their sessions."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="make_calendar_link", request=None, responses={201: LinkOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Make a new address; the one before stops working. It holds until it is revoked."""
        secret = calendar_links.create_calendar_link(user=request.user, now=timezone.now())
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
        """List the sessions of a month back and half a year ahead: only when, never what."""
        now = timezone.now()
        link = calendar_links.find_calendar_link(secret=secret)
        if link is None:
            raise NotFound
        rls_actor.set_actor(rls_actor.user_actor(link.user.role, link.user_id))
        occurrences.create_due_occurrences(now=now, viewer=link.user)
        sessions = sessions_page(
            viewer=link.user, now=now, limit=MAX_EVENTS, since=now - PAST, until=now + FUTURE
        )
        etag = _etag(link.pk, sessions)
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response = HttpResponse(status=304)
        else:
            log_self(
                user=link.user, action=AccessLogEntry.Action.READ, what=DataCategory.CALENDAR,
                reason="calendar_link", now=now,
            )  # fmt: skip
            body = _build_calendar(link.pk, sessions, now)
            response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["ETag"] = etag
        return response


def _etag(link_id: UUID, sessions: Sequence[TreatmentSession]) -> str:
    """Return a weak ETag of the content; weak, since ``DTSTAMP`` differs in every response."""
    versions = [(row.pk, row.rev, row.starts_at, row.ends_at, row.cancelled_at) for row in sessions]
    return f'W/"{hashlib.sha256(repr((link_id, versions)).encode()).hexdigest()[:32]}"'


def _build_calendar(link_id: UUID, sessions: Sequence[TreatmentSession], now: datetime) -> bytes:
    """Return the calendar with every session as an event of its own: no recurrence rules.

    A weekly session keeps its wall clock in the instants, and one that moves keeps its ``UID`` with
    a higher ``SEQUENCE`` (RFC 5546), so no program needs the clinic's zone.
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


def _whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)
