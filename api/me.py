"""The caller's own profile."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import HasSignedIn
from api.reading import Input, PlainText, ZoneField, checked, sent_rev
from api.refusals import PreconditionFailed
from api.requests import SignedIn
from care.actions.profile import ProfileChanged, change_profile
from care.models import User
from notifications import actions as reminding

ROLES = ["patient", "clinician", "admin"]


class QuietHoursIn(Input):
    """Local wall-clock times between which nothing is sent; equal times mean none."""

    start = serializers.TimeField(input_formats=["%H:%M"])
    end = serializers.TimeField(input_formats=["%H:%M"])


class MeIn(Input):
    """What the caller changes about themselves; what is left out stays."""

    display_name = PlainText(max_length=120, required=False)
    time_zone = ZoneField(required=False)
    language = PlainText(max_length=12, required=False)
    quiet_hours = QuietHoursIn(required=False)


class QuietHoursOut(serializers.Serializer[Any]):
    """Local wall-clock times between which nothing is sent."""

    start = serializers.CharField()
    end = serializers.CharField()


class MeOut(serializers.Serializer[Any]):
    """Who the caller is. ``quiet_hours`` stands with patients only."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ROLES)
    username = serializers.CharField()
    display_name = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    quiet_hours = QuietHoursOut(required=False)
    rev = serializers.IntegerField()


class Me(APIView):
    """The caller's own profile."""

    permission_classes = [HasSignedIn]

    @extend_schema(operation_id="read_me", responses=MeOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Tell who is signed in."""
        return answer(profile(request.user), rev=request.user.rev)

    @extend_schema(operation_id="change_me", request=MeIn, responses=MeOut)
    def patch(self, request: SignedIn) -> HttpResponse:
        """Change it; a new time zone moves the reminders to come at once."""
        sent = checked(MeIn, request)
        rev = sent_rev(request)
        quiet = sent.pop("quiet_hours", None)
        changes = sent | (
            {"quiet_start": quiet["start"], "quiet_end": quiet["end"]} if quiet else {}
        )
        now = timezone.now()
        try:
            with transaction.atomic():
                user = change_profile(user=request.user, rev=rev, changes=changes, now=now)
                if user.role == User.Role.PATIENT and "time_zone" in changes:
                    reminding.zone_changed(patient_id=user.pk, now=now)
        except ProfileChanged:
            raise PreconditionFailed from None
        return answer(profile(user), rev=user.rev)


def profile(user: User) -> dict[str, Any]:
    """Shape a user as themselves."""
    shown: dict[str, Any] = {
        "id": user.pk,
        "role": user.role,
        "username": user.username,
        "display_name": user.display_name,
        "time_zone": user.time_zone,
        "language": user.language,
        "rev": user.rev,
    }
    if user.role == User.Role.PATIENT:
        shown["quiet_hours"] = {
            "start": user.patient.quiet_start.strftime("%H:%M"),
            "end": user.patient.quiet_end.strftime("%H:%M"),
        }
    return shown
