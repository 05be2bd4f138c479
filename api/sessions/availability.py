"""When a patient is busy or free in a week: their own, and of one patient of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import ListOf, OneOf
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import MinuteOfDay
from api.reminders.reminder_schema import clock_times
from api.sessions.session_schema import WEEKDAYS
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.sessions.availability import (
    MOST_SPANS,
    REASONS,
    SPAN_KINDS,
    AvailabilityView,
    WeeklySpan,
    availability_of,
    write_availability,
)


class SpanIn(Input):
    """Some hours of some weekdays. They end on the same day: what goes past midnight is two.

    What is busy has a reason, and what is free has none.
    """

    days: Annotated[list[Annotated[str, OneOf(WEEKDAYS)]], ListOf(7, least=1)]
    starts: Annotated[int, MinuteOfDay()]
    ends: Annotated[int, MinuteOfDay(is_end=True)]
    kind: Annotated[str, OneOf(SPAN_KINDS)]
    reason: Annotated[str, OneOf(REASONS)] | None = None

    def span(self) -> WeeklySpan:
        """Return it by the weekdays' numbers."""
        days = tuple(sorted({WEEKDAYS.index(day) for day in self.days}))
        return WeeklySpan(days, self.starts, self.ends, self.kind, self.reason or "")


class AvailabilityIn(Input):
    """A patient's week as a whole, by their own clock; no two spans lie over one another."""

    spans: Annotated[list[SpanIn], ListOf(MOST_SPANS)]


@dataclass(frozen=True, slots=True)
class SpanOut:
    """Some hours of some weekdays; ``reason`` is null where they are free."""

    days: Sequence[Annotated[str, OneOf(WEEKDAYS)]]
    starts: str
    ends: str
    kind: Annotated[str, OneOf(SPAN_KINDS)]
    reason: Annotated[str, OneOf(REASONS)] | None

    @classmethod
    def of(cls, span: WeeklySpan) -> Self:
        """Show one span."""
        starts, ends = clock_times([span.starts, span.ends])
        days = [WEEKDAYS[day] for day in span.days]
        return cls(days, starts, ends, span.kind, span.reason or None)


@dataclass(frozen=True, slots=True)
class AvailabilityOut:
    """A patient's week, by their own clock; ``rev`` is 0 while they said nothing."""

    spans: Sequence[SpanOut]
    rev: int
    updated_at: Annotated[datetime | None, Field(description="When this version was written.")]

    @classmethod
    def of(cls, week: AvailabilityView) -> Self:
        """Show the week, the same to the patient and to their care team."""
        return cls(list(map(SpanOut.of, week.spans)), week.rev, week.at)


class Availability(APIView):
    """When the signed-in patient is busy or free in a week."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_availability", responses=AvailabilityOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it as it stands."""
        chart = open_own_chart(viewer=request.user, what=DataCategory.SESSIONS, now=timezone.now())
        return _response(availability_of(chart=chart))

    @extend_schema(
        operation_id="write_availability", request=AvailabilityIn, responses=AvailabilityOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Write it as a whole. Needs ``If-Match``, "0" before the first time.

        Whoever plans a session is told where it lies over something; nothing is refused for it.
        """
        sent, rev, now = validated_body(AvailabilityIn, request), if_match_rev(request), (
            timezone.now()
        )  # fmt: skip
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SESSIONS, now=now, to_write=True
        )
        spans = [one.span() for one in sent.spans]
        return _response(write_availability(chart=chart, spans=spans, rev=rev, now=now))


class AvailabilityOfPatient(APIView):
    """When one patient of the caller is busy or free in a week."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_availability_of_patient", responses=AvailabilityOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read it as the patient said it."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.SESSIONS)
        return _response(availability_of(chart=chart))


def _response(week: AvailabilityView) -> HttpResponse:
    return json_response(AvailabilityOut.of(week), rev=week.rev)
