"""Second factors, re-authentication, and passwords."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http.inputs import Input, validated_body
from api.http.permissions import Anyone, IsAuthenticated, IsRecentlyAuthenticated
from api.http.requests import SignedIn, client_address
from api.http.responses import json_response
from api.http.text_fields import Secret, Text
from care.accounts import password_reset, passwords, second_factor


class CodeIn(Input):
    """A one-time code."""

    code: Annotated[str, Secret(64)]


class ProofIn(Input):
    """The secrets of signing in, once more."""

    password: Annotated[str, Secret(256)]
    otp: Annotated[str, Secret(64, may_be_blank=True)] = ""


class PasswordIn(Input):
    """The password that holds, and the one to come."""

    current_password: Annotated[str, Secret(256)]
    new_password: Annotated[str, Secret(256)]


class ForgottenIn(Input):
    """Who forgot their password."""

    username: Annotated[str, Text(150)]


class ResetIn(Input):
    """The code of the mail, and the password to come."""

    code: Annotated[str, Secret(64)]
    new_password: Annotated[str, Secret(256)]


@dataclass(frozen=True, slots=True)
class TotpOut:
    """What an authenticator app is given, once: as text, or as the address behind a QR code."""

    secret: str
    otpauth_url: str


@dataclass(frozen=True, slots=True)
class RecoveryCodesOut:
    """Codes for a day without the phone, shown once; each opens once."""

    recovery_codes: Sequence[str]


class BeginTotp(APIView):
    """An authenticator app as second factor."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(operation_id="begin_totp", request=None, responses={201: TotpOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Show a new secret; it counts after its first code came to ``totp/confirm``.

        Needs a sign-in or a step-up of the last ten minutes.
        """
        made = second_factor.begin_totp(user=request.user, now=timezone.now())
        return json_response(TotpOut(made.secret, made.address), status=201)


class ConfirmTotp(APIView):
    """The first code of an authenticator app."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(operation_id="confirm_totp", request=CodeIn, responses={200: RecoveryCodesOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Turn the second factor on; every other sign-in of the caller ends."""
        sent = validated_body(CodeIn, request)
        codes = second_factor.confirm_totp(
            user=request.user, code=sent.code, session_id=request.auth.pk,
            now=timezone.now(),
        )  # fmt: skip
        return json_response(RecoveryCodesOut(codes))


class RecoveryCodes(APIView):
    """Codes for a day without the phone."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(
        operation_id="renew_recovery_codes", request=None, responses={200: RecoveryCodesOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Make ten fresh ones; the earlier ones stop working."""
        codes = second_factor.renew_recovery_codes(user=request.user, now=timezone.now())
        return json_response(RecoveryCodesOut(codes))


class StepUp(APIView):
    """Proving again who one is."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="step_up", request=ProofIn, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """Open what needs a fresh proof (export, break-glass, factors) for ten minutes."""
        sent = validated_body(ProofIn, request)
        passwords.reauthenticate(
            session=request.auth, password=sent.password, otp=sent.otp,
            now=timezone.now(),
        )  # fmt: skip
        return HttpResponse(status=204)


class Password(APIView):
    """The caller's password."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="change_password", request=PasswordIn, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """Change it; every other sign-in ends at once."""
        sent = validated_body(PasswordIn, request)
        passwords.change_password(
            session=request.auth, current=sent.current_password,
            fresh=sent.new_password, now=timezone.now(),
        )  # fmt: skip
        return HttpResponse(status=204)


class ForgottenPassword(APIView):
    """The way back after a forgotten password."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="ask_for_reset", request=ForgottenIn, responses={202: None})
    def post(self, request: Request) -> HttpResponse:
        """Ask for a code by mail; the answer is the same whether or not the name exists."""
        sent = validated_body(ForgottenIn, request)
        password_reset.request_reset(username=sent.username, now=timezone.now())
        return HttpResponse(status=202)


class ResetPassword(APIView):
    """The code of the mail."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="reset_password", request=ResetIn, responses={204: None})
    def post(self, request: Request) -> HttpResponse:
        """Set a new password, once; every sign-in ends, and a second factor is still asked for."""
        sent = validated_body(ResetIn, request)
        now = timezone.now()
        password_reset.reset_password(
            code=sent.code, password=sent.new_password,
            address=client_address(request), now=now,
        )  # fmt: skip
        return HttpResponse(status=204)
