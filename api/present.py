"""The brief of a patient as they stand, where no session of the caller's lies ahead."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.brief_shapes import BriefOut, shape
from api.permissions import IsClinician
from api.reading import checked
from api.requests import SignedIn
from api.reviewing import ReviewedIn
from care import access
from care.access import Chart, DataClass
from care.models import User
from care.queries.at_present import at_present
from care.queries.briefing import BriefedSession
from journaling import actions
from notifications.queries import prompts_of


class PresentBriefOut(BriefOut):
    """The brief of a patient as they stand; ``session`` is null."""

    session = serializers.UUIDField(allow_null=True)


class PresentReviewedOut(serializers.Serializer[Any]):
    """What became of it; ``marked`` counts the entries that this request marked."""

    patient = serializers.UUIDField()
    digest = serializers.CharField()
    marked = serializers.IntegerField()


class PresentBrief(APIView):
    """The brief of one patient as they stand."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_present_brief", responses=PresentBriefOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read what happened since the last session of any kind that they attended, or admission.

        For everybody of the care team, also without a session of their own.
        """
        now = timezone.now()
        standing, chart = _opened(request.user, patient_id, DataClass.BRIEF, now)
        made = actions.open_brief(chart=chart, session=standing, prompts=prompts_of(chart), now=now)
        return answer(shape(made) | {"session": None})


class PresentReviewed(APIView):
    """The brief of one patient as they stand, read."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="mark_present_reviewed", request=ReviewedIn, responses=PresentReviewedOut
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Mark exactly the entries that the brief of this digest showed the caller.

        A brief that was not shown to the caller answers 409 ``not_shown``.
        """
        digest = checked(ReviewedIn, request)["digest"]
        now = timezone.now()
        _, chart = _opened(request.user, patient_id, DataClass.REVIEW, now, to_write=True)
        marked = actions.mark_reviewed(chart=chart, session_id=None, digest=digest, now=now)
        return answer({"patient": patient_id, "digest": digest, "marked": marked})


def _opened(
    viewer: User, patient_id: UUID, what: DataClass, now: datetime, *, to_write: bool = False
) -> tuple[BriefedSession, Chart]:
    standing = at_present(viewer=viewer, patient_id=patient_id, now=now)
    chart = access.open_chart(
        viewer=viewer, patient_id=patient_id, what=what, now=now, to_write=to_write
    )
    return standing, chart
