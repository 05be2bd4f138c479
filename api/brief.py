"""The brief before a session: about one patient, about a group, and what the room may read."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.views import APIView

from api.answers import answer
from api.brief_shapes import BriefOut, shape
from api.group_shapes import GroupBriefOut, RoomOut, shape_group, shape_room
from api.permissions import IsClinician
from api.requests import SignedIn
from care import access, roster
from care.access import Chart, DataClass
from care.models import User
from care.queries import briefing
from care.queries.briefing import BriefedSession, NotIndividual
from care.queries.namesakes import apart
from journaling import actions
from journaling import brief as briefs
from notifications.queries import prompts_of

EITHER = PolymorphicProxySerializer(
    component_name="AnyBrief", serializers=[BriefOut, GroupBriefOut], resource_type_field_name=None
)


class Brief(APIView):
    """The brief before a session."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_brief", responses=EITHER)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read it: with one patient, what happened since their last attended session of this kind.

        With a group, one line about each member whom the caller may see, since the group last met.
        """
        now = timezone.now()
        try:
            session, chart = brief_session(request.user, session_id, now=now)
        except NotIndividual as found:
            people = roster.open_group(
                viewer=request.user, session=found.session, what=DataClass.BRIEF, now=now
            )
            told = actions.open_group_brief(roster=people, session=found.session, now=now)
            names = [(member.patient_id, member.name) for member in told.members]
            return answer(shape_group(told, apart(names, viewer=request.user, now=now)))
        made = actions.open_brief(chart=chart, session=session, prompts=prompts_of(chart), now=now)
        return answer(shape(made))


class Room(APIView):
    """The view of a group that everybody in the room may read."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_room", responses=RoomOut)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read it: skills and the rate of logging since the group last met, of nobody by name."""
        now = timezone.now()
        session = briefing.group_session(viewer=request.user, session_id=session_id, now=now)
        people = roster.open_group(
            viewer=request.user, session=session, what=DataClass.ROOM, now=now
        )
        return answer(shape_room(briefs.room(roster=people, session=session, now=now)))


def brief_session(
    viewer: User, session_id: UUID, *, now: datetime, to_write: bool = False
) -> tuple[BriefedSession, Chart]:
    """Find the session with one patient and open their chart.

    :raises care.queries.briefing.NoSuchSession: none of theirs.
    :raises care.access.NoSuchChart: a patient whom they have no right to see.
    :raises care.queries.briefing.NotIndividual: for a session of a group of theirs.
    """
    session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
    chart = access.open_chart(
        viewer=viewer, patient_id=session.patient_id, what=DataClass.BRIEF, now=now,
        to_write=to_write,
    )  # fmt: skip
    return session, chart
