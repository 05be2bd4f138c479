"""Support persons: what patients share with them, and the codes that invite them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import OneOf
from api.http.permissions import IsPatient, IsRecentlyAuthenticated, IsSupportPerson
from api.http.requests import SignedIn
from api.http.responses import json_response
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.consents.consents import REDISCLOSURE_NOTICE
from care.models import Consent
from care.support import grants
from care.support.grants import SupportGrant
from care.support.invite import create_support_code
from journaling import support_view

SUPPORT_SCOPES = CONSENT_SCOPES["family_support"]


@dataclass(frozen=True, slots=True)
class SupportCodeOut:
    """A code for the person whom the consent names, told only now, and until when it holds."""

    invite_code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SharedOut:
    """Who shares which parts with the caller, and until when (42 CFR 2.32(b): the scope)."""

    id: UUID
    name: str
    scope: Sequence[Annotated[str, OneOf(SUPPORT_SCOPES)]]
    agreed_at: datetime
    expires_at: datetime | None
    expires_event: Annotated[str, OneOf(Consent.Event)] | None

    @classmethod
    def of(cls, grant: SupportGrant) -> Self:
        """Show who shares."""
        return cls(
            id=grant.consent_id, name=grant.name, scope=grant.scope, agreed_at=grant.agreed_at,
            expires_at=grant.expires_at, expires_event=grant.expires_event,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedListOut(Page):
    """Everybody who shares something with the caller."""

    results: Sequence[SharedOut]
    notice: str


@dataclass(frozen=True, slots=True)
class SupportAppointmentOut:
    """When a session is."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class InvitedSessionOut:
    """When and where a session is that the caller is invited to; ``place`` may be empty."""

    starts_at: datetime
    ends_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class DaysLoggedOut:
    """On how many of the last local days something was logged; the others are not known."""

    days_with: int
    days: int
    text: str


@dataclass(frozen=True, slots=True)
class SupportSkillOut:
    """A skill of the clinic's catalogue, and how often it was practised in the last 14 days."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class SupportViewOut(SharedOut):
    """What one patient shares; a part that was not agreed to is null, never empty.

    ``invited`` goes with ``session_times``: the family sessions that the caller is invited to.
    """

    session_times: Sequence[SupportAppointmentOut] | None
    invited: Sequence[InvitedSessionOut] | None
    days_logged: DaysLoggedOut | None
    skills_practised: Sequence[SupportSkillOut] | None
    notice: str

    @classmethod
    def of_view(cls, grant: SupportGrant, view: support_view.SupportView) -> Self:
        """Show the parts that were agreed to."""
        return cls(
            id=grant.consent_id,
            name=grant.name,
            scope=grant.scope,
            agreed_at=grant.agreed_at,
            expires_at=grant.expires_at,
            expires_event=grant.expires_event,
            session_times=None
            if view.sessions is None
            else [
                SupportAppointmentOut(starts_at=session.starts_at, ends_at=session.ends_at)
                for session in view.sessions
            ],
            invited=None
            if view.invited is None
            else [
                InvitedSessionOut(session.starts_at, session.ends_at, session.place)
                for session in view.invited
            ],
            days_logged=None
            if view.logged is None
            else DaysLoggedOut(
                days_with=view.logged.days_with, days=view.logged.days, text=view.logged.text
            ),
            skills_practised=None
            if view.skills is None
            else [SupportSkillOut(name=skill.name, times=skill.times) for skill in view.skills],
            notice=REDISCLOSURE_NOTICE,
        )


class InviteSupportPerson(APIView):
    """The person whom a consent of the signed-in patient names as support person."""

    permission_classes = [IsPatient, IsRecentlyAuthenticated]

    @extend_schema(
        operation_id="invite_support_person", request=None, responses={201: SupportCodeOut}
    )
    def post(self, request: SignedIn, consent_id: UUID) -> HttpResponse:
        """Make a code to hand to them: it lets in once, within 72 hours, and ends earlier ones.

        It asks for a fresh proof, for whoever holds the phone could let themselves in.
        """
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.INVITATION, now=now, to_write=True
        )
        code, expires_at = create_support_code(chart=chart, consent_id=consent_id, now=now)
        return json_response(SupportCodeOut(code, expires_at), status=201)


class SharingPatients(APIView):
    """Those who share something with the signed-in support person."""

    permission_classes = [IsSupportPerson]

    @extend_schema(operation_id="list_supported", responses=SharedListOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them by name; a consent that is over is not there any more."""
        shared = grants.grants_of(viewer=request.user, now=timezone.now())
        return json_response(
            SharedListOut(results=list(map(SharedOut.of, shared)), notice=REDISCLOSURE_NOTICE)
        )


class OneSharingPatient(APIView):
    """What one patient shares with the signed-in support person."""

    permission_classes = [IsSupportPerson]

    @extend_schema(operation_id="read_supported", responses=SupportViewOut)
    def get(self, request: SignedIn, support_id: UUID) -> HttpResponse:
        """Show the parts that were agreed to; the consent is judged at this moment."""
        now = timezone.now()
        shared = grants.open_grant(viewer=request.user, consent_id=support_id, now=now)
        view = support_view.read_support_view(shared=shared, now=now)
        return json_response(SupportViewOut.of_view(shared, view))
