"""Patients, as a clinician brings them in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.charts import chart_of
from api.permissions import IsClinician
from api.reading import IdField, Input, OneLine, ZoneField, checked
from api.refusals import NotFound
from api.requests import SignedIn
from care import access
from care.access import DataClass
from care.actions import people
from care.queries.patients import PatientCard, patient_card
from journaling.queries import last_entry_at


class PatientIn(Input):
    """Who is invited. The clinic is the caller's; another clinic's id is refused as unknown."""

    display_name = OneLine(max_length=120)
    time_zone = ZoneField()
    clinic = IdField(required=False)


class InvitedOut(serializers.Serializer[Any]):
    """The patient and the code that lets them enrol once, within 72 hours; it is shown only now."""

    id = serializers.UUIDField()
    invite_code = serializers.CharField()


class Patients(APIView):
    """Patients of the caller's clinic."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_patient", request=PatientIn, responses={201: InvitedOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Add a patient; the caller joins the care team as their primary therapist."""
        sent = checked(PatientIn, request)
        if sent.get("clinic", request.user.clinic_id) != request.user.clinic_id:
            raise NotFound
        patient, code = people.invite_patient(
            clinician=request.user,
            display_name=sent["display_name"],
            time_zone=sent["time_zone"],
            now=timezone.now(),
        )
        return answer({"id": patient.pk, "invite_code": code}, status=201)


class StayOut(serializers.Serializer[Any]):
    """The episode of care that covers today, and which day of it today is."""

    level_of_care = serializers.CharField()
    admitted_on = serializers.DateField()
    day = serializers.IntegerField()
    planned_hours_per_week = serializers.FloatField(allow_null=True)


class CareTeamMemberOut(serializers.Serializer[Any]):
    """One of those who treat the patient now."""

    clinician = serializers.UUIDField()
    display_name = serializers.CharField()
    role = serializers.CharField()


class NextSessionOut(serializers.Serializer[Any]):
    """The patient's next session."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    starts_at = serializers.DateTimeField()


class PatientOut(serializers.Serializer[Any]):
    """Who a patient is, where they stand, and who treats them."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    day_starts_hour = serializers.IntegerField()
    enrolled_at = serializers.DateTimeField(allow_null=True)
    discharged_at = serializers.DateTimeField(allow_null=True)
    stay = StayOut(allow_null=True)
    care_team = CareTeamMemberOut(many=True)
    next_session = NextSessionOut(allow_null=True)
    last_entry_at = serializers.DateTimeField(allow_null=True)


class OnePatient(APIView):
    """One patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_patient", responses=PatientOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read who they are; the last entry is the last that they share."""
        now = timezone.now()
        chart = chart_of(request, patient_id, what=DataClass.PROFILE)
        card = patient_card(chart=chart, now=now)
        return answer(_shape(card, last_entry_at(chart=chart)))


def _shape(card: PatientCard, last: datetime | None) -> dict[str, Any]:
    stay, coming = card.stay, card.next_session
    return {
        "id": card.id,
        "display_name": card.name,
        "time_zone": card.time_zone,
        "language": card.language,
        "day_starts_hour": card.day_starts_hour,
        "enrolled_at": card.enrolled_at,
        "discharged_at": card.discharged_at,
        "stay": stay and {
            "level_of_care": stay.level_of_care,
            "admitted_on": stay.admitted_on,
            "day": (card.today - stay.admitted_on).days + 1,
            "planned_hours_per_week": (
                None if stay.planned_hours_per_week is None else float(stay.planned_hours_per_week)
            ),
        },
        "care_team": [
            {"clinician": one.clinician_id, "display_name": one.name, "role": one.role}
            for one in card.care_team
        ],
        "next_session": coming and {
            "id": coming.id, "kind": coming.kind, "starts_at": coming.starts_at,
        },
        "last_entry_at": last,
    }  # fmt: skip


class Invite(APIView):
    """The invitation of one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_again", request=None, responses={201: InvitedOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Make a new code; codes made before stop working."""
        now = timezone.now()
        access.check_team(
            viewer=request.user, patient_id=patient_id, what=DataClass.INVITATION, now=now
        )
        code = people.invite_again(patient_id=patient_id, clinician=request.user, now=now)
        return answer({"id": patient_id, "invite_code": code}, status=201)
