"""Treatment sessions: the plan, and who came."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import PageAsked, asked_page, page
from api.permissions import Closed, IsClinician, IsSignedIn
from api.reading import (
    ChoiceOf,
    DayField,
    IdField,
    Input,
    InstantField,
    ListOf,
    OneLine,
    WholeNumber,
    YesNoField,
    asked,
    checked,
    sent_rev,
)
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from backend.kit.zones import day_start
from care import access
from care.access import DataClass
from care.actions import programme, series
from care.actions.programme import Mark, PlannedSession
from care.actions.series import Weekly
from care.models import Attendance, TreatmentSession, User
from care.queries.sessions import sessions_page
from journaling.queries import opened_at_of
from notifications import actions as reminding

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = [kind.value for kind in TreatmentSession.Kind]
STATUSES = [status.value for status in Attendance.Status]


class RepeatsIn(Input):
    """How it comes back: weekly, on these days, at the same wall-clock time of the clinic.

    Without ``days`` on the day of the first session; without ``until`` it goes on.
    """

    days = ListOf(child=ChoiceOf(choices=DAYS), required=False, min_length=1, max_length=7)
    every_weeks = WholeNumber(min_value=1, max_value=8, required=False, default=1)
    until = DayField(required=False, allow_null=True, default=None)


class SessionIn(Input):
    """A session to plan: with one patient, or with one group; once, or every week."""

    kind = ChoiceOf(choices=KINDS)
    starts_at = InstantField()
    ends_at = InstantField()
    patient = IdField(required=False, allow_null=True, default=None)
    group = IdField(required=False, allow_null=True, default=None)
    title = OneLine(max_length=120, required=False, allow_blank=True, default="")
    place = OneLine(max_length=120, required=False, allow_blank=True, default="")
    repeats = RepeatsIn(required=False, allow_null=True, default=None)


class SessionChangeIn(Input):
    """What changes about a session; what is left out stays.

    ``scope`` is this one alone, or a weekly session's from this one on.
    """

    starts_at = InstantField(required=False)
    ends_at = InstantField(required=False)
    title = OneLine(max_length=120, required=False, allow_blank=True)
    place = OneLine(max_length=120, required=False, allow_blank=True)
    cancelled = YesNoField(required=False)
    scope = ChoiceOf(choices=["this", "following"], required=False, default="this")


class MarkIn(Input):
    """One patient's attendance."""

    patient = IdField()
    status = ChoiceOf(choices=STATUSES)
    minutes = WholeNumber(
        min_value=0, max_value=1440, required=False, allow_null=True, default=None
    )


class SessionsAsked(PageAsked):
    """Which sessions, by local day of the caller, both included."""

    to = DayField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is a word of the language."""
        return {**super().get_fields(), "from": DayField(required=False)}


class SessionOut(serializers.Serializer[Any]):
    """A treatment session; ``patient`` or ``group`` stands, never both."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
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


class MarkOut(serializers.Serializer[Any]):
    """One patient's attendance."""

    patient = serializers.UUIDField()
    status = serializers.ChoiceField(choices=STATUSES)
    minutes = serializers.IntegerField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class MarksOut(serializers.Serializer[Any]):
    """Who came."""

    results = MarkOut(many=True)


