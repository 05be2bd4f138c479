"""Consents of the signed-in patient, and the accounting of disclosures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import AN_ID, AN_INSTANT, Agreement, ListOf, OneOf
from api.http.inputs import Input, validated_body
from api.http.permissions import Anyone, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response, public_json_response
from api.http.text_fields import OneLine, Text
from backend.kit.languages import LANGUAGES
from care.access.chart import Chart
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.open import open_own_chart
from care.consents import consents
from care.consents.consents import REDISCLOSURE_NOTICE, REVOCATION_TEXT
from care.consents.texts import MAX_VERSION_LENGTH, ConsentText, texts_in_force
from care.models import Consent, Disclosure, SupportPerson

NOTES = Consent.Purpose.COUNSELLING_NOTES
ALL_SCOPES = sorted({name for names in CONSENT_SCOPES.values() for name in names})


class GivenConsentIn(Input):
    """What the patient agrees to, with the elements of 42 CFR 2.31(a).

    Purpose ``counselling_notes`` names one ``clinician`` of the care team instead of a recipient,
    and must have an end; no other purpose covers those notes, nor is covered with them. A version
    that is not in force is refused with 400 ``consent_version``: read ``consents/texts`` again.
    """

    purpose: Annotated[str, OneOf(Consent.Purpose)]
    version: Annotated[str, Text(MAX_VERSION_LENGTH)]
    #: In which language its text was shown; left out, it is that of the profile.
    language: Annotated[str | None, OneOf(LANGUAGES)] = None
    agreed: Annotated[bool, Agreement("Must be agreed to.")]
    signed_name: Annotated[str, OneLine(120)]
    scope: Annotated[list[Annotated[str, OneOf(ALL_SCOPES)]], ListOf(10, least=1)]
    recipient: Annotated[str, OneLine(200)] = ""
    clinician: Annotated[UUID | None, AN_ID] = None
    expires_at: Annotated[datetime | None, AN_INSTANT] = None
    expires_event: Annotated[str | None, OneOf(Consent.Event)] = None


@dataclass(frozen=True, slots=True)
class ConsentOut:
    """One consent, how it is taken back, and what stood above its signature.

    ``text`` is what was signed, word for word, in ``language``; empty of a consent from before
    texts were kept. ``terms`` repeats it for counselling notes, and is empty for other purposes.
    ``joined_at`` is when the support person whom it names used their code, null until then.
    ``reaches`` tells how the recipient was read: what is for others lets no staff see anything.
    """

    id: UUID
    purpose: Annotated[str, OneOf(Consent.Purpose)]
    version: str
    text: str
    language: str
    discloser: str
    scope: Sequence[str]
    recipient: str
    signed_name: str
    agreed_at: datetime
    expires_at: datetime | None
    expires_event: str | None
    revoked_at: datetime | None
    clinician: UUID | None
    joined_at: datetime | None
    reaches: Annotated[str, OneOf(["care_team", "clinician", "others"])]
    revocation: str
    terms: str

    @classmethod
    def of(cls, consent: Consent, *, language: str) -> Self:
        """Show a consent to its patient, who reads this language."""
        return cls(
            id=consent.pk, purpose=consent.purpose, version=consent.version,
            text=consent.text, language=consent.language,
            discloser=consent.discloser, scope=consent.scope, recipient=consent.recipient,
            signed_name=consent.signed_name, agreed_at=consent.agreed_at,
            expires_at=consent.expires_at, expires_event=consent.expires_event,
            revoked_at=consent.revoked_at,
            clinician=consent.clinician_id or consent.recipient_clinician_id,
            joined_at=_joined_at(consent), reaches=_reach_of(consent),
            revocation=REVOCATION_TEXT.spoken(language),
            terms=consent.text if consent.purpose == NOTES else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsentsOut(Page):
    """Every consent of the patient."""

    results: Sequence[ConsentOut]


@dataclass(frozen=True, slots=True)
class DisclosureOut:
    """One time that something left the clinic."""

    id: UUID
    at: datetime
    to: str
    purpose: str
    what: str

    @classmethod
    def of(cls, disclosure: Disclosure) -> Self:
        """Show a disclosure."""
        return cls(
            id=disclosure.pk, at=disclosure.at, to=disclosure.to, purpose=disclosure.purpose,
            what=disclosure.what,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosuresOut(Page):
    """What left the clinic, with the notice that went with it."""

    results: Sequence[DisclosureOut]
    notice: str


@dataclass(frozen=True, slots=True)
class ConsentTextOut:
    """What is agreed to for one purpose, in one language; paragraphs have a blank line between."""

    purpose: Annotated[str, OneOf(Consent.Purpose)]
    version: str
    language: Annotated[str, OneOf(LANGUAGES)]
    text: str
    in_force_since: date

    @classmethod
    def of(cls, text: ConsentText, language: str) -> Self:
        """Show a text in one of its languages."""
        return cls(
            purpose=text.purpose, version=text.version, language=language,
            text=text.words[language], in_force_since=text.in_force_since,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsentTextsOut(Page):
    """The text in force of each purpose, in each language."""

    results: Sequence[ConsentTextOut]


class ConsentTexts(APIView):
    """What is agreed to, for everybody: the first run shows it before there is an account."""

    permission_classes = [Anyone]
    # Not authenticated: a token that ended must not keep anybody from reading what they sign.
    authentication_classes = []

    @extend_schema(
        operation_id="list_consent_texts", responses={200: ConsentTextsOut, 304: None}, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """List what is in force today; agree to it by its version.

        Every version is kept with what was signed by it, so an older one is read at ``consents``.
        """
        return public_json_response(
            request,
            ConsentTextsOut(
                [
                    ConsentTextOut.of(text, language)
                    for text in texts_in_force(now=timezone.now())
                    for language in LANGUAGES
                ]
            ),
        )


class Consents(APIView):
    """What the signed-in patient agreed to."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_consents", responses=ConsentsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, the newest first, also those that are over."""
        chart = _open_own_consents(request)
        return json_response(
            ConsentsOut(
                [
                    ConsentOut.of(consent, language=chart.language)
                    for consent in consents.consents_of(chart=chart)
                ]
            )
        )

    @extend_schema(
        operation_id="give_consent",
        request=GivenConsentIn,
        responses={201: ConsentOut, 200: ConsentOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Agree again, for example after taking it back; 200 where the very same holds already."""
        sent, now = validated_body(GivenConsentIn, request), timezone.now()
        chart = _open_own_consents(request, to_write=True)
        consent = consents.record_consent(
            chart=chart,
            purpose=sent.purpose,
            version=sent.version,
            language=sent.language or chart.language,
            scope=sent.scope,
            recipient=sent.recipient,
            signed_name=sent.signed_name,
            expires_at=sent.expires_at,
            expires_event=sent.expires_event,
            clinician_id=sent.clinician,
            now=now,
        )
        answer = ConsentOut.of(consent, language=chart.language)
        return json_response(answer, status=201 if consent.agreed_at == now else 200)


