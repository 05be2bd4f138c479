"""Treatment sessions: list, plan, move and cancel them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import A_DAY
from api.http.inputs import if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import Closed, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.sessions.session_schema import (
    WEEKDAYS,
    ConflictOut,
    InvitedOut,
    ListedToPatientOut,
    MoveRequestOut,
    PlannedSessionOut,
    RepeatsIn,
    SessionChangeIn,
    SessionIn,
    SessionOut,
    SessionsOut,
    TaughtOut,
)
from backend.kit.timezones import start_of_day
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.open import open_own_chart
from care.models import TreatmentSession, User
from care.sessions import occurrences
from care.sessions.conflicts import Planned, change_and_tell, plan_and_tell
from care.sessions.move_requests import MoveRequestView, move_requests_to
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession
from care.sessions.read import sessions_page
from care.support.guests import read_at_sessions
from journaling.briefs.read import briefs_opened_at
from journaling.education.curriculum import taught_at


class SessionsQuery(PageQuery):
    """Which sessions, by local day of the caller, both included."""

    to: Annotated[date | None, A_DAY] = None
    from_: Annotated[date | None, A_DAY, Field(alias="from")] = None


class Sessions(APIView):
    """The caller's treatment sessions."""

    def get_permissions(self) -> list[Any]:
        """Return the permissions: patients and staff may list their own, clinicians may plan."""
        return [IsClinician() if self.request.method == "POST" else IsPatientOrStaff()]

    permission_classes = [Closed]

    @extend_schema(
        operation_id="list_sessions",
        parameters=query_parameters(SessionsQuery),
        responses=SessionsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List own sessions by their start; days are those of the caller's time zone."""
        query, now = validated_query(SessionsQuery, request), timezone.now()
        wanted, zone_name = query.page(tie=UUID), request.user.time_zone
        occurrences.create_due_occurrences(now=now, viewer=request.user)
        sessions = sessions_page(
            viewer=request.user,
            now=now,
            limit=wanted.limit + 1,
            since=start_of_day(query.from_, zone_name) if query.from_ else None,
            until=_day_end(query.to, zone_name) if query.to else None,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        shape = _log_listing(request.user, sessions, now)
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=sessions,
                place=lambda row: (row.starts_at, row.pk),
                shape=shape,
                answer=SessionsOut,
            )
        )

    @extend_schema(
        operation_id="plan_session",
        request=SessionIn,
        responses={201: PlannedSessionOut, 200: PlannedSessionOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Plan a session with one of the caller's patients or groups; answers the first one.

        The same again answers 200 with what stands. Another of this kind with them at the same
        instant is refused with 409 ``session_differs``: change the one that stands. ``conflicts``
        refuse nothing: they are what it lies over, of what the caller may know.
        """
        sent = validated_body(SessionIn, request)
        now = timezone.now()
        plan = PlannedSession(
            clinician=request.user,
            kind=sent.kind,
            starts_at=sent.starts_at,
            ends_at=sent.ends_at,
            patient_id=sent.patient,
            group_id=sent.group,
            title=sent.title,
            place=sent.place,
        )
        weekly = None if sent.repeats is None else _weekly_of(sent.repeats)
        planned = plan_and_tell(plan=plan, weekly=weekly, now=now)
        return _planned_response(planned, request.user, status=201 if planned.is_new else 200)


class OneSession(APIView):
    """One treatment session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="change_session", request=SessionChangeIn, responses=PlannedSessionOut
    )
    def patch(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Move, rename or cancel it, alone or with those that follow it in its series."""
        sent = validated_body(SessionChangeIn, request)
        rev = if_match_rev(request)
        now = timezone.now()
        changed = change_and_tell(
            clinician=request.user,
            session_id=session_id,
            rev=rev,
            changes={name: value for name, value in sent.given().items() if name != "scope"},
            now=now,
            is_following=sent.scope == "following",
        )
        return _planned_response(changed, request.user, status=200)


def _planned_response(planned: Planned, viewer: User, *, status: int) -> HttpResponse:
    conflicts = list(map(ConflictOut.of, planned.conflicts))
    shown = PlannedSessionOut.of(planned.session, viewer, conflicts=conflicts)
    return json_response(shown, status=status, rev=planned.session.rev)


def _weekly_of(sent: RepeatsIn) -> WeeklyRecurrence:
    days = tuple(sorted({WEEKDAYS.index(day) for day in sent.days or ()}))
    return WeeklyRecurrence(days, sent.every_weeks, sent.until)


def _log_listing(
    viewer: User, sessions: list[TreatmentSession], now: datetime
) -> Callable[[TreatmentSession], SessionOut]:
    """Log whose sessions were listed, and return how each is shown to the viewer."""
    if viewer.role == User.Role.PATIENT:
        chart = open_own_chart(viewer=viewer, what=DataCategory.SESSIONS, now=now)
        ids = [session.pk for session in sessions]
        opened = briefs_opened_at(chart=chart, session_ids=ids)
        moves, guests = read_at_sessions(chart=chart, session_ids=ids, now=now)
        asked = _shown(moves.values())
        invited = {one: list(map(InvitedOut.of, found)) for one, found in guests.items()}
        weeks = taught_at(sessions=sessions, zone=viewer.clinic.time_zone)
        taught = {session_id: TaughtOut.of(week) for session_id, week in weeks.items()}
        return lambda row: ListedToPatientOut.of(
            row, viewer, opened_at=opened.get(row.pk), move_request=asked.get(row.pk),
            taught=taught.get(row.pk), invited=invited.get(row.pk),
        )  # fmt: skip
    log_reads_many(
        viewer=viewer,
        patient_ids=[session.patient_id for session in sessions if session.patient_id is not None],
        what=DataCategory.SESSIONS,
        reason="session_clinician",
        now=now,
    )
    asked = _shown(move_requests_to(viewer=viewer, now=now))
    return lambda row: SessionOut.of(row, viewer, move_request=asked.get(row.pk))


def _shown(asked: Iterable[MoveRequestView]) -> dict[UUID, MoveRequestOut]:
    return {one.session_id: MoveRequestOut.of(one) for one in asked}


def _day_end(day: date, zone_name: str) -> datetime:
    return start_of_day(day + timedelta(days=1), zone_name)
