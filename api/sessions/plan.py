"""Treatment sessions: list, plan, move and cancel them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.inputs import if_match_rev
from api.http.paging import PageQuery, page_params, paged
from api.http.permissions import Closed, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ChoiceOf,
    DayField,
    IdField,
    InstantField,
    ListOf,
    OneLineField,
    StrictInput,
    WholeNumberField,
    YesNoField,
    validated_body,
    validated_query,
)
from backend.kit.timezones import start_of_day
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.open import open_own_chart
from care.models import TreatmentSession, User
from care.sessions import occurrences, series
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, change_session, plan_session
from care.sessions.read import sessions_page
from journaling.briefs.read import briefs_opened_at
from notifications.reminders.follow import follow_session

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SESSION_KINDS = [kind.value for kind in TreatmentSession.Kind]


class RepeatsIn(StrictInput):
    """How it comes back: weekly, on these days, at the same wall-clock time of the clinic.

    Without ``days`` on the day of the first session; without ``until`` it goes on.
    """

    days = ListOf(child=ChoiceOf(choices=WEEKDAYS), required=False, min_length=1, max_length=7)
    every_weeks = WholeNumberField(min_value=1, max_value=8, required=False, default=1)
    until = DayField(required=False, allow_null=True, default=None)


class SessionIn(StrictInput):
    """A session to plan: with one patient, or with one group; once, or every week."""

    kind = ChoiceOf(choices=SESSION_KINDS)
    starts_at = InstantField()
    ends_at = InstantField()
    patient = IdField(required=False, allow_null=True, default=None)
    group = IdField(required=False, allow_null=True, default=None)
    title = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    place = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    repeats = RepeatsIn(required=False, allow_null=True, default=None)


class SessionChangeIn(StrictInput):
    """What changes about a session; what is left out stays.

    ``scope`` is this one alone, or a weekly session's from this one on.
    """

    starts_at = InstantField(required=False)
    ends_at = InstantField(required=False)
    title = OneLineField(max_length=120, required=False, allow_blank=True)
    place = OneLineField(max_length=120, required=False, allow_blank=True)
    cancelled = YesNoField(required=False)
    scope = ChoiceOf(choices=["this", "following"], required=False, default="this")


class SessionsQuery(PageQuery):
    """Which sessions, by local day of the caller, both included."""

    to = DayField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": DayField(required=False)}


class SessionOut(serializers.Serializer[Any]):
    """A treatment session; ``patient`` or ``group`` stands, never both."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=SESSION_KINDS)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    title = serializers.CharField()
    place = serializers.CharField()
    group = serializers.UUIDField(required=False)
    patient = serializers.UUIDField(required=False)
    cancelled = serializers.BooleanField()
    repeats = serializers.BooleanField(help_text="It is one of a weekly series.")
    brief_ready = serializers.BooleanField()
    opened_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="For the patient in a list: when the brief of this session was first opened.",
    )
    rev = serializers.IntegerField()