class RevokeConsent(APIView):
    """Taking a consent back."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="revoke_consent", request=None, responses=ConsentOut)
    def post(self, request: SignedIn, consent_id: UUID) -> HttpResponse:
        """Take it back; it acts on the next request of anybody."""
        chart = _open_own_consents(request, to_write=True)
        consent = consents.revoke_consent(chart=chart, consent_id=consent_id, now=timezone.now())
        return json_response(ConsentOut.of(consent, language=chart.language))


class Disclosures(APIView):
    """What left the clinic of the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_disclosures", responses=DisclosuresOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Account for it (42 CFR 2.25), the newest first."""
        disclosures = consents.disclosures_of(chart=_open_own_consents(request))
        return json_response(
            DisclosuresOut(
                results=[DisclosureOut.of(disclosure) for disclosure in disclosures],
                notice=REDISCLOSURE_NOTICE,
            )
        )


def _open_own_consents(request: SignedIn, *, to_write: bool = False) -> Chart:
    return open_own_chart(
        viewer=request.user, what=DataCategory.CONSENT, now=timezone.now(), to_write=to_write
    )


def _joined_at(consent: Consent) -> datetime | None:
    is_named = consent.purpose == Consent.Purpose.FAMILY_SUPPORT
    person: SupportPerson | None = getattr(consent, "support_person", None) if is_named else None
    return person.accepted_at if person is not None else None


def _reach_of(consent: Consent) -> str:
    """Return whom it lets see: a consent for others gives this clinic's staff nothing."""
    if consent.clinician_id or consent.recipient_clinician_id:
        return "clinician"
    is_treatment = consent.purpose == Consent.Purpose.TREATMENT
    return "care_team" if is_treatment and not consent.is_for_others else "others"
