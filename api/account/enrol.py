"""Enrol by a code: patients by their invitation, staff by a code of the administrator."""

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from api.account.sign_in import SignedInOut, sign_in_to_json
from api.http.permissions import Anyone
from api.http.requests import client_address
from api.http.responses import json_response
from api.http.serializer_fields import (
    OneLineField,
    SecretField,
    StrictInput,
    StringField,
    YesNoField,
    ZoneField,
    validated_body,
)
from backend.kit.db import rls_actor
from care.accounts import device_sessions, staff_invitations
from care.accounts.second_factor import has_second_factor
from care.people.enrol import InvitationInvalid, count_wrong_invitation_code, enrol_patient
from notifications.reminders.default_plan import create_default_reminders


class ConsentIn(StrictInput):
    """What the patient agrees to."""

    version = StringField(max_length=40)
    agreed = YesNoField()

    def validate_agreed(self, agreed: object) -> object:
        """Nobody is enrolled who did not agree."""
        if not agreed:
            raise serializers.ValidationError("Without consent nothing is recorded.", "not_agreed")
        return agreed


class EnrollIn(StrictInput):
    """An invitation and what the patient chooses."""

    invite_code = SecretField(max_length=64)
    username = StringField(min_length=3, max_length=150)
    password = SecretField(max_length=256)
    #: Of a phone that names none the zone stays that the clinic set.
    time_zone = ZoneField(may_be_nameless=True)
    device_name = OneLineField(max_length=120, required=False, allow_blank=True, default="")
    consent = ConsentIn()


class EnrollPatient(APIView):
    """Turn an invitation code into a patient who is signed in."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(operation_id="enroll", request=EnrollIn, responses={201: SignedInOut})
    def post(self, request: Request) -> HttpResponse:
        """Use the code once; the consent given here is recorded with its version."""
        sent = validated_body(EnrollIn, request)
        now = timezone.now()
        try:
            with transaction.atomic():
                user = enrol_patient(
                    invite_code=sent["invite_code"],
                    username=sent["username"],
                    password=sent["password"],
                    time_zone=sent["time_zone"],
                    consent_version=sent["consent"]["version"],
                    now=now,
                )
                rls_actor.set_actor(rls_actor.user_actor(user.role, user.pk))
                create_default_reminders(patient_id=user.pk, now=now)
                session = device_sessions.start_device_session(
                    user=user, device_name=sent["device_name"], now=now
                )
        except InvitationInvalid:
            # On a path that no rollback takes back.
            count_wrong_invitation_code(address=client_address(request), now=now)
            raise
        return json_response(sign_in_to_json(user, session), status=201)


class EnrollStaffIn(StrictInput):
    """A code of the clinic's administrator, and what its owner chooses."""

    invite_code = SecretField(max_length=40)
    #: May be left out where the invitation named it.
    username = StringField(max_length=150, required=False, allow_blank=True, default="")
    password = SecretField(max_length=256)
    device_name = OneLineField(max_length=120, required=False, allow_blank=True, default="")


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
        try:
            user = staff_invitations.join_staff(
                code=sent["invite_code"], username=sent["username"], password=sent["password"],
                now=now,
            )  # fmt: skip
        except staff_invitations.StaffCodeInvalid:
            staff_invitations.count_wrong_staff_code(address=client_address(request), now=now)
            raise
        rls_actor.set_actor(rls_actor.user_actor(user.role, user.pk))
        if has_second_factor(user=user):
            return HttpResponse(status=204)
        session = device_sessions.start_device_session(
            user=user, device_name=sent["device_name"], now=now
        )
        return json_response(sign_in_to_json(user, session), status=201)
