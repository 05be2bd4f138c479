"""Attendance: who came to a session of the caller."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import ChoiceOf, IdField, StrictInput, WholeNumberField
from backend.kit.errors import InvalidInput
from care.models import Attendance
from care.sessions import attendance
from care.sessions.attendance import AttendanceMark

ATTENDANCE_STATUSES = [status.value for status in Attendance.Status]


class MarkIn(StrictInput):
    """One patient's attendance."""

    patient = IdField()
    status = ChoiceOf(choices=ATTENDANCE_STATUSES)
    minutes = WholeNumberField(
        min_value=0, max_value=1440, required=False, allow_null=True, default=None
    )


class MarkOut(serializers.Serializer[Any]):
    """One patient's attendance."""

    patient = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ATTENDANCE_STATUSES)
    minutes = serializers.IntegerField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class MarksOut(serializers.Serializer[Any]):
    """Who came."""

    results = MarkOut(many=True)


class TakeAttendance(APIView):
    """Who came to one session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="take_attendance", request=MarkIn(many=True), responses=MarksOut)
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Record who came; a newer mark replaces the older one of the same patient.

        Before the session begins nobody can have come: 400 ``not_begun``.
        """
        if not isinstance(request.data, list) or not 1 <= len(request.data) <= 50:
            raise InvalidInput.of("", "not_a_list", "Must be a list of 1 to 50 marks.")
        reader = MarkIn(data=request.data, many=True)
        reader.is_valid(raise_exception=True)
        marks = [
            AttendanceMark(m["patient"], m["status"], m["minutes"]) for m in reader.validated_data
        ]
        taken = attendance.record_attendance(
            clinician=request.user, session_id=session_id, marks=marks, now=timezone.now()
        )
        return json_response({"results": [_attendance_to_json(mark) for mark in taken]})


def _attendance_to_json(mark: Attendance) -> dict[str, Any]:
    return {
        "patient": mark.patient_id,
        "status": mark.status,
        "minutes": mark.minutes,
        "recorded_at": mark.recorded_at,
    }
