"""Patients: invite them, read one, and list the caller's caseload."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.errors import NotFound
from api.http.permissions import IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.serializer_fields import IdField, OneLineField, StrictInput, ZoneField, validated_body
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import check_team
from care.accounts.names import namesake_labels_in
from care.people.enrol import invite_patient, renew_invitation
from care.people.patients import PatientCard, patient_card
from care.sessions.read import UpcomingSession
from journaling.briefs.caseload import CaseloadPatient, caseload_of
from journaling.entries.read import last_entry_at


class PatientIn(StrictInput):
    """Who is invited. The clinic is the caller's; another clinic's id is refused as unknown."""

    display_name = OneLineField(max_length=120)
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
        sent = validated_body(PatientIn, request)
        if sent.get("clinic", request.user.clinic_id) != request.user.clinic_id:
            raise NotFound
        patient, code = invite_patient(
            clinician=request.user,
            display_name=sent["display_name"],
            time_zone=sent["time_zone"],
            now=timezone.now(),
        )
        return json_response({"id": patient.pk, "invite_code": code}, status=201)


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
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROFILE)
        card = patient_card(chart=chart, now=now)
        return json_response(_patient_to_json(card, last_entry_at(chart=chart)))


def _patient_to_json(card: PatientCard, last: datetime | None) -> dict[str, Any]:
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
            {"clinician": member.clinician_id, "display_name": member.name, "role": member.role}
            for member in card.care_team
        ],
        "next_session": coming and {
            "id": coming.id, "kind": coming.kind, "starts_at": coming.starts_at,
        },
        "last_entry_at": last,
    }  # fmt: skip


class InviteAgain(APIView):
    """The invitation of one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_again", request=None, responses={201: InvitedOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Make a new code; codes made before stop working."""
        now = timezone.now()
        check_team(
            viewer=request.user, patient_id=patient_id, what=DataCategory.INVITATION, now=now
        )
        code = renew_invitation(patient_id=patient_id, clinician=request.user, now=now)
        return json_response({"id": patient_id, "invite_code": code}, status=201)


class UpcomingOut(serializers.Serializer[Any]):
    """The caller's next session with the patient, alone or in a group."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    starts_at = serializers.DateTimeField()


class CaseOut(serializers.Serializer[Any]):
    """One patient, as far as consent and sharing let the caller see."""

    patient = serializers.UUIDField()
    name = serializers.CharField()
    told_apart_by = serializers.CharField(
        required=False, help_text="What tells them from another of this name on the list."
    )
    level_of_care = serializers.CharField(allow_null=True)
    next_session = UpcomingOut(allow_null=True, help_text="Within four weeks.")
    last_entry_at = serializers.DateTimeField(allow_null=True)
    entries_since_last_session = serializers.IntegerField(
        help_text="Since the last attended session, and heard of since though it was before."
    )
    days_without_entries = serializers.IntegerField(
        help_text="The patient's own days since the last entry, or since enrolment."
    )
    open_safety_events = serializers.IntegerField()
    craving_spark = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        min_length=14,
        max_length=14,
        help_text="Strongest craving 0-10 of each of the last 14 days, today last; null is a gap.",
    )


class CaseloadOut(serializers.Serializer[Any]):
    """The caller's patients, most urgent first."""

    results = CaseOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Always null: it is one page.")
    previous = serializers.CharField(allow_null=True)


class Caseload(APIView):
    """The caller's patients."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_caseload", responses=CaseloadOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List everybody whom the caller treats and who consents, most urgent first."""
        now = timezone.now()
        people = roster.open_caseload_roster(viewer=request.user, now=now)
        cases = caseload_of(roster=people, now=now)
        names = [(case.patient_id, case.name) for case in cases]
        marks = namesake_labels_in(names, viewer=request.user, now=now)
        results = [case_to_json(case, marks) for case in cases]
        return json_response({"results": results, "next": None, "previous": None})


def case_to_json(case: CaseloadPatient, marks: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    """Return one patient of a caseload as JSON; ``marks`` distinguishes namesakes."""
    mark = (marks or {}).get(case.patient_id)
    return {
        "patient": case.patient_id,
        "name": case.name,
        **({"told_apart_by": mark} if mark else {}),
        "level_of_care": case.level_of_care,
        "next_session": _upcoming_to_json(case.next_session),
        "last_entry_at": case.last_entry_at,
        "entries_since_last_session": case.entries_since_last_session,
        "days_without_entries": case.days_without_entries,
        "open_safety_events": case.open_safety_events,
        "craving_spark": case.craving_spark,
    }


def _upcoming_to_json(session: UpcomingSession | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {"id": session.id, "kind": session.kind, "starts_at": session.starts_at}
