"""Episodes of care: admission, level changes, discharge, and a physician's certifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import A_DAY, AN_ID, Day, Id, OneOf, Rule, YesNo, refuse
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import Closed, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.models import Admission, Certification, Episode
from care.programme import episodes
from care.programme.placement import (
    ASAM_CODES,
    ENDINGS,
    LEVELS,
    REFERRAL_KINDS,
    AsamLevel,
    Ending,
    Placement,
    Referral,
)
from care.programme.read import (
    LevelChangeView,
    certifications_of,
    episodes_of,
    level_changes_of,
    open_episode_chart,
)

LEVEL_CHOICES = list(LEVELS)


class HoursAWeek(Rule):
    """Hours a week, from 0 to 100 in steps of a tenth, as a JSON number."""

    _digits = serializers.DecimalField(
        max_digits=4, decimal_places=1, min_value=0, max_value=100, coerce_to_string=False
    )

    def read(self, sent: Any) -> Decimal:
        """Take numbers only; minus zero is zero."""
        if isinstance(sent, bool) or not isinstance(sent, int | float):
            refuse("invalid", "A valid number is required.")
        try:
            return Decimal(self._digits.run_validation(sent)) + 0
        except serializers.ValidationError as refusal:
            [fault, *_] = cast("list[ErrorDetail]", refusal.detail)
            refuse(str(fault.code), str(fault))

    def json_schema(self) -> dict[str, Any]:
        """Return the digits."""
        pattern = r"^-?\d{0,3}(?:\.\d{0,1})?$"
        return {"type": "string", "format": "decimal", "pattern": pattern}


class AdmissionIn(Input):
    """What admission to intensive outpatient care asks; every one must be met."""

    physician: Annotated[
        UUID, AN_ID, Field(description="The physician who certifies; of the care team.")
    ]
    symptoms: Annotated[str, OneOf(Admission.Symptoms.values)]
    lower_level_insufficient: YesNo
    tolerates_intensity: YesNo
    co_occurring_manageable: YesNo
    not_at_imminent_risk: YesNo
    complies: Annotated[str, OneOf(Admission.Compliance.values)]


class AsamIn(Input):
    """A level by the ASAM criteria; ``code`` is one of that edition, such as ``2.1``."""

    edition: Annotated[str, OneOf(list(ASAM_CODES))]
    code: Annotated[str, OneLine(6)]


class ReferralIn(Input):
    """Who sent the patient; the name in short is kept encrypted."""

    kind: Annotated[str, OneOf(REFERRAL_KINDS)]
    name: Annotated[str, OneLine(120)] = ""


class EpisodeIn(Input):
    """An admission; ``admission`` is asked for ``intensive_outpatient`` only."""

    patient: Id
    level_of_care: Annotated[str, OneOf(LEVEL_CHOICES)]
    admitted_on: Day
    planned_hours_per_week: Annotated[Decimal, HoursAWeek()] | None = None
    admission: AdmissionIn | None = None
    asam: AsamIn | None = None
    referral: ReferralIn | None = None


class LevelChangeIn(Input):
    """A step to another level, or the discharge, with its reason.

    ``outcome`` is how an episode ended, at discharge only; ``receiving`` names the programme that
    goes on, after a transfer only.
    """

    to: Annotated[str, OneOf([*LEVEL_CHOICES, episodes.DISCHARGE])]
    on: Day
    reason: Annotated[str, Text(1000)]
    planned_hours_per_week: Annotated[Decimal, HoursAWeek()] | None = None
    admission: AdmissionIn | None = None
    asam: AsamIn | None = None
    outcome: Annotated[str | None, OneOf(ENDINGS)] = None
    receiving: Annotated[str | None, OneLine(200)] = None


class PatientQuery(Input):
    """Whose."""

    patient: Annotated[
        UUID | None, AN_ID, Field(description="One patient; without it, all of yours.")
    ] = None


@dataclass(frozen=True, slots=True)
class AsamOut:
    """A level by the ASAM criteria."""

    edition: Annotated[str, OneOf(list(ASAM_CODES))]
    code: str


@dataclass(frozen=True, slots=True)
class ReferralOut:
    """Who sent the patient."""

    kind: Annotated[str, OneOf(REFERRAL_KINDS)]
    name: str


@dataclass(frozen=True, slots=True)
class EpisodeOut:
    """One episode of care; dates are days of the clinic's calendar."""

    id: UUID
    patient: UUID
    level_of_care: Annotated[str, OneOf(LEVEL_CHOICES)]
    admitted_on: date
    discharged_on: date | None
    planned_hours_per_week: float | None
    admission_asked_at: datetime | None
    asam: AsamOut | None
    referral: ReferralOut | None

    @classmethod
    def of(cls, row: Episode) -> Self:
        asam, referral = None, None
        if row.asam_edition is not None and row.asam_code is not None:
            asam = AsamOut(row.asam_edition, row.asam_code)
        if row.referral_kind is not None:
            referral = ReferralOut(row.referral_kind, row.referral_from or "")
        return cls(
            id=row.pk, patient=row.patient_id, level_of_care=row.level_of_care,
            admitted_on=row.admitted_on, discharged_on=row.discharged_on,
            planned_hours_per_week=float_or_none(row.planned_hours_per_week),
            admission_asked_at=getattr(getattr(row, "admission", None), "asked_at", None),
            asam=asam, referral=referral,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EpisodesOut(Page):
    """Episodes, newest first."""

    results: Sequence[EpisodeOut]


@dataclass(frozen=True, slots=True)
class LevelChangeOut:
    """One step; ``entered`` is the episode that it opened, null for a discharge."""

    id: UUID
    step: Annotated[str, OneOf(["up", "down", "discharge"])]
    on: date
    reason: str
    decided_by: str
    entered: UUID | None
    outcome: Annotated[str | None, OneOf(ENDINGS)]
    receiving: str | None

    @classmethod
    def of(cls, step: LevelChangeView) -> Self:
        return cls(
            id=step.id, step=step.step, on=step.changed_on, reason=step.reason,
            decided_by=step.decided_by, entered=step.entered_id, outcome=step.outcome,
            receiving=step.receiving,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelChangesOut:
    """The steps that ended or began an episode."""

    results: Sequence[LevelChangeOut]


class ReadableByPatients(APIView):
    """Patients read their own; clinicians read and write."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Return the permissions: patients and staff may read, clinicians may write."""
        return [IsPatientOrStaff() if self.request.method == "GET" else IsClinician()]


class Episodes(ReadableByPatients):
    """Episodes of care."""

    @extend_schema(
        operation_id="list_episodes",
        parameters=query_parameters(PatientQuery),
        responses=EpisodesOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = validated_query(PatientQuery, request).patient
        rows = episodes_of(viewer=request.user, patient_id=patient_id, now=timezone.now())
        return json_response(EpisodesOut([EpisodeOut.of(row) for row in rows]))

    @extend_schema(operation_id="admit", request=EpisodeIn, responses={201: EpisodeOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Admit a patient to a level of care."""
        sent = validated_body(EpisodeIn, request)
        placement = Placement(
            sent.level_of_care, sent.admitted_on, sent.planned_hours_per_week,
            _answers(sent.admission), _asam(sent.asam), _referral(sent.referral),
        )  # fmt: skip
        episode = episodes.admit_patient(
            clinician=request.user, patient_id=sent.patient, placement=placement,
            now=timezone.now(),
        )  # fmt: skip
        return json_response(EpisodeOut.of(episode), status=201)


class LevelChanges(ReadableByPatients):
    """Steps up and down of one episode."""

    @extend_schema(operation_id="list_level_changes", responses=LevelChangesOut)
    def get(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """List the steps that began and ended it, with their reasons."""
        now = timezone.now()
        chart = open_episode_chart(viewer=request.user, episode_id=episode_id, now=now)
        steps = level_changes_of(chart=chart, episode_id=episode_id)
        return json_response(LevelChangesOut([LevelChangeOut.of(step) for step in steps]))

    @extend_schema(
        operation_id="change_level", request=LevelChangeIn, responses={201: LevelChangeOut}
    )
    def post(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """End the episode and open the next level, or discharge."""
        sent = validated_body(LevelChangeIn, request)
        hours, answers = sent.planned_hours_per_week, _answers(sent.admission)
        change = episodes.change_level(
            clinician=request.user, episode_id=episode_id, reason=sent.reason, now=timezone.now(),
            placement=Placement(sent.to, sent.on, hours, answers, _asam(sent.asam)),
            ending=_ending(sent),
        )  # fmt: skip
        step = LevelChangeView(
            change.pk, change.step, change.changed_on, sent.reason, request.user.display_name,
            change.entered_id, change.outcome, change.receiving,
        )  # fmt: skip
        return json_response(LevelChangeOut.of(step), status=201)


def _answers(admission: AdmissionIn | None) -> dict[str, Any] | None:
    return None if admission is None else admission.model_dump()


def _asam(sent: AsamIn | None) -> AsamLevel | None:
    return None if sent is None else AsamLevel(sent.edition, sent.code)


def _referral(sent: ReferralIn | None) -> Referral | None:
    return None if sent is None else Referral(sent.kind, sent.name)


def _ending(sent: LevelChangeIn) -> Ending | None:
    if sent.outcome is None and sent.receiving is not None:
        raise InvalidInput.of("outcome", "required", "Tell how the episode ended.")
    return None if sent.outcome is None else Ending(sent.outcome, sent.receiving)


def float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)


class CertificationIn(Input):
    """A physician's certification of the open episode."""

    patient: Id
    certified_on: Annotated[date | None, A_DAY] = None


@dataclass(frozen=True, slots=True)
class CertificationOut:
    """One certification; it holds until ``renew_by``."""

    id: UUID
    patient: UUID
    episode: UUID
    physician: str
    certified_on: date
    renew_by: date

    @classmethod
    def of(cls, row: Certification) -> Self:
        return cls(
            id=row.pk, patient=row.patient_id, episode=row.episode_id,
            physician=row.physician.display_name, certified_on=row.certified_on,
            renew_by=row.renew_by,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CertificationsOut(Page):
    """Certifications, newest first."""

    results: Sequence[CertificationOut]


class Certifications(ReadableByPatients):
    """A physician's certifications."""

    @extend_schema(
        operation_id="list_certifications",
        parameters=query_parameters(PatientQuery),
        responses=CertificationsOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = validated_query(PatientQuery, request).patient
        certifications = certifications_of(
            viewer=request.user, patient_id=patient_id, now=timezone.now()
        )
        return json_response(
            CertificationsOut([CertificationOut.of(row) for row in certifications])
        )

    @extend_schema(
        operation_id="certify", request=CertificationIn, responses={201: CertificationOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Certify the need for the open episode, as a physician of the care team."""
        sent, now = validated_body(CertificationIn, request), timezone.now()
        today = local_day(now, request.user.clinic.time_zone)
        certification, is_new = episodes.certify_episode(
            physician=request.user, patient_id=sent.patient,
            certified_on=sent.certified_on or today, now=now,
        )  # fmt: skip
        return json_response(CertificationOut.of(certification), status=201 if is_new else 200)
