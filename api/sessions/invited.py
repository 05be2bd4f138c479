"""The support persons who are invited to a family session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import Id, ListOf
from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician, IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.sessions.session_schema import InvitedOut
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.support import guests


class InvitedIn(Input):
    """Who is invited from now on, by the consents that name them."""

    support_persons: Annotated[list[Id], ListOf(guests.MAX_GUESTS)]


@dataclass(frozen=True, slots=True)
class MayBeInvitedOut:
    """A support person who is not invited, and whether the patient took them off."""

    id: UUID
    name: str
    taken_off: bool


@dataclass(frozen=True, slots=True)
class GuestListOut:
    """Who is invited, and whose consent would let them be; each by name."""

    results: Sequence[InvitedOut]
    others: Sequence[MayBeInvitedOut]

    @classmethod
    def of(cls, found: guests.GuestList) -> Self:
        """Show the support persons of one session."""
        others = [MayBeInvitedOut(one.id, one.name, one.is_taken_off) for one in found.others]
        return cls(list(map(InvitedOut.of, found.invited)), others)


class InvitedToSession(APIView):
    """The support persons who are invited to one family session."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_invited", responses=GuestListOut)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """List who is invited, and who else may be; other kinds are 409 ``not_family``."""
        now = timezone.now()
        chart = guests.open_session_chart(viewer=request.user, session_id=session_id, now=now)
        return json_response(
            GuestListOut.of(guests.guest_list(chart=chart, session_id=session_id, now=now))
        )

    @extend_schema(operation_id="invite_to_session", request=InvitedIn, responses=GuestListOut)
    def put(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Let these, and no others, be invited; the same again changes nothing.

        Only those whose consent is in force and covers ``session_times``, and whom the patient did
        not take off. Nothing is sent to them: they find it where they read what is shared.
        """
        sent, now = validated_body(InvitedIn, request), timezone.now()
        chart = guests.open_session_chart(
            viewer=request.user, session_id=session_id, now=now, to_write=True
        )
        found = guests.invite_guests(
            chart=chart, session_id=session_id, wanted=sent.support_persons, now=now
        )
        return json_response(GuestListOut.of(found))


class OneInvited(APIView):
    """One support person who is invited to a session of the signed-in patient."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="take_off_session", request=None, responses={204: None})
    def delete(self, request: SignedIn, session_id: UUID, support_person: UUID) -> HttpResponse:
        """Take them off this session, for good; again changes nothing."""
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.SESSIONS, now=now, to_write=True
        )
        guests.take_guest_off(
            chart=chart, session_id=session_id, consent_id=support_person, now=now
        )
        return HttpResponse(status=204)