class Sessions(APIView):
    """The caller's treatment sessions."""

    def get_permissions(self) -> list[Any]:
        """Let everybody see theirs; let clinicians plan."""
        return [IsClinician() if self.request.method == "POST" else IsSignedIn()]

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
        wanted = asked_page(request, tie=UUID)
        days = asked(SessionsAsked, request)
        since, until = days.get("from"), days.get("to")
        zone_name = request.user.time_zone
        now = timezone.now()
        series.make_due(now=now, viewer=request.user)
        found = sessions_page(
            viewer=request.user,
            now=now,
            limit=wanted.limit + 1,
            since=day_start(since, zone_name) if since else None,
            until=_day_end(until, zone_name) if until else None,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        opened = _logged(request.user, found, now)
        return answer(
            page(
                request,
                wanted=wanted,
                rows=found,
                place=lambda row: (row.starts_at, row.pk),
                shape=lambda row: shape(row, request.user) | opened(row.pk),
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
        sent = checked(SessionIn, request)
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
            session, is_new = programme.plan_session(plan=plan, now=now)
        else:
            session, is_new = series.plan_weekly(
                plan=plan, weekly=_weekly(sent["repeats"]), now=now
            )
        if is_new:
            reminding.session_changed(session_id=session.pk, now=now)
        return answer(shape(session, request.user), status=201 if is_new else 200, rev=session.rev)


class OneSession(APIView):
    """One treatment session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="change_session", request=SessionChangeIn, responses=SessionOut)
    def patch(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Move, rename or cancel it, alone or with those that follow it in its series."""
        changes = checked(SessionChangeIn, request)
        rev = sent_rev(request)
        now = timezone.now()
        is_one = changes.pop("scope") == "this"
        change = programme.change_session if is_one else series.change_following
        session = change(
            clinician=request.user,
            session_id=session_id,
            rev=rev,
            changes=changes,
            now=now,
        )
        reminding.session_changed(session_id=session.pk, now=now)
        return answer(shape(session, request.user), rev=session.rev)


class TakeAttendance(APIView):
    """Who came to one session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="take_attendance", request=MarkIn(many=True), responses=MarksOut)
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Record who came; a newer mark replaces the older one of the same patient.

        Before the session begins nobody can have come: 400 ``not_begun``.
        """
        if not isinstance(request.data, list) or not 1 <= len(request.data) <= 50:
            raise InvalidInput.of("", "not_a_list", "Must be a list of 1 to 50 marks.")
        reader = MarkIn(data=request.data, many=True)
        reader.is_valid(raise_exception=True)
        marks = [Mark(m["patient"], m["status"], m["minutes"]) for m in reader.validated_data]
        taken = programme.take_attendance(
            clinician=request.user, session_id=session_id, marks=marks, now=timezone.now()
        )
        return answer({"results": [_mark(mark) for mark in taken]})


def shape(session: TreatmentSession, viewer: User) -> dict[str, Any]:
    """Shape a session for one of the people in it."""
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


def _weekly(sent: dict[str, Any]) -> Weekly:
    days = tuple(sorted({DAYS.index(day) for day in sent.get("days", ())}))
    return Weekly(days, sent["every_weeks"], sent["until"])


def _is_brief_ready(session: TreatmentSession, viewer: User) -> bool:
    is_individual = session.patient_id is not None
    consented = bool(getattr(session, "has_brief", False))
    return viewer.role == User.Role.CLINICIAN and is_individual and consented


def _mark(mark: Attendance) -> dict[str, Any]:
    return {
        "patient": mark.patient_id,
        "status": mark.status,
        "minutes": mark.minutes,
        "recorded_at": mark.recorded_at,
    }


def _logged(
    viewer: User, found: list[TreatmentSession], now: datetime
) -> Callable[[UUID], dict[str, Any]]:
    """Write down whose sessions were listed; tell a patient which briefs were opened."""
    if viewer.role == User.Role.PATIENT:
        chart = access.open_own_chart(viewer=viewer, what=DataClass.SESSIONS, now=now)
        opened = opened_at_of(chart=chart, session_ids=[session.pk for session in found])
        return lambda session_id: {"opened_at": opened.get(session_id)}
    access.log_list(
        viewer=viewer,
        patient_ids=[session.patient_id for session in found if session.patient_id is not None],
        what=DataClass.SESSIONS,
        reason="session_clinician",
        now=now,
    )
    return lambda _: {}


def _day_end(day: date, zone_name: str) -> datetime:
    return day_start(day + timedelta(days=1), zone_name)
