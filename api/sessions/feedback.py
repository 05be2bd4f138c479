"""What a patient says of a session that they came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import WholeNumber
from api.http.inputs import Input, validated_body
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.sessions.feedback import MAX_COMMENT_LENGTH, RATINGS, give_feedback

_Rating = WholeNumber(0, 10)


class FeedbackIn(Input):
    """Four answers from 0 (not at all) to 10 (fully), and words where there are some."""

    heard: Annotated[int, _Rating, Field(description="I felt heard and understood.")]
    goals: Annotated[int, _Rating, Field(description="The time went to what matters to me.")]
    approach: Annotated[int, _Rating, Field(description="The way we go about it fits me.")]
    overall: Annotated[int, _Rating, Field(description="All in all the session was right for me.")]
    comment: Annotated[str, Text(MAX_COMMENT_LENGTH, may_be_blank=True)] = ""


@dataclass(frozen=True, slots=True)
class FeedbackOut:
    """What was said of one session, each from 0 to 10."""

    session: UUID
    heard: int
    goals: int
    approach: int
    overall: int
    comment: str
    at: datetime


class Feedback(APIView):
    """How one session was for the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="give_feedback", request=FeedbackIn,
        responses={200: FeedbackOut, 201: FeedbackOut},
    )  # fmt: skip
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Say how it was, from its beginning to two weeks later; said again, it is replaced.

        The clinician who held it reads it before their next session. It is optional, and nobody is
        scored by it.
        """
        sent, now = validated_body(FeedbackIn, request), timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SESSIONS, now=now, to_write=True
        )
        given, is_new = give_feedback(
            chart=chart, session_id=session_id, comment=sent.comment, now=now,
            ratings={name: getattr(sent, name) for name in RATINGS},
        )  # fmt: skip
        answer = FeedbackOut(
            given.session_id, given.heard, given.goals, given.approach, given.overall,
            given.comment, given.at,
        )  # fmt: skip
        return json_response(answer, status=201 if is_new else 200)
