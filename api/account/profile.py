"""The caller's own profile."""

from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Sparse
from api.http.errors import Problem
from api.http.fields import YES_OR_NO, NotNull, OneOf, WholeNumber
from api.http.inputs import Change, Input, if_match_rev, validated_body
from api.http.permissions import IsAuthenticated
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import ClockTime, LanguageTag, OneLine, Text, ZoneName
from backend.kit.timezones import LATEST_START
from care.accounts.password_reset import email_of
from care.accounts.passwords import is_recently_authenticated
from care.models import User
from care.people.profile import change_profile, may_have_reminder_mail

USER_ROLES = [role.value for role in User.Role]


class QuietHoursIn(Input):
    """Local wall-clock times between which nothing is sent; equal times mean none."""

    start: Annotated[time, ClockTime(code="invalid")]
    end: Annotated[time, ClockTime(code="invalid")]


class MeIn(Change):
    """What the caller changes about themselves; what is left out stays."""

    display_name: Annotated[str | None, OneLine(120)] = None
    time_zone: Annotated[str | None, ZoneName(may_be_unknown=True)] = None
    language: Annotated[str | None, LanguageTag(255)] = None
    quiet_hours: Annotated[QuietHoursIn | None, NotNull()] = None
    #: How many hours after local midnight a patient's day begins; it concerns what is logged later.
    day_starts_hour: Annotated[int | None, WholeNumber(0, LATEST_START)] = None
    #: Where a forgotten password may be reset; empty takes it back. Needs a fresh proof.
    email: Annotated[str | None, Text(254, may_be_blank=True)] = None
    #: Whether a patient's reminder that reached no device goes to that address by mail. It needs an
    #: address and a mail server, and ends when the address is taken back.
    reminder_mail: Annotated[bool | None, YES_OR_NO] = None


@dataclass(frozen=True, slots=True)
class QuietHoursOut:
    """Local wall-clock times between which nothing is sent."""

    start: str
    end: str


@dataclass(frozen=True)
class MeOut(Sparse):
    """Who the caller is. ``quiet_hours`` and ``day_starts_hour`` stand with patients only.

    So does ``reminder_mail``, where a mail server is set up or it is on.
    """

    id: UUID
    role: Annotated[str, OneOf(USER_ROLES)]
    username: str
    display_name: str
    time_zone: str
    language: str
    email: str
    rev: int
    quiet_hours: QuietHoursOut | None = None
    day_starts_hour: int | None = None
    reminder_mail: bool | None = None

    @classmethod
    def of(cls, user: User) -> Self:
        """Show the caller their own profile."""
        patient = user.patient if user.role == User.Role.PATIENT else None
        return cls(
            id=user.pk,
            role=user.role,
            username=user.username or "",
            display_name=user.display_name,
            time_zone=user.time_zone,
            language=user.language,
            email=email_of(user),
            rev=user.rev,
            quiet_hours=None
            if patient is None
            else QuietHoursOut(
                start=patient.quiet_start.strftime("%H:%M"),
                end=patient.quiet_end.strftime("%H:%M"),
            ),
            day_starts_hour=None if patient is None else patient.day_starts_hour,
            reminder_mail=(
                patient.reminder_mail
                if patient is not None and may_have_reminder_mail(user)
                else None
            ),
        )


class Me(APIView):
    """The caller's own profile."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="read_me", responses=MeOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Tell who is signed in."""
        return json_response(MeOut.of(request.user), rev=request.user.rev)

    @extend_schema(operation_id="change_me", request=MeIn, responses=MeOut)
    def patch(self, request: SignedIn) -> HttpResponse:
        """Change it; a new time zone moves the reminders to come at once.

        With `day_starts_hour` 3, what a patient logs at 01:30 is of the evening before. Entries
        that are stored keep their `local_date`, and reminders their times.
        """
        sent = validated_body(MeIn, request)
        rev = if_match_rev(request)
        if sent.email is not None and not is_recently_authenticated(
            session=request.auth, now=timezone.now()
        ):
            detail = "Prove again who you are: POST auth/step-up, then repeat this."
            raise Problem(status=403, code="step_up_required", detail=detail)
        changes, now = _changes_of(sent), timezone.now()
        user = change_profile(
            user=request.user, rev=rev, changes=changes, now=now, told_by=request.auth.pk
        )
        return json_response(MeOut.of(user), rev=user.rev)


def _changes_of(sent: MeIn) -> dict[str, Any]:
    """Return what changes, by column."""
    changes = sent.given()
    quiet = changes.pop("quiet_hours", None)
    if not changes.get("time_zone", "UTC"):
        del changes["time_zone"]  # the phone knows none: where it was before tells more
    if quiet is not None:
        changes |= {"quiet_start": quiet["start"], "quiet_end": quiet["end"]}
    return changes
