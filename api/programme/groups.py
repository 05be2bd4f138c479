"""Groups of the clinic and the care team of a patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page, Sparse
from api.http.fields import Id, OneOf
from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine
from care.accounts.names import namesake_labels_in
from care.models import CareTeamMembership
from care.programme import care_team
from care.programme.groups import (
    GroupView,
    add_to_group,
    groups_of_clinic,
    open_group,
    remove_from_group,
)

CARE_TEAM_ROLES = [role.value for role in CareTeamMembership.Role]


class GroupIn(Input):
    """A group to open; the caller leads it."""

    name: Annotated[str, OneLine(120)]


class MemberIn(Input):
    """Who joins."""

    patient: Id


class ColleagueIn(Input):
    """Who joins a care team, and in which part."""

    clinician: Id
    role: Annotated[str, OneOf(CARE_TEAM_ROLES)]


@dataclass(frozen=True)
class MemberOut(Sparse):
    """A member whom the caller treats."""

    patient: UUID
    display_name: str
    since: datetime
    told_apart_by: (
        Annotated[str, Field(description="What tells them from another of this name in the list.")]
        | None
    ) = None


@dataclass(frozen=True, slots=True)
class ColleagueOut:
    """A clinician."""

    id: UUID
    display_name: str


@dataclass(frozen=True, slots=True)
class GroupOut:
    """A group; ``members`` are those whom the caller treats."""

    id: UUID
    name: str
    leader: ColleagueOut
    is_mine: bool
    members: Sequence[MemberOut]

    @classmethod
    def of(cls, group: GroupView, viewer_id: UUID, marks: Mapping[UUID, str] | None = None) -> Self:
        """Show a group to a clinician of the clinic; ``marks`` distinguishes namesakes."""
        labels = marks or {}
        return cls(
            id=group.id,
            name=group.name,
            leader=ColleagueOut(group.leader_id, group.leader_name),
            is_mine=group.leader_id == viewer_id,
            members=[
                MemberOut(
                    patient=member.patient_id,
                    display_name=member.name,
                    since=member.since,
                    told_apart_by=labels.get(member.patient_id),
                )
                for member in group.members
            ],
        )


@dataclass(frozen=True, slots=True)
class GroupsOut(Page):
    """The clinic's groups."""

    results: Sequence[GroupOut]


@dataclass(frozen=True, slots=True)
class TeamMemberOut:
    """One clinician on a care team."""

    clinician: ColleagueOut
    role: Annotated[str, OneOf(CARE_TEAM_ROLES)]
    since: datetime

    @classmethod
    def of(cls, member: care_team.TeamMember) -> Self:
        return cls(
            clinician=ColleagueOut(member.clinician_id, member.name),
            role=member.role,
            since=member.since,
        )


@dataclass(frozen=True, slots=True)
class TeamOut:
    """A care team."""

    results: Sequence[TeamMemberOut]


class Groups(APIView):
    """The clinic's groups."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_groups", responses=GroupsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them by name, with the members whom the caller treats."""
        now = timezone.now()
        groups = groups_of_clinic(viewer=request.user, now=now)
        names = [(member.patient_id, member.name) for group in groups for member in group.members]
        marks = namesake_labels_in(names, viewer=request.user, now=now)
        return json_response(
            GroupsOut([GroupOut.of(group, request.user.pk, marks) for group in groups])
        )

    @extend_schema(
        operation_id="open_group", request=GroupIn, responses={201: GroupOut, 200: GroupOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Open a group that the caller leads; 200 where they lead one of that name already."""
        sent = validated_body(GroupIn, request)
        group, is_new = open_group(clinician=request.user, name=sent.name, now=timezone.now())
        return json_response(GroupOut.of(group, request.user.pk), status=201 if is_new else 200)


class GroupMembers(APIView):
    """Who is in a group."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="join_group", request=MemberIn, responses={201: MemberOut})
    def post(self, request: SignedIn, group_id: UUID) -> HttpResponse:
        """Put a patient of the caller into the group; its leader joins their care team.

        200 where they are in it already. Where that opens the chart to the leader, the caller must
        be a primary therapist of the patient: 403 ``primary_therapist_required``.
        """
        sent, now = validated_body(MemberIn, request), timezone.now()
        membership, is_new = add_to_group(
            clinician=request.user, group_id=group_id, patient_id=sent.patient, now=now
        )
        shown = MemberOut(
            patient=membership.patient_id,
            display_name=membership.patient.user.display_name,
            since=membership.starts_at,
        )
        return json_response(shown, status=201 if is_new else 200)


class GroupMember(APIView):
    """One patient's part in a group."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="leave_group", request=None, responses={204: None})
    def delete(self, request: SignedIn, group_id: UUID, patient_id: UUID) -> HttpResponse:
        """End it now; sessions before keep them in the group."""
        now = timezone.now()
        remove_from_group(clinician=request.user, group_id=group_id, patient_id=patient_id, now=now)
        return HttpResponse(status=204)


class CareTeam(APIView):
    """Who treats one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_care_team", responses=TeamOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the care team as it is now."""
        team = care_team.read_care_team(
            viewer=request.user, patient_id=patient_id, now=timezone.now()
        )
        return json_response(TeamOut(list(map(TeamMemberOut.of, team))))

    @extend_schema(operation_id="join_care_team", request=ColleagueIn, responses={200: TeamOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Bring a colleague in, or give them another part; only a primary therapist may."""
        sent = validated_body(ColleagueIn, request)
        team = care_team.add_to_team(
            clinician=request.user, patient_id=patient_id, colleague_id=sent.clinician,
            role=sent.role, now=timezone.now(),
        )  # fmt: skip
        return json_response(TeamOut(list(map(TeamMemberOut.of, team))))


class CareTeamMember(APIView):
    """One colleague's part in a patient's treatment."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="leave_care_team", request=None, responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, clinician_id: UUID) -> HttpResponse:
        """End it now; only a primary therapist may."""
        care_team.remove_from_team(
            clinician=request.user, patient_id=patient_id, colleague_id=clinician_id,
            now=timezone.now(),
        )  # fmt: skip
        return HttpResponse(status=204)
