"""Enrolment and sign-ins: by a code, by a password, refresh, list them and end them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError

from api.account.profile import MeOut
from api.http import authentication
from api.http.answers import Page
from api.http.authentication import PairOut
from api.http.errors import NotFound, Unauthenticated
from api.http.fields import Agreement, OneOf
from api.http.inputs import Input, validated_body
from api.http.permissions import Anyone, IsAuthenticated
from api.http.requests import SignedIn, client_address
from api.http.responses import json_response
from api.http.text_fields import OneLine, Secret, Text, ZoneName
from backend.kit.languages import ENGLISH, LANGUAGES
from care.accounts import device_sessions, sign_in
from care.accounts.device_sessions import device_sessions_of
from care.accounts.second_factor import OtpInvalid, OtpRequired
from care.accounts.staff_invitations import join_staff_on_device
from care.consents.texts import MAX_VERSION_LENGTH
from care.models import DeviceSession, User
from care.people.enrol import enrol_on_device


class TokenIn(Input):
    """A name and a password, with a one-time code where a second factor is enrolled."""

    username: Annotated[str, Text(150)]
    password: Annotated[str, Secret(256)]
    otp: Annotated[str | None, Secret(64, may_be_blank=True)] = None
    device_name: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    #: Any refresh token that this device had before, also one that is over. With it the device has
    #: five tries of its own, whatever strangers guess.
    earlier_refresh: Annotated[str, Text(4000, may_be_blank=True)] = ""


class RefreshIn(Input):
    """A refresh token."""

    refresh: Annotated[str, Text(4000)]


@dataclass(frozen=True, slots=True)
class SignedInOut(PairOut):
    """A fresh sign-in."""

    session_id: UUID
    user: MeOut

    @classmethod
    def of(cls, user: User, session: DeviceSession) -> Self:
        """Show a fresh sign-in: its tokens, and who is signed in."""
        pair = authentication.token_pair(session, now=session.last_used_at)
        loaded_user = User.objects.select_related("patient").get(pk=user.pk)
        return cls(
            access=pair.access, refresh=pair.refresh, access_expires_at=pair.access_expires_at,
            session_id=session.pk, user=MeOut.of(loaded_user),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeviceSessionOut:
    """One device that is signed in."""

    id: UUID
    device_name: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, session: DeviceSession, current: UUID) -> Self:
        return cls(
            id=session.pk, device_name=session.device_name, created_at=session.created_at,
            last_used_at=session.last_used_at, expires_at=session.expires_at,
            current=session.pk == current,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeviceSessionsOut(Page):
    """The devices that are signed in."""

    results: Sequence[DeviceSessionOut]


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
                username=sent.username,
                password=sent.password,
                address=client_address(request),
                device_name=sent.device_name,
                otp=sent.otp or "",
                known_by=authentication.sign_in_of_refresh_token(sent.earlier_refresh),
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
        return json_response(SignedInOut.of(user, session))


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
            encoded: Any = sent.refresh.encode("utf-8", "replace")  # simplejwt reads bytes as well
            token = authentication.RefreshToken(encoded)
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
        device_sessions.end_own_session(
            user=request.user, session_id=request.auth.pk, reason="signed_out", now=timezone.now()
        )
        return HttpResponse(status=204)


class SignIns(APIView):
    """The devices that are signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="list_sign_ins", responses=DeviceSessionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, last used first."""
        sessions = device_sessions_of(user=request.user, now=timezone.now())
        return json_response(
            DeviceSessionsOut(
                [DeviceSessionOut.of(session, request.auth.pk) for session in sessions]
            )
        )


class OneSignIn(APIView):
    """One device that is signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="end_sign_in", responses={204: None})
    def delete(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """End it, at once."""
        if not device_sessions.end_own_session(
            user=request.user, session_id=session_id, reason="revoked_by_user", now=timezone.now()
        ):
            raise NotFound
        return HttpResponse(status=204)


class RevokeOtherSignIns(APIView):
    """Every other device that is signed in as the caller."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="end_other_sign_ins", request=None, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """End them all, at once; this device stays signed in."""
        device_sessions.end_other_sessions(
            user=request.user, keeping=request.auth.pk, now=timezone.now()
        )
        return HttpResponse(status=204)


class ConsentIn(Input):
    """What the patient agrees to."""

    version: Annotated[str, Text(MAX_VERSION_LENGTH)]
    #: In which language its text was shown (``GET consents/texts``).
    language: Annotated[str, OneOf(LANGUAGES)] = ENGLISH
    agreed: Annotated[bool, Agreement("Without consent nothing is recorded.")]


class EnrollIn(Input):
    """An invitation and what the patient chooses."""

    invite_code: Annotated[str, Secret(64)]
    username: Annotated[str, Text(150, least=3)]
    password: Annotated[str, Secret(256)]
    #: Of a phone that names none the zone stays that the clinic set.
    time_zone: Annotated[str, ZoneName(may_be_unknown=True)]
    device_name: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    consent: ConsentIn


class EnrollPatient(APIView):
    """Turn an invitation code into a patient who is signed in."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="enroll", request=EnrollIn, responses={201: SignedInOut})
    def post(self, request: Request) -> HttpResponse:
        """Use the code once; the consent given here is recorded with its version and its words.

        A version that is not in force is refused with 400 ``consent_version``, and uses no code:
        read ``consents/texts`` again, and ask again.
        """
        sent = validated_body(EnrollIn, request)
        now = timezone.now()
        user, session = enrol_on_device(
            invite_code=sent.invite_code,
            username=sent.username,
            password=sent.password,
            time_zone=sent.time_zone,
            consent_version=sent.consent.version,
            consent_language=sent.consent.language,
            device_name=sent.device_name,
            address=client_address(request),
            now=now,
        )
        return json_response(SignedInOut.of(user, session), status=201)


class EnrollStaffIn(Input):
    """A code of the clinic's administrator, and what its owner chooses."""

    invite_code: Annotated[str, Secret(40)]
    #: May be left out where the invitation named it.
    username: Annotated[str, Text(150, may_be_blank=True)] = ""
    password: Annotated[str, Secret(256)]
    device_name: Annotated[str, OneLine(120, may_be_blank=True)] = ""


class EnrollStaff(APIView):
    """Turn a code into a member of staff who chose their own password."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(
        operation_id="enroll_staff", request=EnrollStaffIn,
        responses={201: SignedInOut, 204: None},
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Use the code once; then only a second factor can be enrolled.

        204 for whoever has a second factor from before: they sign in with it and the new password.
        """
        sent = validated_body(EnrollStaffIn, request)
        now = timezone.now()
        user, session = join_staff_on_device(
            code=sent.invite_code, username=sent.username, password=sent.password,
            device_name=sent.device_name, address=client_address(request), now=now,
        )  # fmt: skip
        if session is None:
            return HttpResponse(status=204)
        return json_response(SignedInOut.of(user, session), status=201)
