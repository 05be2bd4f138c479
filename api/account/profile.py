"""The caller's own profile."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.errors import Problem
from api.http.inputs import if_match_rev
from api.http.permissions import IsAuthenticated
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ClockField,
    OneLineField,
    StrictInput,
    StringField,
    WholeNumberField,
    ZoneField,
    validated_body,
)
from backend.kit import parsing
from backend.kit.timezones import LATEST_START
from care.accounts.password_reset import email_of, set_email
from care.accounts.passwords import is_recently_authenticated
from care.models import User
from care.people.profile import change_profile
from notifications.reminders.follow import follow_time_zone

USER_ROLES = [role.value for role in User.Role]


class LanguageTagField(StringField):
    """A BCP 47 language tag, such as ``en`` or ``en-US-u-rg-dezzzz``."""

    def to_internal_value(self, data: Any) -> str:
        """Take well-formed tags; of a very long one the beginning is kept."""
        tag = parsing.normalize_language_tag(super().to_internal_value(data))
        if tag is None:
            raise serializers.ValidationError("Must be a BCP 47 tag.", "invalid_language")
        return tag


class QuietHoursIn(StrictInput):
    """Local wall-clock times between which nothing is sent; equal times mean none."""

    start = ClockField(code="invalid")
    end = ClockField(code="invalid")


class MeIn(StrictInput):
    """What the caller changes about themselves; what is left out stays."""

    display_name = OneLineField(max_length=120, required=False)
    time_zone = ZoneField(required=False, may_be_nameless=True)
    language = LanguageTagField(max_length=255, required=False)
    quiet_hours = QuietHoursIn(required=False)
    #: How many hours after local midnight a patient's day begins; it concerns what is logged later.
    day_starts_hour = WholeNumberField(min_value=0, max_value=LATEST_START, required=False)
    #: Where a forgotten password may be reset; empty takes it back. Needs a fresh proof.
    email = StringField(max_length=254, required=False, allow_blank=True)


class QuietHoursOut(serializers.Serializer[Any]):
    """Local wall-clock times between which nothing is sent."""

    start = serializers.CharField()
    end = serializers.CharField()


class MeOut(serializers.Serializer[Any]):
    """Who the caller is. ``quiet_hours`` and ``day_starts_hour`` stand with patients only."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=USER_ROLES)
    username = serializers.CharField()
    display_name = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    quiet_hours = QuietHoursOut(required=False)
    day_starts_hour = serializers.IntegerField(required=False)
    email = serializers.CharField()
    rev = serializers.IntegerField()


class Me(APIView):
    """The caller's own profile."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="read_me", responses=MeOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Tell who is signed in."""
        return json_response(profile_to_json(request.user), rev=request.user.rev)

    @extend_schema(operation_id="change_me", request=MeIn, responses=MeOut)
    def patch(self, request: SignedIn) -> HttpResponse:
        """Change it; a new time zone moves the reminders to come at once.

        With `day_starts_hour` 3, what a patient logs at 01:30 is of the evening before. Entries
        that are stored keep their `local_date`, and reminders their times.
        """
        sent = validated_body(MeIn, request)
        rev = if_match_rev(request)
        if "email" in sent and not is_recently_authenticated(
            session=request.auth, now=timezone.now()
        ):
            detail = "Prove again who you are: POST auth/step-up, then repeat this."
            raise Problem(status=403, code="step_up_required", detail=detail)
        email = sent.pop("email", None)
        quiet = sent.pop("quiet_hours", None)
        if not sent.get("time_zone", "UTC"):
            del sent["time_zone"]  # the phone knows none: where it was before tells more
        changes = sent | (
            {"quiet_start": quiet["start"], "quiet_end": quiet["end"]} if quiet else {}
        )
        now = timezone.now()
        with transaction.atomic():
            if email is not None:
                set_email(user=request.user, email=email)
            user = change_profile(user=request.user, rev=rev, changes=changes, now=now)
            if user.role == User.Role.PATIENT and "time_zone" in changes:
                follow_time_zone(patient_id=user.pk, except_device_session=request.auth.pk, now=now)
        return json_response(profile_to_json(user), rev=user.rev)


def profile_to_json(user: User) -> dict[str, Any]:
    """Return the caller's profile as JSON."""
    shown: dict[str, Any] = {
        "id": user.pk,
        "role": user.role,
        "username": user.username,
        "display_name": user.display_name,
        "time_zone": user.time_zone,
        "language": user.language,
        "email": email_of(user),
        "rev": user.rev,
    }
    if user.role == User.Role.PATIENT:
        shown["quiet_hours"] = {
            "start": user.patient.quiet_start.strftime("%H:%M"),
            "end": user.patient.quiet_end.strftime("%H:%M"),
        }
        shown["day_starts_hour"] = user.patient.day_starts_hour
    return shown
