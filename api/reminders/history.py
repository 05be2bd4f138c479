"""How one patient's reminders fared, in words."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import PageQuery, page_params, paged
from api.http.permissions import IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import validated_query
from api.reminders.reminder_schema import PURPOSES
from care.access.data_categories import DataCategory
from care.access.open import check_administrator, open_chart
from care.models import User
from notifications.push.devices import device_statuses
from notifications.reminders.history import HistoryLine, history_page

OUTCOMES_SHOWN = ["sent", "silent", "undelivered", "waiting", "unknown"]


class HistoryLineOut(serializers.Serializer[Any]):
    """One reminder. An administrator gets null for its id and what tells of the treatment."""

    id = serializers.UUIDField(allow_null=True)
    due_at = serializers.DateTimeField()
    became = serializers.ChoiceField(choices=OUTCOMES_SHOWN)
    words = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)
    purpose = serializers.ChoiceField(choices=PURPOSES, allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class PhoneOut(serializers.Serializer[Any]):
    """One device that reminders go or went to."""

    platform = serializers.CharField()
    since = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    words = serializers.CharField()


class ReminderHistoryOut(serializers.Serializer[Any]):
    """The reminders, newest first, and the devices."""

    results = HistoryLineOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    phones = PhoneOut(many=True)


class ReminderHistory(APIView):
    """How one patient's reminders fared."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(
        operation_id="read_reminder_history",
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=ReminderHistoryOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List each reminder with what became of it, and why, newest first.

        For the patient, the care team, and the clinic's administrator, who sees whether each
        was delivered, and nothing of what the patient does or is treated for.
        """
        validated_query(PageQuery, request)
        wanted = page_params(request, tie=UUID)
        now = timezone.now()
        is_admin = request.user.role == User.Role.ADMIN
        check = check_administrator if is_admin else open_chart
        check(viewer=request.user, patient_id=patient_id, what=DataCategory.REMINDERS, now=now)
        lines = history_page(
            patient_id=patient_id,
            may_see_clinical=not is_admin,
            limit=wanted.limit + 1,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        listed = paged(
            request,
            wanted=wanted,
            rows=lines,
            place=lambda line: (line.due_at, line.id),
            shape=lambda line: _line_to_json(line, is_admin=is_admin),
        )
        phones = device_statuses(patient_id=patient_id)
        shown = [{name: getattr(phone, name) for name in phone.__slots__} for phone in phones]
        return json_response({**listed, "phones": shown})


def _line_to_json(line: HistoryLine, *, is_admin: bool) -> dict[str, Any]:
    shown = {name: getattr(line, name) for name in line.__slots__}
    return shown | {"id": None} if is_admin else shown
