"""Handovers to the next team, and the SMART Health Link behind which each of them stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.http.answers import Page, Sparse
from api.http.fields import AN_ID, OneOf, WholeNumber
from api.http.inputs import Input, validated_body
from api.http.permissions import Anyone, IsClinician, IsPatient, IsPatientOrStaff
from api.http.requests import SignedIn, client_address, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, Secret
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.handovers import fetch, make
from care.handovers.make import (
    DEFAULT_DAYS,
    FILE_TYPE,
    LONGEST_DAYS,
    HandoverConsent,
    HandoverView,
    MadeHandover,
    open_handover_chart,
)
from journaling.handovers.make import HandoverOverview, make_handover, read_handovers

HANDOVER_PARTS = CONSENT_SCOPES["handover"]
#: Programs in browsers of other places open links, as the standard asks for.
_ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
}
_LARGEST = 2**31 - 1


class HandoverIn(Input):
    """A handover; ``consent`` may be left out where exactly one is in force."""

    consent: Annotated[UUID | None, AN_ID] = None
    days: Annotated[int, WholeNumber(1, LONGEST_DAYS)] = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class MadeHandoverOut:
    """The link and its passcode, told once: give them on by two different ways."""

    id: UUID
    link: str
    passcode: str
    expires_at: datetime

    @classmethod
    def of(cls, made: MadeHandover, *, address: str) -> Self:
        """Show one that was just made."""
        return cls(made.id, made.link(address), made.passcode, made.expires_at)


@dataclass(frozen=True, slots=True)
class HandoverOut:
    """One handover, without its link; ``attempts_left`` are wrong passcodes until it is locked."""

    id: UUID
    recipient: str
    parts: Sequence[Annotated[str, OneOf(HANDOVER_PARTS)]]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    open: bool
    attempts_left: int
    fetches: int
    last_fetched_at: datetime | None

    @classmethod
    def of(cls, view: HandoverView, *, now: datetime) -> Self:
        """Show one as it stands at that moment."""
        return cls(
            view.id, view.recipient, view.parts, view.made_at, view.expires_at,
            view.revoked_at or view.consent_revoked_at, view.is_open(now), view.attempts_left,
            view.fetches, view.last_fetched_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandoverConsentOut:
    """What the patient agreed to hand over, to whom, and until when."""

    id: UUID
    recipient: str
    parts: Sequence[Annotated[str, OneOf(HANDOVER_PARTS)]]
    expires_at: datetime

    @classmethod
    def of(cls, consent: HandoverConsent) -> Self:
        """Show one that is in force."""
        return cls(consent.id, consent.recipient, consent.parts, consent.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoversOut(Page):
    """Handovers, newest first, and the consents in force on which one can be made."""

    results: Sequence[HandoverOut]
    consents: Sequence[HandoverConsentOut]

    @classmethod
    def of(cls, read: HandoverOverview, *, now: datetime) -> Self:
        """Show both."""
        return cls(
            results=[HandoverOut.of(one, now=now) for one in read.handovers],
            consents=[HandoverConsentOut.of(one) for one in read.consents],
        )


class HandoversOfPatient(APIView):
    """Handovers of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_handovers_of_patient", responses=HandoversOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them, also those that are over."""
        now = timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.HANDOVER)
        return json_response(HandoversOut.of(read_handovers(chart=chart, now=now), now=now))

    @extend_schema(
        operation_id="make_handover", request=HandoverIn, responses={201: MadeHandoverOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Hand over what the patient agreed to; without a consent 409 ``handover_not_agreed``.

        Each time makes a link of its own, so it takes no ``Idempotency-Key``: link and passcode
        are kept nowhere. One whose answer was lost is revoked.
        """
        sent, now = validated_body(HandoverIn, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.HANDOVER, to_write=True)
        made = make_handover(chart=chart, consent_id=sent.consent, days=sent.days, now=now)
        address = request.build_absolute_uri(f"/api/v1/shl/{made.secret}")
        return json_response(MadeHandoverOut.of(made, address=address), status=201)


class OwnHandovers(APIView):
    """Handovers of the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_handovers", responses=HandoversOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, also those that are over."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.HANDOVER, now=now)
        return json_response(HandoversOut.of(read_handovers(chart=chart, now=now), now=now))


class OneHandover(APIView):
    """One handover, of the caller or of a patient of theirs."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="revoke_handover", request=None, responses={204: None})
    def delete(self, request: SignedIn, handover_id: UUID) -> HttpResponse:
        """Revoke it: its link opens nothing from the next request on."""
        now = timezone.now()
        chart = open_handover_chart(viewer=request.user, handover_id=handover_id, now=now)
        make.revoke_handover(chart=chart, handover_id=handover_id, now=now)
        return HttpResponse(status=204)


class ManifestIn(Input):
    """Who asks, by whatever name they give, and the passcode."""

    recipient: Annotated[str, OneLine(200)]
    passcode: Annotated[str, Secret(64, may_be_blank=True)] = ""
    embedded_length_max: Annotated[
        int | None, WholeNumber(0, _LARGEST), Field(alias="embeddedLengthMax")
    ] = None


@dataclass(frozen=True)
class ManifestFileOut(Sparse):
    """One encrypted file: a JWE that stands here, or where to fetch it within minutes."""

    contentType: str  # noqa: N815 (the standard's name)
    embedded: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class ManifestOut:
    """The manifest of a SMART Health Link."""

    status: Annotated[str, OneOf(["finalized"])]
    files: Sequence[ManifestFileOut]


@dataclass(frozen=True, slots=True)
class WrongPasscodeOut:
    """How many more passcodes may be tried; 0 where the link is locked for good."""

    remainingAttempts: int  # noqa: N815 (the standard's name)


class _OpenToAnyOrigin(APIView):
    """An address of a link: without an account, and from programs in browsers of other places."""

    permission_classes = [Anyone]
    authentication_classes = []

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer what a browser asks before it sends the request."""
        return HttpResponse(status=204)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the headers by which programs of any origin read the answer, and nobody keeps it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in _ANY_ORIGIN.items():
            final[name] = value
        final["Cache-Control"] = "no-store"
        return final


class LinkManifest(_OpenToAnyOrigin):
    """The manifest of one link."""

    @extend_schema(
        operation_id="open_handover_link", request=ManifestIn, auth=[],
        responses={200: ManifestOut, 401: WrongPasscodeOut},
    )  # fmt: skip
    def post(self, request: Request, link: str) -> HttpResponse:
        """Open it by its passcode, as a SMART Health Link; each time is told to the patient.

        A wrong passcode answers 401 with what is left of ten tries in all; then it is locked.
        """
        sent = validated_body(ManifestIn, request)
        try:
            file = fetch.fetch_handover(
                secret=link, recipient=sent.recipient, passcode=sent.passcode,
                address=client_address(request), now=timezone.now(),
            )  # fmt: skip
        except fetch.WrongPasscode as refusal:
            response = json_response(WrongPasscodeOut(refusal.left), status=401)
            response["WWW-Authenticate"] = 'Bearer realm="passcode"'
            return response
        if sent.embedded_length_max is None or len(file) <= sent.embedded_length_max:
            return json_response(_manifest(ManifestFileOut(FILE_TYPE, embedded=file)))
        address = f"/api/v1/shl/files/{fetch.make_ticket(secret=link)}"
        location = request.build_absolute_uri(address)
        return json_response(_manifest(ManifestFileOut(FILE_TYPE, location=location)))


class LinkFile(_OpenToAnyOrigin):
    """The file of a link, for a program that takes no large manifest."""

    @extend_schema(
        operation_id="fetch_handover_file", auth=[],
        responses={(200, "application/jose"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, ticket: str) -> HttpResponse:
        """Fetch it, within minutes after its passcode was right."""
        file = fetch.file_of_ticket(ticket=ticket, now=timezone.now())
        return HttpResponse(file, content_type="application/jose")


def _manifest(file: ManifestFileOut) -> ManifestOut:
    return ManifestOut(status="finalized", files=[file])
