"""Medicines and agreed supplements: a patient's own, and those of one patient of the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import A_DAY, A_FLAG, YES_OR_NO, Day, ListOf, OneOf, YesNo
from api.http.inputs import Change, Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import ClockTime, OneLine
from api.reminders.reminder_schema import clock_times, weekday_names
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.medical.medications import (
    KINDS,
    MAX_NAME_LENGTH,
    MOST_TIMES,
    MedicationView,
    add_medication,
    change_medication,
    end_medication,
    medications_of,
    open_medication_chart,
)
from care.medical.regimen import EVERY_DAY, Regimen
from notifications.reminders.plan import WEEKDAY_NAMES, weekday_mask

_Times = Annotated[list[Annotated[time, ClockTime()]], ListOf(MOST_TIMES)]
_Days = Annotated[list[Annotated[str, OneOf(WEEKDAY_NAMES)]], ListOf(7, least=1)]


class MedicationIn(Input):
    """A medicine or an agreed supplement, as it is to be taken.

    ``times`` are wall-clock times of the patient; an empty list is "as needed". Without ``days`` it
    is every day. ``dose`` is as the prescriber worded it, and is never read by a rule.
    """

    name: Annotated[str, OneLine(MAX_NAME_LENGTH)]
    kind: Annotated[str, OneOf(KINDS)]
    dose: Annotated[str, OneLine(MAX_NAME_LENGTH)]
    times: _Times
    days: _Days | None = None
    starts_on: Day
    ends_on: Day | None = None
    prescriber: Annotated[str, OneLine(MAX_NAME_LENGTH, may_be_blank=True)] = ""
    refill_by: Day | None = None
    reminder: YesNo = False

    def regimen(self) -> Regimen:
        """Return how it is to be taken."""
        return Regimen(**_fields(self.given()))


class MedicationChangeIn(Change):
    """What changes about it; what is left out stays. A change is counted from tomorrow on."""

    name: Annotated[str | None, OneLine(MAX_NAME_LENGTH)] = None
    kind: Annotated[str | None, OneOf(KINDS)] = None
    dose: Annotated[str | None, OneLine(MAX_NAME_LENGTH)] = None
    times: Annotated[list[Annotated[time, ClockTime()]] | None, ListOf(MOST_TIMES)] = None
    days: _Days | None = None
    starts_on: Annotated[date | None, A_DAY] = None
    ends_on: Day | None = None
    prescriber: Annotated[str | None, OneLine(MAX_NAME_LENGTH, may_be_blank=True)] = None
    refill_by: Day | None = None
    reminder: Annotated[bool | None, YES_OR_NO] = None


class MedicationsQuery(Input):
    """Whether those that somebody ended are listed as well."""

    ended: Annotated[bool, A_FLAG, Field(description="List ended ones as well.")] = False


@dataclass(frozen=True, slots=True)
class MedicationOut:
    """One medicine or supplement as it stands; ``days`` is null where it is every day."""

    id: UUID
    name: str
    kind: Annotated[str, OneOf(KINDS)]
    dose: str
    times: Sequence[str]
    days: Sequence[Annotated[str, OneOf(WEEKDAY_NAMES)]] | None
    starts_on: date
    ends_on: date | None
    prescriber: str
    refill_by: date | None
    reminder: bool
    written_by: str
    written_at: datetime
    ended_at: datetime | None
    rev: int

    @classmethod
    def of(cls, medication: MedicationView) -> Self:
        """Show one, the same to the patient and to their care team."""
        regimen = medication.regimen
        return cls(
            id=medication.id, name=regimen.name, kind=regimen.kind, dose=regimen.dose,
            times=clock_times(regimen.minutes),
            days=None if regimen.weekdays == EVERY_DAY else weekday_names(regimen.weekdays),
            starts_on=regimen.starts_on, ends_on=regimen.ends_on, prescriber=regimen.prescriber,
            refill_by=regimen.refill_by, reminder=regimen.has_reminder,
            written_by=medication.written_by, written_at=medication.written_at,
            ended_at=medication.ended_at, rev=medication.rev,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MedicationsOut(Page):
    """What is to be taken: medicines first, each kind by name."""

    results: Sequence[MedicationOut]


class Medications(APIView):
    """What the signed-in patient takes by agreement."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_medications", parameters=query_parameters(MedicationsQuery),
        responses=MedicationsOut,
    )  # fmt: skip
    def get(self, request: SignedIn) -> HttpResponse:
        """List what is to be taken now."""
        wanted, now = validated_query(MedicationsQuery, request), timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.MEDICAL, now=now)
        found = medications_of(chart=chart, with_ended=wanted.ended)
        return json_response(MedicationsOut(list(map(MedicationOut.of, found))))


class MedicationsOfPatient(APIView):
    """What one patient of the caller takes by agreement."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="list_medications_of_patient", parameters=query_parameters(MedicationsQuery),
        responses=MedicationsOut,
    )  # fmt: skip
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List what is to be taken now."""
        wanted = validated_query(MedicationsQuery, request)
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL)
        found = medications_of(chart=chart, with_ended=wanted.ended)
        return json_response(MedicationsOut(list(map(MedicationOut.of, found))))

    @extend_schema(
        operation_id="add_medication", request=MedicationIn, responses={201: MedicationOut}
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Write down what is to be taken; with ``reminder`` the phone reminds at its times.

        It is a record of what the prescriber and the patient agreed; nothing is checked against
        other medicines.
        """
        sent, now = validated_body(MedicationIn, request), timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.MEDICAL, to_write=True)
        made = add_medication(chart=chart, regimen=sent.regimen(), now=now)
        return json_response(MedicationOut.of(made), status=201, rev=made.rev)


class OneMedication(APIView):
    """One medicine or supplement of a patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="change_medication", request=MedicationChangeIn, responses=MedicationOut
    )
    def patch(self, request: SignedIn, medication_id: UUID) -> HttpResponse:
        """Change it from now on; every version stays on record. Needs ``If-Match``."""
        sent, rev = validated_body(MedicationChangeIn, request), if_match_rev(request)
        now = timezone.now()
        chart = open_medication_chart(viewer=request.user, medication_id=medication_id, now=now)
        made = change_medication(
            chart=chart, medication_id=medication_id, rev=rev, changes=_fields(sent.given()),
            now=now,
        )  # fmt: skip
        return json_response(MedicationOut.of(made), rev=made.rev)

    @extend_schema(operation_id="end_medication", responses={204: None})
    def delete(self, request: SignedIn, medication_id: UUID) -> HttpResponse:
        """End it, and its reminders; it stays on record. Needs ``If-Match``."""
        rev, now = if_match_rev(request), timezone.now()
        chart = open_medication_chart(viewer=request.user, medication_id=medication_id, now=now)
        end_medication(chart=chart, medication_id=medication_id, rev=rev, now=now)
        return HttpResponse(status=204)


def _fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent as fields of ``Regimen``."""
    fields = {name: sent[name] for name in (
        "name", "kind", "dose", "starts_on", "ends_on", "prescriber", "refill_by",
    ) if name in sent}  # fmt: skip
    if "times" in sent:
        fields["minutes"] = tuple(sorted(at.hour * 60 + at.minute for at in sent["times"]))
    if "days" in sent:
        days = sent["days"] or WEEKDAY_NAMES
        fields["weekdays"] = weekday_mask(days)
    if "reminder" in sent:
        fields["has_reminder"] = sent["reminder"]
    return fields
