"""Medical screenings of one patient of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import Day
from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.medical.screenings import (
    MAX_KIND_LENGTH,
    MAX_RESULT_LENGTH,
    ScreeningView,
    note_screening,
    screenings_of,
)


class ScreeningIn(Input):
    """A screening that was asked for, or done. Days are of the clinic's calendar."""

    kind: Annotated[str, OneLine(MAX_KIND_LENGTH)]
    asked_on: Day
    done_on: Day | None = None
    result: Annotated[str, Text(MAX_RESULT_LENGTH, may_be_blank=True)] = ""


@dataclass(frozen=True, slots=True)
class ScreeningOut:
    """One screening; it is due while ``done_on`` is null."""

    id: UUID
    kind: str
    asked_on: date
    done_on: date | None
    result: str
    rev: int

    @classmethod
    def of(cls, screening: ScreeningView) -> Self:
        """Show one."""
        return cls(
            screening.id, screening.kind, screening.asked_on, screening.done_on, screening.result,
            screening.rev,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScreeningsOut(Page):
    """Screenings: what is due first, then the newest."""

    results: Sequence[ScreeningOut]


class Screenings(APIView):
    """The screenings of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_screenings", responses=ScreeningsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL)
        found = screenings_of(chart=chart)
        return json_response(ScreeningsOut(list(map(ScreeningOut.of, found))))

    @extend_schema(
        operation_id="note_screening", request=ScreeningIn,
        responses={200: ScreeningOut, 201: ScreeningOut},
    )  # fmt: skip
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Note one; of the same kind and day of asking it is the same one, and is replaced."""
        sent, now = validated_body(ScreeningIn, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL, to_write=True)
        noted, is_new = note_screening(
            chart=chart, kind=sent.kind, asked_on=sent.asked_on, done_on=sent.done_on,
            result=sent.result, today=local_day(now, request.user.clinic.time_zone), now=now,
        )  # fmt: skip
        return json_response(ScreeningOut.of(noted), status=201 if is_new else 200, rev=noted.rev)
