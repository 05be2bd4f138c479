"""Second factors, re-authentication, and passwords."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http.permissions import Anyone, IsAuthenticated, IsRecentlyAuthenticated
from api.http.requests import SignedIn, client_address
from api.http.responses import json_response
from api.http.serializer_fields import SecretField, StrictInput, StringField, validated_body
from backend.kit.db import rls_actor
from care.accounts import password_reset, passwords, second_factor
from notifications.push.devices import end_devices_of_ended_sessions


class CodeIn(StrictInput):
    """A one-time code."""

    code = SecretField(max_length=64)


class ProofIn(StrictInput):
    """The secrets of signing in, once more."""

    password = SecretField(max_length=256)
    otp = SecretField(max_length=64, required=False, allow_blank=True, default="")


class PasswordIn(StrictInput):
    """The password that holds, and the one to come."""

    current_password = SecretField(max_length=256)
    new_password = SecretField(max_length=256)


class ForgottenIn(StrictInput):
    """Who forgot their password."""

    username = StringField(max_length=150)


class ResetIn(StrictInput):
    """The code of the mail, and the password to come."""

    code = SecretField(max_length=64)
    new_password = SecretField(max_length=256)


class TotpOut(serializers.Serializer[Any]):
    """What an authenticator app is given, once: as text, or as the address behind a QR code."""

    secret = serializers.CharField()
    otpauth_url = serializers.CharField()


class RecoveryCodesOut(serializers.Serializer[Any]):
    """Codes for a day without the phone, shown once; each opens once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class BeginTotp(APIView):
    """An authenticator app as second factor."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(operation_id="begin_totp", request=None, responses={201: TotpOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Show a new secret; it counts after its first code came to ``totp/confirm``.

        Needs a sign-in or a step-up of the last ten minutes.
        """
        made = second_factor.begin_totp(user=request.user, now=timezone.now())
        return json_response({"secret": made.secret, "otpauth_url": made.address}, status=201)


class ConfirmTotp(APIView):
    """The first code of an authenticator app."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(operation_id="confirm_totp", request=CodeIn, responses={200: RecoveryCodesOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Turn the second factor on; every other sign-in of the caller ends."""
        sent = validated_body(CodeIn, request)
        codes = second_factor.confirm_totp(
            user=request.user, code=sent["code"], session_id=request.auth.pk,
            now=timezone.now(),
        )  # fmt: skip
        return json_response({"recovery_codes": codes})


class RecoveryCodes(APIView):
    """Codes for a day without the phone."""

    permission_classes = [IsAuthenticated, IsRecentlyAuthenticated]

    @extend_schema(
        operation_id="renew_recovery_codes", request=None, responses={200: RecoveryCodesOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Make ten fresh ones; the earlier ones stop working."""
        codes = second_factor.renew_recovery_codes(user=request.user, now=timezone.now())
        return json_response({"recovery_codes": codes})


class StepUp(APIView):
    """Proving again who one is."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="step_up", request=ProofIn, responses={204: None})
    def post(self, request: SignedIn) -> HttpResponse:
        """Open what needs a fresh proof (export, break-glass, factors) for ten minutes."""
        sent = validated_body(ProofIn, request)
        passwords.reauthenticate(
            session=request.auth, password=sent["password"], otp=sent["otp"],
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
            session=request.auth, current=sent["current_password"],
            fresh=sent["new_password"], now=timezone.now(),
        )  # fmt: skip
        end_devices_of_ended_sessions(user_id=request.user.pk, now=timezone.now())
        return HttpResponse(status=204)


class ForgottenPassword(APIView):
    """The way back after a forgotten password."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="ask_for_reset", request=ForgottenIn, responses={202: None})
    def post(self, request: Request) -> HttpResponse:
        """Ask for a code by mail; the answer is the same whether or not the name exists."""
        sent = validated_body(ForgottenIn, request)
        password_reset.request_reset(username=sent["username"], now=timezone.now())
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
        user = password_reset.reset_password(
            code=sent["code"], password=sent["new_password"],
            address=client_address(request), now=now,
        )  # fmt: skip
        rls_actor.set_actor(rls_actor.user_actor(user.role, user.pk))
        end_devices_of_ended_sessions(user_id=user.pk, now=now)
        return HttpResponse(status=204)
