"""Patients, as a clinician brings them in."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsClinician
from api.reading import Input, PlainText, ZoneField, checked
from api.refusals import NotFound, Problem
from api.requests import SignedIn
from care import access
from care.access import DataClass, NoSuchChart
from care.actions import people


class PatientIn(Input):
    """Who is invited. The clinic is the caller's; another clinic's id is refused as unknown."""

    display_name = PlainText(max_length=120)
    time_zone = ZoneField()
    clinic = serializers.UUIDField(required=False)


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


class Invite(APIView):
    """The invitation of one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_again", request=None, responses={201: InvitedOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Make a new code; codes made before stop working."""
        now = timezone.now()
        try:
            access.check_team(
                viewer=request.user, patient_id=patient_id, what=DataClass.INVITATION, now=now
            )
        except NoSuchChart:
            raise NotFound from None
        try:
            code = people.invite_again(patient_id=patient_id, clinician=request.user, now=now)
        except people.AlreadyEnrolled:
            detail = "This patient has enrolled already."
            raise Problem(status=409, code="already_enrolled", detail=detail) from None
        return answer({"id": patient_id, "invite_code": code}, status=201)
