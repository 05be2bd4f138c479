"""Briefs: before a session, of a patient at present, and for the room.

They can be marked as reviewed, and entries in them acknowledged.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.views import APIView

from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import Text
from api.sessions.brief_schema import (
    BriefOut,
    GroupBriefOut,
    RoomOut,
)
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.accounts.names import namesake_labels_in
from care.sessions import for_brief
from care.sessions.for_brief import session_at_present
from journaling.briefs.group import GroupBrief
from journaling.briefs.group_display import make_group_display
from journaling.briefs.review import acknowledge_entry, mark_reviewed
from notifications.briefs import open_present_brief, open_session_brief

ANY_BRIEF = PolymorphicProxySerializer(
    component_name="AnyBrief",
    serializers=cast("Any", [BriefOut, GroupBriefOut]),
    resource_type_field_name=None,
)


class Brief(APIView):
    """The brief before a session."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_brief", responses=ANY_BRIEF)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read it: with one patient, what happened since their last attended session of this kind.

        With a group, one line about each member whom the caller may see, since the group last met.
        """
        now = timezone.now()
        brief = open_session_brief(viewer=request.user, session_id=session_id, now=now)
        if isinstance(brief, GroupBrief):
            names = [(member.patient_id, member.name) for member in brief.members]
            labels = namesake_labels_in(names, viewer=request.user, now=now)
            return json_response(GroupBriefOut.of(brief, labels))
        return json_response(BriefOut.of(brief))


class GroupRoom(APIView):
    """The view of a group that everybody in the room may read."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_room", responses=RoomOut)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read it: skills and the rate of logging since the group last met, of nobody by name."""
        now = timezone.now()
        session = for_brief.group_session(viewer=request.user, session_id=session_id, now=now)
        people = roster.open_group_roster(
            viewer=request.user, session=session, what=DataCategory.ROOM, now=now
        )
        return json_response(
            RoomOut.of(make_group_display(roster=people, session=session, now=now))
        )


class ReviewedIn(Input):
    """Which brief was read: the ``digest`` that it carried."""

    digest: Annotated[str, Text(64)]


@dataclass(frozen=True, slots=True)
class ReviewedOut:
    """What became of it; ``marked`` counts the entries that this request marked."""

    session: UUID
    digest: str
    marked: int


@dataclass(frozen=True, slots=True)
class AcknowledgedOut:
    """When the patient was first told "let's talk about this"."""

    id: UUID
    acknowledged_at: datetime


class MarkReviewed(APIView):
    """The brief of one session, read."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="mark_reviewed", request=ReviewedIn, responses=ReviewedOut)
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Mark exactly the entries that the brief of this digest showed the caller.

        What came or changed since stays unreviewed; the same again marks nothing. A brief that was
        not shown to the caller answers 409 ``not_shown``.
        """
        digest = validated_body(ReviewedIn, request).digest
        now = timezone.now()
        session = for_brief.individual_session(viewer=request.user, session_id=session_id, now=now)
        chart = open_chart(
            viewer=request.user, patient_id=session.patient_id, what=DataCategory.BRIEF, now=now,
            to_write=True,
        )  # fmt: skip
        marked = mark_reviewed(chart=chart, session_id=session.id, digest=digest, now=now)
        return json_response(ReviewedOut(session.id, digest, marked))


class AcknowledgeEntry(APIView):
    """One entry of a patient, to be talked about."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="acknowledge_entry", request=None, responses=AcknowledgedOut)
    def post(self, request: SignedIn, patient_id: UUID, entry_id: UUID) -> HttpResponse:
        """Tell the patient "let's talk about this"; said again, the first time stands."""
        now = timezone.now()
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.REVIEW, now=now,
            to_write=True,
        )  # fmt: skip
        entry = acknowledge_entry(chart=chart, entry_id=entry_id, now=now)
        return json_response(AcknowledgedOut(entry.id, cast("datetime", entry.acknowledged_at)))


@dataclass(frozen=True, slots=True)
class PresentBriefOut(BriefOut):
    """The brief of a patient as they stand; ``session`` is null."""

    session: UUID | None  # type: ignore[assignment] # null here alone


@dataclass(frozen=True, slots=True)
class PresentReviewedOut:
    """What became of it; ``marked`` counts the entries that this request marked."""

    patient: UUID
    digest: str
    marked: int


class PresentBrief(APIView):
    """The brief of one patient as they stand."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_present_brief", responses=PresentBriefOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read what happened since the last session of any kind that they attended, or admission.

        For everybody of the care team, also without a session of their own.
        """
        now = timezone.now()
        brief = open_present_brief(viewer=request.user, patient_id=patient_id, now=now)
        return json_response(replace(PresentBriefOut.of(brief), session=None))


class MarkPresentReviewed(APIView):
    """The brief of one patient as they stand, read."""

    permission_classes = [IsClinician]

    @extend_schema(
        operation_id="mark_present_reviewed", request=ReviewedIn, responses=PresentReviewedOut
    )
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Mark exactly the entries that the brief of this digest showed the caller.

        A brief that was not shown to the caller answers 409 ``not_shown``.
        """
        digest = validated_body(ReviewedIn, request).digest
        now = timezone.now()
        session_at_present(viewer=request.user, patient_id=patient_id, now=now)
        chart = open_chart(
            viewer=request.user, patient_id=patient_id, what=DataCategory.REVIEW, now=now,
            to_write=True,
        )  # fmt: skip
        marked = mark_reviewed(chart=chart, session_id=None, digest=digest, now=now)
        return json_response(PresentReviewedOut(patient_id, digest, marked))
