"""Personal targets: what a patient watches besides the urges that everybody is asked about."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.charts import chart_of
from api.permissions import IsClinician, IsPatient
from api.reading import Input, ListOf, OneLine, checked, sent_rev
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass
from care.actions.targets import MOST_TARGETS, set_targets
from care.queries.targets import targets_of
from journaling import queries
from journaling.queries.terms import Terms


class TargetsIn(Input):
    """All targets of the patient, up to four; each names an urge of the diary card."""

    targets = ListOf(child=OneLine(max_length=60), max_length=MOST_TARGETS)


class TermsOut(serializers.Serializer[Any]):
    """What the clinic offers beside what ships with this version."""

    targets = serializers.ListField(child=serializers.CharField())
    triggers = serializers.ListField(child=serializers.CharField())


class TargetsOut(serializers.Serializer[Any]):
    """The patient's targets; ``rev`` is 0 before the first ones."""

    targets = serializers.ListField(child=serializers.CharField())
    rev = serializers.IntegerField()
    changed_at = serializers.DateTimeField(allow_null=True)
    changed_by_role = serializers.CharField(allow_null=True)
    offered = TermsOut()


class Targets(APIView):
    """The signed-in patient's own targets; nobody is shown another patient's."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_targets", responses=TargetsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read them, with what the clinic offers to pick from."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.TARGETS, now=now)
        return _answer(request, chart)

    @extend_schema(operation_id="set_targets", request=TargetsIn, responses=TargetsOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace them; needs ``If-Match`` with the revision that was read."""
        sent, rev = checked(TargetsIn, request), sent_rev(request)
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.TARGETS, now=timezone.now(), to_write=True
        )
        return _set(request, chart, sent, rev)


class TargetsOfPatient(APIView):
    """The targets of one patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_targets_of_patient", responses=TargetsOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read them, with what the clinic offers to pick from."""
        return _answer(request, chart_of(request, patient_id, what=DataClass.TARGETS))

    @extend_schema(operation_id="set_targets_of_patient", request=TargetsIn, responses=TargetsOut)
    def put(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Replace them; needs ``If-Match`` with the revision that was read."""
        sent, rev = checked(TargetsIn, request), sent_rev(request)
        chart = chart_of(request, patient_id, what=DataClass.TARGETS, to_write=True)
        return _set(request, chart, sent, rev)


def _set(request: SignedIn, chart: Chart, sent: dict[str, Any], rev: int) -> HttpResponse:
    set_targets(chart=chart, names=sent["targets"], rev=rev, now=timezone.now())
    return _answer(request, chart)


def _answer(request: SignedIn, chart: Chart) -> HttpResponse:
    found = targets_of(chart=chart)
    body = {
        "targets": found.names,
        "rev": found.rev,
        "changed_at": found.changed_at,
        "changed_by_role": found.changed_by_role,
        "offered": shape_terms(queries.terms_of_clinic(clinic_id=request.user.clinic_id)),
    }
    return answer(body, rev=found.rev)


def shape_terms(terms: Terms) -> dict[str, Any]:
    """Shape what a clinic offers."""
    return {"targets": terms.targets, "triggers": terms.triggers}
