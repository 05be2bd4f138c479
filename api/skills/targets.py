"""Personal targets of patients, and the targets and triggers that a clinic offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import ListOf
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import IsAdmin, IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.programme.targets import MOST_TARGETS
from journaling.skills.clinic_vocabulary import (
    MAX_TERMS,
    ClinicTerms,
    set_clinic_terms,
    terms_of_clinic,
)
from journaling.skills.patient_skills import (
    OfferedTargets,
    replace_targets,
    targets_with_offer,
)


class TargetsIn(Input):
    """All targets of the patient, up to four; each names an urge of the diary card."""

    targets: Annotated[list[Annotated[str, OneLine(60)]], ListOf(MOST_TARGETS)]


class TermsIn(Input):
    """All that the clinic offers beside what ships."""

    targets: Annotated[list[Annotated[str, OneLine(60)]], ListOf(MAX_TERMS)]
    triggers: Annotated[list[Annotated[str, OneLine(60)]], ListOf(MAX_TERMS)]


@dataclass(frozen=True, slots=True)
class TermsOut:
    """What the clinic offers beside what ships with this version."""

    targets: Sequence[str]
    triggers: Sequence[str]

    @classmethod
    def of(cls, terms: ClinicTerms) -> Self:
        """Show what a clinic offers."""
        return cls(targets=terms.targets, triggers=terms.triggers)


@dataclass(frozen=True, slots=True)
class TargetsOut:
    """The patient's targets; ``rev`` is 0 before the first ones."""

    targets: Sequence[str]
    rev: int
    changed_at: datetime | None
    changed_by_role: str | None
    offered: TermsOut


class Targets(APIView):
    """The signed-in patient's own targets; nobody is shown another patient's."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_targets", responses=TargetsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read them, with what the clinic offers to pick from."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.TARGETS, now=now)
        return _targets_response(targets_with_offer(chart=chart, clinic_id=request.user.clinic_id))

    @extend_schema(operation_id="set_targets", request=TargetsIn, responses=TargetsOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace them; needs ``If-Match`` with the revision that was read."""
        sent, rev = validated_body(TargetsIn, request), if_match_rev(request)
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.TARGETS, now=timezone.now(), to_write=True
        )
        replaced = replace_targets(
            chart=chart, clinic_id=request.user.clinic_id, names=sent.targets, rev=rev,
            now=timezone.now(),
        )  # fmt: skip
        return _targets_response(replaced)


class TargetsOfPatient(APIView):
    """The targets of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_targets_of_patient", responses=TargetsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read them, with what the clinic offers to pick from."""
        chart = open_patient_chart(request, patient_id, what=DataCategory.TARGETS)
        return _targets_response(targets_with_offer(chart=chart, clinic_id=request.user.clinic_id))

    @extend_schema(operation_id="set_targets_of_patient", request=TargetsIn, responses=TargetsOut)
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Replace them; needs ``If-Match`` with the revision that was read."""
        sent, rev = validated_body(TargetsIn, request), if_match_rev(request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.TARGETS, to_write=True)
        replaced = replace_targets(
            chart=chart, clinic_id=request.user.clinic_id, names=sent.targets, rev=rev,
            now=timezone.now(),
        )  # fmt: skip
        return _targets_response(replaced)


class TermsOfClinic(APIView):
    """Triggers and targets that the clinic offers."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="read_clinic_terms", responses=TermsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read them."""
        return json_response(TermsOut.of(terms_of_clinic(clinic_id=request.user.clinic_id)))

    @extend_schema(operation_id="set_clinic_terms", request=TermsIn, responses=TermsOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace them; what is no longer offered is still taken from phones that wrote it."""
        sent = validated_body(TermsIn, request)
        terms = set_clinic_terms(
            clinic_id=request.user.clinic_id, targets=sent.targets, triggers=sent.triggers
        )
        return json_response(TermsOut.of(terms))


def _targets_response(shown: OfferedTargets) -> HttpResponse:
    targets = shown.targets
    body = TargetsOut(
        targets=targets.names,
        rev=targets.rev,
        changed_at=targets.changed_at,
        changed_by_role=targets.changed_by_role,
        offered=TermsOut.of(shown.offered),
    )
    return json_response(body, rev=targets.rev)
