"""A physician's certifications of the open episode of care."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api.http.paging import unpaged
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    DayField,
    IdField,
    StrictInput,
    validated_body,
    validated_query,
)
from api.programme.episodes import PATIENT_PARAMETER, PatientQuery, ReadableByPatients
from backend.kit.timezones import local_day
from care.models import Certification
from care.programme import episodes
from care.programme.read import certifications_of


class CertificationIn(StrictInput):
    """A physician's certification of the open episode."""

    patient = IdField()
    certified_on = DayField(required=False)


class CertificationOut(serializers.Serializer[Any]):
    """One certification; it holds until ``renew_by``."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    episode = serializers.UUIDField()
    physician = serializers.CharField()
    certified_on = serializers.DateField()
    renew_by = serializers.DateField()


class CertificationsOut(serializers.Serializer[Any]):
    """Certifications, newest first."""

    results = CertificationOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Certifications(ReadableByPatients):
    """A physician's certifications."""

    @extend_schema(
        operation_id="list_certifications",
        parameters=[PATIENT_PARAMETER],
        responses=CertificationsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = validated_query(PatientQuery, request).get("patient")
        certifications = certifications_of(
            viewer=request.user, patient_id=patient_id, now=timezone.now()
        )
        return json_response(unpaged([_certification_to_json(row) for row in certifications]))

    @extend_schema(
        operation_id="certify", request=CertificationIn, responses={201: CertificationOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Certify the need for the open episode, as a physician of the care team."""
        sent = validated_body(CertificationIn, request)
        now = timezone.now()
        today = local_day(now, request.user.clinic.time_zone)
        certification, is_new = episodes.certify_episode(
            physician=request.user, patient_id=sent["patient"],
            certified_on=sent.get("certified_on", today), now=now,
        )  # fmt: skip
        return json_response(_certification_to_json(certification), status=201 if is_new else 200)


def _certification_to_json(row: Certification) -> dict[str, Any]:
    return {
        "id": row.pk,
        "patient": row.patient_id,
        "episode": row.episode_id,
        "physician": row.physician.display_name,
        "certified_on": row.certified_on,
        "renew_by": row.renew_by,
    }
