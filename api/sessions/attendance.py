"""Attendance: who came to a session of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import Id, OneOf, WholeNumber
from api.http.inputs import Input, validated_list
from api.http.openapi import A_LIST
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.errors import InvalidInput
from care.models import Attendance
from care.sessions import attendance
from care.sessions.attendance import AttendanceMark

ATTENDANCE_STATUSES = [status.value for status in Attendance.Status]


class MarkIn(Input):
    """One patient's attendance."""

    patient: Id
    status: Annotated[str, OneOf(ATTENDANCE_STATUSES)]
    minutes: Annotated[int, WholeNumber(0, 1440)] | None = None


@dataclass(frozen=True, slots=True)
class MarkOut:
    """One patient's attendance."""

    patient: UUID
    status: Annotated[str, OneOf(ATTENDANCE_STATUSES)]
    minutes: int | None
    recorded_at: datetime

    @classmethod
    def of(cls, mark: Attendance) -> Self:
        return cls(
            patient=mark.patient_id,
            status=mark.status,
            minutes=mark.minutes,
            recorded_at=mark.recorded_at,
        )


@dataclass(frozen=True, slots=True)
class MarksOut:
    """Who came."""

    results: Sequence[MarkOut]


class TakeAttendance(APIView):
    """Who came to one session of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="take_attendance", request=MarkIn, extensions=A_LIST, responses=MarksOut
    )
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Record who came; a newer mark replaces the older one of the same patient.

        Before the session begins nobody can have come: 400 ``not_begun``.
        """
        if not isinstance(request.data, list) or not 1 <= len(request.data) <= 50:
            raise InvalidInput.of("", "not_a_list", "Must be a list of 1 to 50 marks.")
        marks = [
            AttendanceMark(mark.patient, mark.status, mark.minutes)
            for mark in validated_list(MarkIn, request)
        ]
        taken = attendance.record_attendance(
            clinician=request.user, session_id=session_id, marks=marks, now=timezone.now()
        )
        return json_response(MarksOut([MarkOut.of(mark) for mark in taken]))
