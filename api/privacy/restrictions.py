"""The notice to patients, and requests to restrict how a record is used, with their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import OneOf
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsOfClinic, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from backend.kit.languages import LANGUAGES
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.clinic.notice import PrivacyNotice, read_notice
from care.consents.restrictions import (
    ANSWERS,
    MAX_TEXT_LENGTH,
    RestrictionView,
    answer_restriction,
    ask_to_restrict,
    open_restriction_chart,
    restrictions_of,
)
from care.consents.texts import MAX_VERSION_LENGTH


class NoticeQuery(Input):
    """Which version, and in which language; left out, what is in force, in that of the profile."""

    version: Annotated[str | None, OneLine(MAX_VERSION_LENGTH)] = None
    language: Annotated[str | None, OneOf(LANGUAGES)] = None


@dataclass(frozen=True, slots=True)
class NoticeVersionOut:
    """One version of the notice, and its first day."""

    version: str
    in_force_since: date


@dataclass(frozen=True, slots=True)
class NoticeOut:
    """The notice to patients in one language; paragraphs have a blank line between."""

    version: str
    language: Annotated[str, OneOf(LANGUAGES)]
    text: str
    in_force_since: date
    is_in_force: bool
    versions: Sequence[NoticeVersionOut]

    @classmethod
    def of(cls, notice: PrivacyNotice) -> Self:
        """Show one version."""
        return cls(
            notice.version, notice.language, notice.text, notice.in_force_since,
            notice.is_in_force, [NoticeVersionOut(*one) for one in notice.versions],
        )  # fmt: skip


class Notice(APIView):
    """How the clinic may use a record, and what rights its patients have (42 CFR 2.22)."""

    permission_classes = [IsOfClinic]

    @extend_schema(
        operation_id="read_notice", parameters=query_parameters(NoticeQuery), responses=NoticeOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it; every version is kept."""
        query = validated_query(NoticeQuery, request)
        notice = read_notice(
            clinic_id=request.user.clinic_id, version=query.version, now=timezone.now(),
            language=query.language or request.user.reading_language,
        )  # fmt: skip
        return json_response(NoticeOut.of(notice))


class RestrictionIn(Input):
    """What the patient asks the clinic not to do with their record."""

    text: Annotated[str, Text(MAX_TEXT_LENGTH)]


class RestrictionAnswerIn(Input):
    """The clinic's answer, and why; the patient reads both."""

    answer: Annotated[str, OneOf(ANSWERS)]
    reason: Annotated[str, Text(MAX_TEXT_LENGTH)]


@dataclass(frozen=True, slots=True)
class RestrictionOut:
    """One request, with its answer once there is one."""

    id: UUID
    text: str
    asked_at: datetime
    answer: Annotated[str | None, OneOf(ANSWERS)]
    reason: str | None
    answered_at: datetime | None
    answered_by: str

    @classmethod
    def of(cls, view: RestrictionView) -> Self:
        """Show one."""
        return cls(
            view.id, view.text, view.asked_at, view.answer, view.reason, view.answered_at,
            view.answered_by,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RestrictionsOut(Page):
    """Requests, newest first."""

    results: Sequence[RestrictionOut]

    @classmethod
    def of(cls, views: Sequence[RestrictionView]) -> Self:
        """Show them."""
        return cls([RestrictionOut.of(view) for view in views])


class OwnRestrictions(APIView):
    """Requests of the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_restriction_requests", responses=RestrictionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them with their answers."""
        chart = open_own_chart(viewer=request.user, what=DataCategory.CONSENT, now=timezone.now())
        return json_response(RestrictionsOut.of(restrictions_of(chart=chart)))

    @extend_schema(
        operation_id="ask_to_restrict", request=RestrictionIn,
        responses={201: RestrictionOut, 200: RestrictionOut},
    )  # fmt: skip
    def post(self, request: SignedIn) -> HttpResponse:
        """Ask the clinic; 200 where the same words wait for an answer already."""
        sent, now = validated_body(RestrictionIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.CONSENT, now=now, to_write=True
        )
        made, is_new = ask_to_restrict(chart=chart, text=sent.text, now=now)
        return json_response(RestrictionOut.of(made), status=201 if is_new else 200)


class RestrictionsOfPatient(APIView):
    """Requests of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_restriction_requests_of_patient", responses=RestrictionsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List them with their answers."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.CONSENT)
        return json_response(RestrictionsOut.of(restrictions_of(chart=chart)))


class AnswerRestriction(APIView):
    """The clinic's answer to one request."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="answer_restriction_request", request=RestrictionAnswerIn,
        responses=RestrictionOut,
    )  # fmt: skip
    def post(self, request: SignedIn, request_id: UUID) -> HttpResponse:
        """Grant or decline it, with a reason; another answer than before is 409."""
        sent, now = validated_body(RestrictionAnswerIn, request), timezone.now()
        chart = open_restriction_chart(viewer=request.user, request_id=request_id, now=now)
        answered = answer_restriction(
            chart=chart, request_id=request_id, answer=sent.answer, reason=sent.reason, now=now
        )
        return json_response(RestrictionOut.of(answered))
