"""Who looked at a patient's data, and charts that were opened in an emergency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.errors import NotFound
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsAdmin, IsClinician, IsPatient, IsRecentlyAuthenticated
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.models import BreakGlass
from care.privacy import access_log, break_glass
from care.privacy.access_log import AccessLogLine


@dataclass(frozen=True, slots=True)
class LookOut:
    """Who reached for what, when and why, in plain words."""

    at: datetime
    who: str
    role: str
    action: str
    what: str
    why: str

    @classmethod
    def of(cls, look: AccessLogLine) -> Self:
        """Show a line of the log."""
        return cls(
            at=look.at, who=look.who, role=look.role, action=look.action, what=look.what,
            why=look.why,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LooksOut(Page):
    """A page of the patient's access log."""

    results: Sequence[LookOut]


class AccessLog(APIView):
    """Who looked at the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_looks",
        parameters=query_parameters(PageQuery),
        responses=LooksOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List it, the newest first, refusals included; it is never behind."""
        wanted = validated_query(PageQuery, request).page(tie=int)
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.ACCESS_LOG, now=timezone.now()
        )
        found = access_log.access_log_page(
            chart=chart, limit=wanted.limit + 1, position=wanted.position,
            is_backwards=wanted.is_backwards,
        )  # fmt: skip
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=found,
                place=lambda look: (look.at, look.row),
                shape=LookOut.of,
                answer=LooksOut,
            )
        )


class EmergencyIn(Input):
    """Why a chart must be opened now."""

    reason: Annotated[str, Text(1000)]


@dataclass(frozen=True, slots=True)
class EmergencyOut:
    """Until when the chart is open."""

    id: UUID
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyToReviewOut:
    """A chart that was opened in an emergency, for the privacy officer."""

    id: UUID
    patient: UUID
    clinician: str
    opened_at: datetime
    ends_at: datetime
    reason: str

    @classmethod
    def of(cls, grant: BreakGlass) -> Self:
        return cls(
            id=grant.pk, patient=grant.patient_id, clinician=grant.clinician_name,
            opened_at=grant.opened_at, ends_at=grant.ends_at,
            reason=break_glass.break_glass_reason(grant),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmergenciesOut(Page):
    """What the privacy officer has not looked at yet."""

    results: Sequence[EmergencyToReviewOut]


class OpenChartInEmergency(APIView):
    """One chart, in an emergency, without being on its care team."""

    permission_classes = [IsClinician, IsRecentlyAuthenticated]

    @extend_schema(operation_id="break_glass", request=EmergencyIn, responses={201: EmergencyOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Open it for reading, for an hour; the patient and the privacy officer are told."""
        sent = validated_body(EmergencyIn, request)
        grant = break_glass.break_glass(
            clinician=request.user, patient_id=patient_id, reason=sent.reason,
            now=timezone.now(),
        )  # fmt: skip
        return json_response(EmergencyOut(grant.pk, grant.ends_at), status=201)


class UnreviewedEmergencies(APIView):
    """Charts that were opened in an emergency, for the privacy officer."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_emergencies", responses=EmergenciesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List those that nobody has looked at yet."""
        grants = break_glass.review_break_glass(officer=request.user, now=timezone.now())
        return json_response(EmergenciesOut([EmergencyToReviewOut.of(grant) for grant in grants]))


class ReviewEmergency(APIView):
    """One chart that was opened in an emergency."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="review_emergency", request=None, responses={204: None})
    def post(self, request: SignedIn, emergency_id: UUID) -> HttpResponse:
        """Note that the privacy officer looked at it."""
        if not break_glass.mark_break_glass_reviewed(
            officer=request.user, break_glass_id=emergency_id, now=timezone.now()
        ):
            raise NotFound
        return HttpResponse(status=204)
