"""Enrolling, signing in, staying signed in and signing out."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError

from api import tokens
from api.addresses import address_of
from api.answers import answer
from api.me import MeOut, profile
from api.paging import whole
from api.permissions import Anyone, HasSignedIn
from api.reading import Input, OneLine, PlainText, Secret, YesNoField, ZoneField, checked
from api.refusals import NotFound, Unauthenticated
from api.requests import SignedIn
from backend.kit import actors
from care.actions import people, signin
from care.actions.second_factor import OtpInvalid, OtpRequired
from care.models import DeviceSession, User
from care.queries.signin import sessions_of
from notifications import actions as reminding


class ConsentIn(Input):
    """What the patient agrees to."""

    version = PlainText(max_length=40)
    agreed = YesNoField()

    def validate_agreed(self, agreed: object) -> object:
        """Nobody is enrolled who did not agree."""
        if not agreed:
            raise serializers.ValidationError("Without consent nothing is recorded.", "not_agreed")
        return agreed


class EnrollIn(Input):
    """An invitation and what the patient chooses."""

    invite_code = Secret(max_length=64)
    username = PlainText(min_length=3, max_length=150)
    password = Secret(max_length=256)
    #: Of a phone that names none the zone stays that the clinic set.
    time_zone = ZoneField(may_be_nameless=True)
    device_name = OneLine(max_length=120, required=False, allow_blank=True, default="")
    consent = ConsentIn()


class TokenIn(Input):
    """A name and a password, with a one-time code where a second factor is enrolled."""

    username = PlainText(max_length=150)
    password = Secret(max_length=256)
    otp = Secret(max_length=64, required=False, allow_blank=True)
    device_name = OneLine(max_length=120, required=False, allow_blank=True, default="")
    #: Any refresh token that this device had before, also one that is over. With it the device has
    #: five tries of its own, whatever strangers guess.
    earlier_refresh = PlainText(max_length=4_000, required=False, allow_blank=True, default="")


class RefreshIn(Input):
    """A refresh token."""

    refresh = PlainText(max_length=4_000)


class PairOut(serializers.Serializer[Any]):
    """A fresh pair of tokens."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    access_expires_at = serializers.DateTimeField()


class SignedInOut(PairOut):
    """A fresh sign-in."""

    session_id = serializers.UUIDField()
    user = MeOut()


class DeviceSessionOut(serializers.Serializer[Any]):
    """One device that is signed in."""

    id = serializers.UUIDField()
    device_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    current = serializers.BooleanField()


class DeviceSessionsOut(serializers.Serializer[Any]):
    """The devices that are signed in."""

    results = DeviceSessionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Enroll(APIView):
    """Turn an invitation code into a patient who is signed in."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="enroll", request=EnrollIn, responses={201: SignedInOut})
    def post(self, request: Request) -> HttpResponse:
        """Use the code once; the consent given here is recorded with its version."""
        sent = checked(EnrollIn, request)
        now = timezone.now()
        try:
            with transaction.atomic():
                user = people.enroll(
                    invite_code=sent["invite_code"],
                    username=sent["username"],
                    password=sent["password"],
                    time_zone=sent["time_zone"],
                    consent_version=sent["consent"]["version"],
                    now=now,
                )
                actors.become(actors.person(user.role, user.pk))
                reminding.give_default_plan(patient_id=user.pk, now=now)
                session = signin.start_session(user=user, device_name=sent["device_name"], now=now)
        except people.InvitationInvalid:
            # On a path that no rollback takes back.
            people.count_wrong_code(address=address_of(request), now=now)
            raise
        return answer(signed_in(user, session), status=201)


class Token(APIView):
    """Sign in on a device."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="sign_in", request=TokenIn, responses={200: SignedInOut})
    def post(self, request: Request) -> HttpResponse:
        """Exchange a name and password for tokens; at most 5 wrong tries in 15 minutes."""
        sent = checked(TokenIn, request)
        try:
            user, session = signin.sign_in(
                username=sent["username"],
                password=sent["password"],
                address=address_of(request),
                device_name=sent["device_name"],
                otp=sent.get("otp", ""),
                known_by=tokens.earlier_sign_in(sent["earlier_refresh"]),
                now=timezone.now(),
            )
        except OtpRequired:
            detail = "Send the code of your authenticator app, or a recovery code, as otp."
            raise Unauthenticated(code="otp_required", detail=detail) from None
        except OtpInvalid:
            raise Unauthenticated(code="otp_invalid", detail="This code can't be used.") from None
        except signin.InvalidCredentials:
            detail = "Name or password is wrong."
            raise Unauthenticated(code="invalid_credentials", detail=detail) from None
        return answer(signed_in(user, session))


