"""The patient's rights: what they agreed to, who looked, what left; and emergencies."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import PageAsked, asked_page, page, whole
from api.permissions import IsAdmin, IsClinician, IsPatient, IsProved
from api.reading import (
    ChoiceOf,
    IdField,
    Input,
    InstantField,
    ListOf,
    OneLine,
    PlainText,
    YesNoField,
    asked,
    checked,
)
from api.refusals import NotFound
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass
from care.actions import breaking_glass, consents
from care.consenting import NOTICE, REVOCATION, SCOPES, TERMS
from care.models import BreakGlass, Consent, Disclosure
from care.queries import consents as granted
from care.queries.consents import Look

ALL_SCOPES = sorted({name for names in SCOPES.values() for name in names})


class GivenConsentIn(Input):
    """What the patient agrees to, with the elements of 42 CFR 2.31(a).

    Purpose ``counselling_notes`` names one ``clinician`` of the care team instead of a recipient,
    and must have an end; no other purpose covers those notes, nor is covered with them.
    """

    purpose = ChoiceOf(choices=Consent.Purpose.choices)
    version = PlainText(max_length=40)
    agreed = YesNoField()
    signed_name = OneLine(max_length=120)
    scope = ListOf(child=ChoiceOf(choices=ALL_SCOPES), min_length=1, max_length=10)
    recipient = OneLine(max_length=200, required=False, default="")
    clinician = IdField(required=False)
    expires_at = InstantField(required=False)
    expires_event = ChoiceOf(choices=Consent.Event.choices, required=False)

    def validate_agreed(self, agreed: object) -> object:
        """Nothing is recorded that was not agreed to."""
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


class LookOut(serializers.Serializer[Any]):
    """Who reached for what, when and why, in plain words."""

    at = serializers.DateTimeField()
    who = serializers.CharField()
    role = serializers.CharField()
    action = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()


class LooksOut(serializers.Serializer[Any]):
    """A page of the patient's access log."""

    results = LookOut(many=True)
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


class EmergencyIn(Input):
    """Why a chart must be opened now."""

    reason = PlainText(max_length=1_000)


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


class Consents(APIView):
    """What the signed-in patient agreed to."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_consents", responses=ConsentsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, the newest first, also those that are over."""
        chart = _own(request)
        return answer(whole([_consent(found) for found in granted.consents_of(chart=chart)]))

    @extend_schema(
        operation_id="give_consent",
        request=GivenConsentIn,
        responses={201: ConsentOut, 200: ConsentOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Agree again, for example after taking it back; 200 where the very same holds already."""
        sent, now = checked(GivenConsentIn, request), timezone.now()
        made = consents.record_consent(
            chart=_own(request, to_write=True),
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
        return answer(_consent(made), status=201 if made.agreed_at == now else 200)


class RevokeConsent(APIView):
    """Taking a consent back."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="revoke_consent", request=None, responses=ConsentOut)
    def post(self, request: SignedIn, consent_id: UUID) -> HttpResponse:
        """Take it back; it acts on the next request of anybody."""
        found = consents.revoke_consent(
            chart=_own(request, to_write=True), consent_id=consent_id, now=timezone.now()
        )
        return answer(_consent(found))


class AccessLog(APIView):
    """Who looked at the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_looks",
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=LooksOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List it, the newest first, refusals included; it is never behind."""
        asked(PageAsked, request)
        wanted = asked_page(request, tie=int)
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.ACCESS_LOG, now=timezone.now()
        )
        found = granted.looks_page(
            chart=chart, limit=wanted.limit + 1, position=wanted.position,
            is_backwards=wanted.is_backwards,
        )  # fmt: skip
        return answer(
            page(
                request,
                wanted=wanted,
                rows=found,
                place=lambda look: (look.at, look.row),
                shape=_look,
            )
        )


class Disclosures(APIView):
    """What left the clinic of the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_disclosures", responses=DisclosuresOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Account for it (42 CFR 2.25), the newest first."""
        found = granted.disclosures_of(chart=_own(request))
        return answer(whole([_disclosure(one) for one in found]) | {"notice": NOTICE})


class OpenInEmergency(APIView):
    """One chart, in an emergency, without being on its care team."""

    permission_classes = [IsClinician, IsProved]

    @extend_schema(operation_id="break_glass", request=EmergencyIn, responses={201: EmergencyOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Open it for reading, for an hour; the patient and the privacy officer are told."""
        sent = checked(EmergencyIn, request)
        found = breaking_glass.break_glass(
            clinician=request.user, patient_id=patient_id, reason=sent["reason"],
            now=timezone.now(),
        )  # fmt: skip
        return answer({"id": found.pk, "ends_at": found.ends_at}, status=201)


class Emergencies(APIView):
    """Charts that were opened in an emergency, for the privacy officer."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_emergencies", responses=EmergenciesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List those that nobody has looked at yet."""
        found = breaking_glass.unreviewed(clinic_id=request.user.clinic_id)
        access.log_list(
            viewer=request.user, patient_ids=[one.patient_id for one in found],
            what=DataClass.BREAK_GLASS, reason="privacy_review", now=timezone.now(),
        )  # fmt: skip
        return answer(whole([_emergency(one) for one in found]))


class ReviewEmergency(APIView):
    """One chart that was opened in an emergency."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="review_emergency", request=None, responses={204: None})
    def post(self, request: SignedIn, emergency_id: UUID) -> HttpResponse:
        """Note that the privacy officer looked at it."""
        if not breaking_glass.mark_reviewed(
            officer=request.user, break_glass_id=emergency_id, now=timezone.now()
        ):
            raise NotFound
        return HttpResponse(status=204)


def _own(request: SignedIn, *, to_write: bool = False) -> Chart:
    return access.open_own_chart(
        viewer=request.user, what=DataClass.CONSENT, now=timezone.now(), to_write=to_write
    )


def _reaches(found: Consent) -> str:
    """Tell whom it lets see: a consent for others gives this clinic's staff nothing."""
    if found.clinician_id or found.recipient_clinician_id:
        return "clinician"
    is_treatment = found.purpose == Consent.Purpose.TREATMENT
    return "care_team" if is_treatment and not found.is_for_others else "others"


def _consent(found: Consent) -> dict[str, Any]:
    names = ("purpose", "version", "discloser", "scope", "recipient", "signed_name", "agreed_at",
             "expires_at", "expires_event", "revoked_at")  # fmt: skip
    shown = {name: getattr(found, name) for name in names}
    return {
        "id": found.pk,
        **shown,
        "clinician": found.clinician_id or found.recipient_clinician_id,
        "reaches": _reaches(found),
        "revocation": REVOCATION,
        "terms": TERMS.get(found.purpose, ""),
    }


def _look(look: Look) -> dict[str, Any]:
    names = ("at", "who", "role", "action", "what", "why")
    return {name: getattr(look, name) for name in names}


def _disclosure(found: Disclosure) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("id", "at", "to", "purpose", "what")}


def _emergency(found: BreakGlass) -> dict[str, Any]:
    return {
        "id": found.pk,
        "patient": found.patient_id,
        "clinician": found.clinician_name,
        "opened_at": found.opened_at,
        "ends_at": found.ends_at,
        "reason": breaking_glass.reason_of(found),
    }