class SessionsOut(serializers.Serializer[Any]):
    """A page of sessions."""

    results = SessionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Sessions(APIView):
    """The caller's treatment sessions."""

    def get_permissions(self) -> list[Any]:
        """Return the permissions: patients and staff may list their own, clinicians may plan."""
        return [IsClinician() if self.request.method == "POST" else IsPatientOrStaff()]

    permission_classes = [Closed]

    @extend_schema(
        operation_id="list_sessions",
        parameters=[
            OpenApiParameter("from", {"type": "string", "format": "date"}),
            OpenApiParameter("to", {"type": "string", "format": "date"}),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=SessionsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List own sessions by their start; days are those of the caller's time zone."""
        wanted = page_params(request, tie=UUID)
        days = validated_query(SessionsQuery, request)
        since, until = days.get("from"), days.get("to")
        zone_name = request.user.time_zone
        now = timezone.now()
        occurrences.create_due_occurrences(now=now, viewer=request.user)
        sessions = sessions_page(
            viewer=request.user,
            now=now,
            limit=wanted.limit + 1,
            since=start_of_day(since, zone_name) if since else None,
            until=_day_end(until, zone_name) if until else None,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        opened = _log_listing(request.user, sessions, now)
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=sessions,
                place=lambda row: (row.starts_at, row.pk),
                shape=lambda row: session_to_json(row, request.user) | opened(row.pk),
            )
        )

    @extend_schema(
        operation_id="plan_session",
        request=SessionIn,
        responses={201: SessionOut, 200: SessionOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Plan a session with one of the caller's patients or groups; answers the first one.

        The same again answers 200 with what stands. Another of this kind with them at the same
        instant is refused with 409 ``session_differs``: change the one that stands.
        """
        sent = validated_body(SessionIn, request)
        now = timezone.now()
        plan = PlannedSession(
            clinician=request.user,
            kind=sent["kind"],
            starts_at=sent["starts_at"],
            ends_at=sent["ends_at"],
            patient_id=sent["patient"],
            group_id=sent["group"],
            title=sent["title"],
            place=sent["place"],
        )
        if sent["repeats"] is None:
            session, is_new = plan_session(plan=plan, now=now)
        else:
            session, is_new = series.plan_series(
                plan=plan, weekly=_weekly_of(sent["repeats"]), now=now
            )
        if is_new:
            follow_session(session_id=session.pk, now=now)
        return json_response(
            session_to_json(session, request.user), status=201 if is_new else 200, rev=session.rev
        )


class OneSession(APIView):
    """One treatment session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="change_session", request=SessionChangeIn, responses=SessionOut)
    def patch(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Move, rename or cancel it, alone or with those that follow it in its series."""
        changes = validated_body(SessionChangeIn, request)
        rev = if_match_rev(request)
        now = timezone.now()
        is_one = changes.pop("scope") == "this"
        change = change_session if is_one else series.change_series_from
        session = change(
            clinician=request.user,
            session_id=session_id,
            rev=rev,
            changes=changes,
            now=now,
        )
        follow_session(session_id=session.pk, now=now)
        return json_response(session_to_json(session, request.user), rev=session.rev)


def session_to_json(session: TreatmentSession, viewer: User) -> dict[str, Any]:
    """Return a session as JSON for one of the people in it."""
    shown: dict[str, Any] = {
        "id": session.pk,
        "kind": session.kind,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "title": session.title,
        "place": session.place,
        "cancelled": session.cancelled_at is not None,
        "repeats": session.series_id is not None,
        "brief_ready": _is_brief_ready(session, viewer),
        "rev": session.rev,
    }
    if session.group_id is not None:
        shown["group"] = session.group_id
    if session.patient_id is not None:
        shown["patient"] = session.patient_id
    return shown


def _weekly_of(sent: dict[str, Any]) -> WeeklyRecurrence:
    days = tuple(sorted({WEEKDAYS.index(day) for day in sent.get("days", ())}))
    return WeeklyRecurrence(days, sent["every_weeks"], sent["until"])


def _is_brief_ready(session: TreatmentSession, viewer: User) -> bool:
    is_individual = session.patient_id is not None
    consented = bool(getattr(session, "has_brief", False))
    return viewer.role == User.Role.CLINICIAN and is_individual and consented


def _log_listing(
    viewer: User, sessions: list[TreatmentSession], now: datetime
) -> Callable[[UUID], dict[str, Any]]:
    """Log whose sessions were listed, and return what a patient is shown beside each of theirs."""
    if viewer.role == User.Role.PATIENT:
        chart = open_own_chart(viewer=viewer, what=DataCategory.SESSIONS, now=now)
        opened = briefs_opened_at(chart=chart, session_ids=[session.pk for session in sessions])
        return lambda session_id: {"opened_at": opened.get(session_id)}
    log_reads_many(
        viewer=viewer,
        patient_ids=[session.patient_id for session in sessions if session.patient_id is not None],
        what=DataCategory.SESSIONS,
        reason="session_clinician",
        now=now,
    )
    return lambda _: {}


def _day_end(day: date, zone_name: str) -> datetime:
    return start_of_day(day + timedelta(days=1), zone_name)
