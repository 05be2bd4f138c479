"""Treatment sessions: list, plan, move and cancel them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page, Sparse
from api.http.fields import (
    A_DAY,
    AN_INSTANT,
    YES_OR_NO,
    Day,
    Id,
    Instant,
    ListOf,
    OneOf,
    WholeNumber,
)
from api.http.inputs import Change, Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import Closed, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine
from backend.kit.timezones import start_of_day
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.open import open_own_chart
from care.models import TreatmentSession, User
from care.sessions import occurrences, series
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession
from care.sessions.read import sessions_page
from journaling.briefs.read import briefs_opened_at

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SESSION_KINDS = [kind.value for kind in TreatmentSession.Kind]


class RepeatsIn(Input):
    """How it comes back: weekly, on these days, at the same wall-clock time of the clinic.

    Without ``days`` on the day of the first session; without ``until`` it goes on.
    """

    days: Annotated[list[Annotated[str, OneOf(WEEKDAYS)]] | None, ListOf(7, least=1)] = None
    every_weeks: Annotated[int, WholeNumber(1, 8)] = 1
    until: Day | None = None


class SessionIn(Input):
    """A session to plan: with one patient, or with one group; once, or every week."""

    kind: Annotated[str, OneOf(SESSION_KINDS)]
    starts_at: Instant
    ends_at: Instant
    patient: Id | None = None
    group: Id | None = None
    title: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    place: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    repeats: RepeatsIn | None = None


class SessionChangeIn(Change):
    """What changes about a session; what is left out stays.

    ``scope`` is this one alone, or a weekly session's from this one on.
    """

    starts_at: Annotated[datetime | None, AN_INSTANT] = None
    ends_at: Annotated[datetime | None, AN_INSTANT] = None
    title: Annotated[str | None, OneLine(120, may_be_blank=True)] = None
    place: Annotated[str | None, OneLine(120, may_be_blank=True)] = None
    cancelled: Annotated[bool | None, YES_OR_NO] = None
    scope: Annotated[str, OneOf(["this", "following"])] = "this"


class SessionsQuery(PageQuery):
    """Which sessions, by local day of the caller, both included."""

    to: Annotated[date | None, A_DAY] = None
    from_: Annotated[date | None, A_DAY, Field(alias="from")] = None


@dataclass(frozen=True)
class SessionOut(Sparse):
    """A treatment session; ``patient`` or ``group`` stands, never both."""

    may_be_null: ClassVar[frozenset[str]] = frozenset({"opened_at"})

    id: UUID
    kind: Annotated[str, OneOf(SESSION_KINDS)]
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    cancelled: bool
    repeats: Annotated[bool, Field(description="It is one of a weekly series.")]
    brief_ready: bool
    rev: int
    group: UUID | None = None
    patient: UUID | None = None
    opened_at: (
        Annotated[
            datetime,
            Field(
                description="For the patient in a list: when the brief of this session was first "
                "opened."
            ),
        ]
        | None
    ) = None

    @classmethod
    def of(cls, session: TreatmentSession, viewer: User, **more: Any) -> Self:
        """Show a session to one of the people in it."""
        return cls(
            id=session.pk,
            kind=session.kind,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            title=session.title,
            place=session.place,
            cancelled=session.cancelled_at is not None,
            repeats=session.series_id is not None,
            brief_ready=_is_brief_ready(session, viewer),
            rev=session.rev,
            group=session.group_id,
            patient=session.patient_id,
            **more,
        )


@dataclass(frozen=True, kw_only=True)
class ListedToPatientOut(SessionOut):
    """A session in the list of its patient: ``opened_at`` is there, also while it is null."""

    opened_at: datetime | None = field()


@dataclass(frozen=True, slots=True)
class SessionsOut(Page):
    """A page of sessions."""

    results: Sequence[SessionOut]


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
            kind=sent.kind,
            starts_at=sent.starts_at,
            ends_at=sent.ends_at,
            patient_id=sent.patient,
            group_id=sent.group,
            title=sent.title,
            place=sent.place,
        )
        weekly = None if sent.repeats is None else _weekly_of(sent.repeats)
        session, is_new = series.plan_once_or_weekly(plan=plan, weekly=weekly, now=now)
        return json_response(
            SessionOut.of(session, request.user), status=201 if is_new else 200, rev=session.rev
        )


class OneSession(APIView):
    """One treatment session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="change_session", request=SessionChangeIn, responses=SessionOut)
    def patch(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Move, rename or cancel it, alone or with those that follow it in its series."""
        sent = validated_body(SessionChangeIn, request)
        rev = if_match_rev(request)
        now = timezone.now()
        session = series.change_one_or_following(
            clinician=request.user,
            session_id=session_id,
            rev=rev,
            changes={name: value for name, value in sent.given().items() if name != "scope"},
            now=now,
            is_following=sent.scope == "following",
        )
        return json_response(SessionOut.of(session, request.user), rev=session.rev)


def _weekly_of(sent: RepeatsIn) -> WeeklyRecurrence:
    days = tuple(sorted({WEEKDAYS.index(day) for day in sent.days or ()}))
    return WeeklyRecurrence(days, sent.every_weeks, sent.until)


def _is_brief_ready(session: TreatmentSession, viewer: User) -> bool:
    is_individual = session.patient_id is not None
    consented = bool(getattr(session, "has_brief", False))
    return viewer.role == User.Role.CLINICIAN and is_individual and consented


def _log_listing(
    viewer: User, sessions: list[TreatmentSession], now: datetime
) -> Callable[[TreatmentSession], SessionOut]:
    """Log whose sessions were listed, and return how each is shown to the viewer."""
    if viewer.role == User.Role.PATIENT:
        chart = open_own_chart(viewer=viewer, what=DataCategory.SESSIONS, now=now)
        opened = briefs_opened_at(chart=chart, session_ids=[session.pk for session in sessions])
        return lambda row: ListedToPatientOut.of(row, viewer, opened_at=opened.get(row.pk))
    log_reads_many(
        viewer=viewer,
        patient_ids=[session.patient_id for session in sessions if session.patient_id is not None],
        what=DataCategory.SESSIONS,
        reason="session_clinician",
        now=now,
    )
    return lambda row: SessionOut.of(row, viewer)


def _day_end(day: date, zone_name: str) -> datetime:
    return start_of_day(day + timedelta(days=1), zone_name)
