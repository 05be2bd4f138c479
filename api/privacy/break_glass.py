"""Break-glass access to one chart, and its review by the privacy officer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.errors import NotFound
from api.http.paging import unpaged
from api.http.permissions import IsAdmin, IsClinician, IsRecentlyAuthenticated
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import StrictInput, StringField, validated_body
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.models import BreakGlass
from care.privacy import break_glass


class EmergencyIn(StrictInput):
    """Why a chart must be opened now."""

    reason = StringField(max_length=1_000)


class EmergencyOut(serializers.Serializer[Any]):
    """Until when the chart is open."""

    id = serializers.UUIDField()
    ends_at = serializers.DateTimeField()


class EmergencyToReviewOut(serializers.Serializer[Any]):
    """A chart that was opened in an emergency, for the privacy officer."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    clinician = serializers.CharField()
    opened_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()


class EmergenciesOut(serializers.Serializer[Any]):
    """What the privacy officer has not looked at yet."""

    results = EmergencyToReviewOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class OpenChartInEmergency(APIView):
    """One chart, in an emergency, without being on its care team."""

    permission_classes = [IsClinician, IsRecentlyAuthenticated]

    @extend_schema(operation_id="break_glass", request=EmergencyIn, responses={201: EmergencyOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Open it for reading, for an hour; the patient and the privacy officer are told."""
        sent = validated_body(EmergencyIn, request)
        grant = break_glass.break_glass(
            clinician=request.user, patient_id=patient_id, reason=sent["reason"],
            now=timezone.now(),
        )  # fmt: skip
        return json_response({"id": grant.pk, "ends_at": grant.ends_at}, status=201)


class UnreviewedEmergencies(APIView):
    """Charts that were opened in an emergency, for the privacy officer."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_emergencies", responses=EmergenciesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List those that nobody has looked at yet."""
        grants = break_glass.unreviewed_break_glass(clinic_id=request.user.clinic_id)
        log_reads_many(
            viewer=request.user, patient_ids=[grant.patient_id for grant in grants],
            what=DataCategory.BREAK_GLASS, reason="privacy_review", now=timezone.now(),
        )  # fmt: skip
        return json_response(unpaged([_emergency_to_json(grant) for grant in grants]))


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


def _emergency_to_json(grant: BreakGlass) -> dict[str, Any]:
    return {
        "id": grant.pk,
        "patient": grant.patient_id,
        "clinician": grant.clinician_name,
        "opened_at": grant.opened_at,
        "ends_at": grant.ends_at,
        "reason": break_glass.break_glass_reason(grant),
    }
