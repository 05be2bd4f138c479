"""A patient's request to have one of their sessions moved."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import OneOf
from api.http.inputs import Input, validated_body
from api.http.permissions import Closed, IsPatient, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from api.sessions.session_schema import MoveRequestOut
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.sessions.availability import REASONS
from care.sessions.move_requests import (
    MAX_NOTE_LENGTH,
    ask_to_move,
    dismiss_move_request,
    open_move_request_chart,
)


class MoveRequestIn(Input):
    """Why it should be moved, where the patient wants to say it."""

    reason: Annotated[str, OneOf(REASONS)] | None = None
    note: Annotated[str, Text(MAX_NOTE_LENGTH, may_be_blank=True)] = ""


class MoveRequest(APIView):
    """The request to move one session."""

    def get_permissions(self) -> list[Any]:
        """Return the permissions: patients ask, and both they and their team may end it."""
        return [IsPatient() if self.request.method == "POST" else IsPatientOrStaff()]

    permission_classes = [Closed]

    @extend_schema(
        operation_id="ask_to_move_session", request=MoveRequestIn,
        responses={201: MoveRequestOut, 200: MoveRequestOut},
    )  # fmt: skip
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Ask to have one's own session moved; asked again it is the same request.

        It stands at the session until that has another time, is cancelled or begins, or it is
        dismissed. Sessions of a group are refused with 409 ``group_session``.
        """
        sent, now = validated_body(MoveRequestIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SESSIONS, now=now, to_write=True
        )
        asked, is_new = ask_to_move(
            chart=chart, session_id=session_id, reason=sent.reason or "", note=sent.note, now=now
        )
        return json_response(MoveRequestOut.of(asked), status=201 if is_new else 200)

    @extend_schema(operation_id="dismiss_move_request", request=None, responses={204: None})
    def delete(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Dismiss it, or take it back as the patient; again changes nothing."""
        now = timezone.now()
        chart = open_move_request_chart(viewer=request.user, session_id=session_id, now=now)
        dismiss_move_request(chart=chart, session_id=session_id, now=now)
        return HttpResponse(status=204)
