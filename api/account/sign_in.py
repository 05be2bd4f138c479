"""Sign-ins: sign in, refresh, list them and end them."""

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

from api.account.profile import MeOut, profile_to_json
from api.http import authentication
from api.http.errors import NotFound, Unauthenticated
from api.http.paging import unpaged
from api.http.permissions import Anyone, IsAuthenticated
from api.http.requests import SignedIn, client_address
from api.http.responses import json_response
from api.http.serializer_fields import (
    OneLineField,
    SecretField,
    StrictInput,
    StringField,
    validated_body,
)
from care.accounts import device_sessions, sign_in
from care.accounts.device_sessions import device_sessions_of
from care.accounts.second_factor import OtpInvalid, OtpRequired
from care.models import DeviceSession, User
from notifications.push.devices import end_devices_of_session


class TokenIn(StrictInput):
    """A name and a password, with a one-time code where a second factor is enrolled."""

    username = StringField(max_length=150)
    password = SecretField(max_length=256)
    otp = SecretField(max_length=64, required=False, allow_blank=True)
    device_name = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    #: Any refresh token that this device had before, also one that is over. With it the device has
    #: five tries of its own, whatever strangers guess.
    earlier_refresh = StringField(max_length=4_000, required=False, allow_blank=True, default="")


class RefreshIn(StrictInput):
    """A refresh token."""

    refresh = StringField(max_length=4_000)


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


class Token(APIView):
    """Sign in on a device."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="sign_in", request=TokenIn, responses={200: SignedInOut})
    def post(self, request: Request) -> HttpResponse:
        """Exchange a name and password for tokens; at most 5 wrong tries in 15 minutes."""
        sent = validated_body(TokenIn, request)
        try:
            user, session = sign_in.sign_in(
                username=sent["username"],
                password=sent["password"],
                address=client_address(request),
                device_name=sent["device_name"],
                otp=sent.get("otp", ""),
                known_by=authentication.sign_in_of_refresh_token(sent["earlier_refresh"]),
                now=timezone.now(),
            )
        except OtpRequired:
            detail = "Send the code of your authenticator app, or a recovery code, as otp."
            raise Unauthenticated(code="otp_required", detail=detail) from None
        except OtpInvalid:
            raise Unauthenticated(code="otp_invalid", detail="This code can't be used.") from None
        except sign_in.InvalidCredentials:
            detail = "Name or password is wrong."
            raise Unauthenticated(code="invalid_credentials", detail=detail) from None
        return json_response(sign_in_to_json(user, session))


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
        sent = validated_body(RefreshIn, request)
        now = timezone.now()
        try:
            token = authentication.RefreshToken(sent["refresh"].encode("utf-8", "replace"))
            session = device_sessions.refresh_session(
                session_id=token.session_id(), jti=token.jti(), generation=token.generation(),
                now=now,
            )  # fmt: skip
        except (TokenError, device_sessions.TokenInvalid):
            detail = "This refresh token is not valid. Sign in again."
            raise Unauthenticated(code="token_invalid", detail=detail) from None
        except device_sessions.SessionRevoked:
            detail = "This sign-in has ended. Sign in again."
            raise Unauthenticated(code="session_revoked", detail=detail) from None
        except device_sessions.TokenReused:
            detail = "This refresh token was used before. Sign in again."
            raise Unauthenticated(code="token_reused", detail=detail) from None
        return json_response(authentication.token_pair(session, now=now))


class Logout(APIView):
    """Sign out of this device."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="sign_out", request=None, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """End the sign-in; its tokens are dead on the next request, and its pushes stop."""
        _end_sign_ins([request.auth.pk], request.user, "signed_out")
        return HttpResponse(status=204)


class SignIns(APIView):
    """The devices that are signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="list_sign_ins", responses=DeviceSessionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, last used first."""
        sessions = device_sessions_of(user=request.user, now=timezone.now())
        return json_response(
            unpaged([_device_session_to_json(session, request.auth.pk) for session in sessions])
        )


class OneSignIn(APIView):
    """One device that is signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="end_sign_in", responses={204: None})
    def delete(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """End it, at once."""
        if not _end_sign_ins([session_id], request.user, "revoked_by_user"):
            raise NotFound
        return HttpResponse(status=204)


class RevokeOtherSignIns(APIView):
    """Every other device that is signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="end_other_sign_ins", request=None, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """End them all, at once; this device stays signed in."""
        others = [
            session.pk for session in device_sessions_of(user=request.user, now=timezone.now())
        ]
        _end_sign_ins(
            [pk for pk in others if pk != request.auth.pk], request.user, "revoked_by_user"
        )
        return HttpResponse(status=204)


def _end_sign_ins(session_ids: list[UUID], user: User, reason: str) -> int:
    now = timezone.now()
    ended = 0
    for session_id in session_ids:
        with transaction.atomic():
            if device_sessions.end_own_session(
                user=user, session_id=session_id, reason=reason, now=now
            ):
                end_devices_of_session(device_session_id=session_id, now=now)
                ended += 1
    return ended


def sign_in_to_json(user: User, session: DeviceSession) -> dict[str, Any]:
    """Return a fresh sign-in as JSON."""
    loaded_user = User.objects.select_related("patient").get(pk=user.pk)
    return {
        **authentication.token_pair(session, now=session.last_used_at),
        "session_id": session.pk,
        "user": profile_to_json(loaded_user),
    }


def _device_session_to_json(session: DeviceSession, current: UUID) -> dict[str, Any]:
    return {
        "id": session.pk,
        "device_name": session.device_name,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "current": session.pk == current,
    }
