"""Support persons: what patients share with them, and the codes that invite them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import IsPatient, IsRecentlyAuthenticated, IsSupportPerson
from api.http.requests import SignedIn
from api.http.responses import json_response
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.consents.texts import REDISCLOSURE_NOTICE
from care.models import Consent
from care.support import grants
from care.support.grants import SupportGrant
from care.support.invite import create_support_code
from journaling import support_view

SUPPORT_SCOPES = CONSENT_SCOPES["family_support"]


class SupportCodeOut(serializers.Serializer[Any]):
    """A code for the person whom the consent names, told only now, and until when it holds."""

    invite_code = serializers.CharField()
    expires_at = serializers.DateTimeField()


class SharedOut(serializers.Serializer[Any]):
    """Who shares which parts with the caller, and until when (42 CFR 2.32(b): the scope)."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scope = serializers.ListField(child=serializers.ChoiceField(choices=SUPPORT_SCOPES))
    agreed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    expires_event = serializers.ChoiceField(choices=Consent.Event.choices, allow_null=True)


class SharedListOut(serializers.Serializer[Any]):
    """Everybody who shares something with the caller."""

    results = SharedOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    notice = serializers.CharField()


class SupportAppointmentOut(serializers.Serializer[Any]):
    """When a session is."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class DaysLoggedOut(serializers.Serializer[Any]):
    """On how many of the last local days something was logged; the others are not known."""

    days_with = serializers.IntegerField()
    days = serializers.IntegerField()
    text = serializers.CharField()


class SupportSkillOut(serializers.Serializer[Any]):
    """A skill of the clinic's catalogue, and how often it was practised in the last 14 days."""

    name = serializers.CharField()
    times = serializers.IntegerField()


class SupportViewOut(SharedOut):
    """What one patient shares; a part that was not agreed to is null, never empty."""

    session_times = SupportAppointmentOut(many=True, allow_null=True)
    days_logged = DaysLoggedOut(allow_null=True)
    skills_practised = SupportSkillOut(many=True, allow_null=True)
    notice = serializers.CharField()


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
        return json_response({"invite_code": code, "expires_at": expires_at}, status=201)


class SharingPatients(APIView):
    """Those who share something with the signed-in support person."""

    permission_classes = [IsSupportPerson]

    @extend_schema(operation_id="list_supported", responses=SharedListOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them by name; a consent that is over is not there any more."""
        shared = grants.grants_of(viewer=request.user, now=timezone.now())
        return json_response(
            unpaged([_shared_to_json(grant) for grant in shared]) | {"notice": REDISCLOSURE_NOTICE}
        )


class OneSharingPatient(APIView):
    """What one patient shares with the signed-in support person."""

    permission_classes = [IsSupportPerson]

    @extend_schema(operation_id="read_supported", responses=SupportViewOut)
    def get(self, request: SignedIn, support_id: UUID) -> HttpResponse:
        """Show the parts that were agreed to; the consent is judged at this moment."""
        now = timezone.now()
        shared = grants.open_grant(viewer=request.user, consent_id=support_id, now=now)
        return json_response(
            _view_to_json(shared, support_view.read_support_view(shared=shared, now=now))
        )


def _shared_to_json(grant: SupportGrant) -> dict[str, Any]:
    names = ("name", "scope", "agreed_at", "expires_at", "expires_event")
    return {"id": grant.consent_id} | {name: getattr(grant, name) for name in names}


def _view_to_json(shared: SupportGrant, view: support_view.SupportView) -> dict[str, Any]:
    logged, skills, sessions = view.logged, view.skills, view.sessions
    return _shared_to_json(shared) | {
        "session_times": None
        if sessions is None
        else [{"starts_at": item.starts_at, "ends_at": item.ends_at} for item in sessions],
        "days_logged": None
        if logged is None
        else {"days_with": logged.days_with, "days": logged.days, "text": logged.text},
        "skills_practised": None
        if skills is None
        else [{"name": item.name, "times": item.times} for item in skills],
        "notice": REDISCLOSURE_NOTICE,
    }