class TokenRefresh(APIView):
    """Stay signed in."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="refresh", request=RefreshIn, responses={200: PairOut})
    def post(self, request: Request) -> HttpResponse:
        """Exchange a refresh token for the next pair.

        Repeated within 30 seconds it answers the same refresh token again; later the token counts
        as stolen and the sign-in ends. After a restore from a backup a token that was made since
        is no theft: this one sign-in ends with ``session_revoked``, and its owner signs in again.
        """
        sent = checked(RefreshIn, request)
        now = timezone.now()
        try:
            token = tokens.Refresh(sent["refresh"].encode("utf-8", "replace"))
            session = signin.refresh(
                session_id=token.session_id(), jti=token.jti(), generation=token.generation(),
                now=now,
            )  # fmt: skip
        except (TokenError, signin.TokenInvalid):
            detail = "This refresh token is not valid. Sign in again."
            raise Unauthenticated(code="token_invalid", detail=detail) from None
        except signin.SessionRevoked:
            detail = "This sign-in has ended. Sign in again."
            raise Unauthenticated(code="session_revoked", detail=detail) from None
        except signin.TokenReused:
            detail = "This refresh token was used before. Sign in again."
            raise Unauthenticated(code="token_reused", detail=detail) from None
        return answer(tokens.pair(session, now=now))


class Logout(APIView):
    """Sign out of this device."""

    permission_classes = [HasSignedIn]

    @extend_schema(operation_id="sign_out", request=None, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """End the sign-in; its tokens are dead on the next request, and its pushes stop."""
        _end([request.auth.pk], request.user, "signed_out")
        return HttpResponse(status=204)


class Sessions(APIView):
    """The devices that are signed in as the caller."""

    permission_classes = [HasSignedIn]

    @extend_schema(operation_id="list_sign_ins", responses=DeviceSessionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, last used first."""
        found = sessions_of(user=request.user, now=timezone.now())
        return answer(whole([_device(session, request.auth.pk) for session in found]))


class OneSession(APIView):
    """One device that is signed in as the caller."""

    permission_classes = [HasSignedIn]

    @extend_schema(operation_id="end_sign_in", responses={204: None})
    def delete(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """End it, at once."""
        if not _end([session_id], request.user, "revoked_by_user"):
            raise NotFound
        return HttpResponse(status=204)


class RevokeOthers(APIView):
    """Every other device that is signed in as the caller."""

    permission_classes = [HasSignedIn]

    @extend_schema(operation_id="end_other_sign_ins", request=None, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """End them all, at once; this device stays signed in."""
        others = [found.pk for found in sessions_of(user=request.user, now=timezone.now())]
        _end([pk for pk in others if pk != request.auth.pk], request.user, "revoked_by_user")
        return HttpResponse(status=204)


def _end(session_ids: list[UUID], user: User, reason: str) -> int:
    now = timezone.now()
    ended = 0
    for session_id in session_ids:
        with transaction.atomic():
            if signin.end_own_session(user=user, session_id=session_id, reason=reason, now=now):
                reminding.end_devices_of_session(device_session_id=session_id, now=now)
                ended += 1
    return ended


def signed_in(user: User, session: DeviceSession) -> dict[str, Any]:
    """Shape a fresh sign-in."""
    found = User.objects.select_related("patient").get(pk=user.pk)
    return {
        **tokens.pair(session, now=session.last_used_at),
        "session_id": session.pk,
        "user": profile(found),
    }


def _device(session: DeviceSession, current: UUID) -> dict[str, Any]:
    return {
        "id": session.pk,
        "device_name": session.device_name,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "current": session.pk == current,
    }
