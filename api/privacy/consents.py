"""Consents of the signed-in patient, and the accounting of disclosures."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ChoiceOf,
    IdField,
    InstantField,
    ListOf,
    OneLineField,
    StrictInput,
    StringField,
    YesNoField,
    validated_body,
)
from care.access.chart import Chart
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.consents import consents
from care.consents.texts import REDISCLOSURE_NOTICE, REVOCATION_TEXT, TERMS_BY_PURPOSE
from care.models import Consent, Disclosure

ALL_SCOPES = sorted({name for names in CONSENT_SCOPES.values() for name in names})


class GivenConsentIn(StrictInput):
    """What the patient agrees to, with the elements of 42 CFR 2.31(a).

    Purpose ``counselling_notes`` names one ``clinician`` of the care team instead of a recipient,
    and must have an end; no other purpose covers those notes, nor is covered with them.
    """

    purpose = ChoiceOf(choices=Consent.Purpose.choices)
    version = StringField(max_length=40)
    agreed = YesNoField()
    signed_name = OneLineField(max_length=120)
    scope = ListOf(child=ChoiceOf(choices=ALL_SCOPES), min_length=1, max_length=10)
    recipient = OneLineField(max_length=200, required=False, default="")
    clinician = IdField(required=False)
    expires_at = InstantField(required=False)
    expires_event = ChoiceOf(choices=Consent.Event.choices, required=False)

    def validate_agreed(self, agreed: object) -> object:
        """Refuse a consent that was not agreed to."""
        if not agreed:
            raise serializers.ValidationError("Must be agreed to.", "not_agreed")
        return agreed


class ConsentOut(serializers.Serializer[Any]):
    """One consent, how it is taken back, and what else its purpose says; mostly nothing.

    ``reaches`` tells how the recipient was read: what is for others lets no staff see anything.
    """

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=Consent.Purpose.choices)
    version = serializers.CharField()
    discloser = serializers.CharField()
    scope = serializers.ListField(child=serializers.CharField())
    recipient = serializers.CharField()
    clinician = serializers.UUIDField(allow_null=True)
    signed_name = serializers.CharField()
    agreed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    expires_event = serializers.CharField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    reaches = serializers.ChoiceField(choices=["care_team", "clinician", "others"])
    revocation = serializers.CharField()
    terms = serializers.CharField()


class ConsentsOut(serializers.Serializer[Any]):
    """Every consent of the patient."""

    results = ConsentOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class DisclosureOut(serializers.Serializer[Any]):
    """One time that something left the clinic."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    to = serializers.CharField()
    purpose = serializers.CharField()
    what = serializers.CharField()


class DisclosuresOut(serializers.Serializer[Any]):
    """What left the clinic, with the notice that went with it."""

    results = DisclosureOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    notice = serializers.CharField()


class Consents(APIView):
    """What the signed-in patient agreed to."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_consents", responses=ConsentsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, the newest first, also those that are over."""
        chart = _open_own_consents(request)
        return json_response(
            unpaged([_consent_to_json(consent) for consent in consents.consents_of(chart=chart)])
        )

    @extend_schema(
        operation_id="give_consent",
        request=GivenConsentIn,
        responses={201: ConsentOut, 200: ConsentOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Agree again, for example after taking it back; 200 where the very same holds already."""
        sent, now = validated_body(GivenConsentIn, request), timezone.now()
        consent = consents.record_consent(
            chart=_open_own_consents(request, to_write=True),
            purpose=sent["purpose"],
            version=sent["version"],
            scope=sent["scope"],
            recipient=sent["recipient"],
            signed_name=sent["signed_name"],
            expires_at=sent.get("expires_at"),
            expires_event=sent.get("expires_event"),
            clinician_id=sent.get("clinician"),
            now=now,
        )
        return json_response(
            _consent_to_json(consent), status=201 if consent.agreed_at == now else 200
        )


class RevokeConsent(APIView):
    """Taking a consent back."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="revoke_consent", request=None, responses=ConsentOut)
    def post(self, request: SignedIn, consent_id: UUID) -> HttpResponse:
        """Take it back; it acts on the next request of anybody."""
        consent = consents.revoke_consent(
            chart=_open_own_consents(request, to_write=True),
            consent_id=consent_id,
            now=timezone.now(),
        )
        return json_response(_consent_to_json(consent))


class Disclosures(APIView):
    """What left the clinic of the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_disclosures", responses=DisclosuresOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Account for it (42 CFR 2.25), the newest first."""
        disclosures = consents.disclosures_of(chart=_open_own_consents(request))
        return json_response(
            unpaged([_disclosure_to_json(disclosure) for disclosure in disclosures])
            | {"notice": REDISCLOSURE_NOTICE}
        )


def _open_own_consents(request: SignedIn, *, to_write: bool = False) -> Chart:
    return open_own_chart(
        viewer=request.user, what=DataCategory.CONSENT, now=timezone.now(), to_write=to_write
    )


def _reach_of(consent: Consent) -> str:
    """Return whom it lets see: a consent for others gives this clinic's staff nothing."""
    if consent.clinician_id or consent.recipient_clinician_id:
        return "clinician"
    is_treatment = consent.purpose == Consent.Purpose.TREATMENT
    return "care_team" if is_treatment and not consent.is_for_others else "others"


def _consent_to_json(consent: Consent) -> dict[str, Any]:
    names = ("purpose", "version", "discloser", "scope", "recipient", "signed_name", "agreed_at",
             "expires_at", "expires_event", "revoked_at")  # fmt: skip
    shown = {name: getattr(consent, name) for name in names}
    return {
        "id": consent.pk,
        **shown,
        "clinician": consent.clinician_id or consent.recipient_clinician_id,
        "reaches": _reach_of(consent),
        "revocation": REVOCATION_TEXT,
        "terms": TERMS_BY_PURPOSE.get(consent.purpose, ""),
    }


def _disclosure_to_json(disclosure: Disclosure) -> dict[str, Any]:
    return {name: getattr(disclosure, name) for name in ("id", "at", "to", "purpose", "what")}
