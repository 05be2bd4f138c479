"""What a clinician answers to entries: read before the session, and "let's talk about this"."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.brief import brief_session
from api.permissions import IsClinician
from api.reading import Input, PlainText, checked
from api.requests import SignedIn
from care import access
from care.access import DataClass
from journaling import actions


class ReviewedIn(Input):
    """Which brief was read: the ``digest`` that it carried."""

    digest = PlainText(max_length=64)


class ReviewedOut(serializers.Serializer[Any]):
    """What became of it; ``marked`` counts the entries that this request marked."""

    session = serializers.UUIDField()
    digest = serializers.CharField()
    marked = serializers.IntegerField()


class AcknowledgedOut(serializers.Serializer[Any]):
    """When the patient was first told "let's talk about this"."""

    id = serializers.UUIDField()
    acknowledged_at = serializers.DateTimeField()


class Reviewed(APIView):
    """The brief of one session, read."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="mark_reviewed", request=ReviewedIn, responses=ReviewedOut)
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Mark exactly the entries that the brief of this digest showed the caller.

        What came or changed since stays unreviewed; the same again marks nothing. A brief that was
        not shown to the caller answers 409 ``not_shown``.
        """
        digest = checked(ReviewedIn, request)["digest"]
        now = timezone.now()
        session, chart = brief_session(request.user, session_id, now=now, to_write=True)
        marked = actions.mark_reviewed(chart=chart, session_id=session.id, digest=digest, now=now)
        return answer({"session": session.id, "digest": digest, "marked": marked})


class Acknowledge(APIView):
    """One entry of a patient, to be talked about."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="acknowledge_entry", request=None, responses=AcknowledgedOut)
    def post(self, request: SignedIn, patient_id: UUID, entry_id: UUID) -> HttpResponse:
        """Tell the patient "let's talk about this"; said again, the first time stands."""
        now = timezone.now()
        chart = access.open_chart(
            viewer=request.user, patient_id=patient_id, what=DataClass.REVIEW, now=now,
            to_write=True,
        )  # fmt: skip
        entry = actions.acknowledge(chart=chart, entry_id=entry_id, now=now)
        return answer({"id": entry.id, "acknowledged_at": entry.acknowledged_at})
