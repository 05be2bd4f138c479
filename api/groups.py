"""Groups of the clinic and the care team of a patient."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsClinician
from api.reading import ChoiceOf, IdField, Input, OneLine, checked
from api.requests import SignedIn
from care import access
from care.access import DataClass
from care.actions import groups, team
from care.models import CareTeamMembership
from care.queries import groups as reading
from care.queries.namesakes import apart
from notifications import actions as reminding

ROLES = [role.value for role in CareTeamMembership.Role]


class GroupIn(Input):
    """A group to open; the caller leads it."""

    name = OneLine(max_length=120)


class MemberIn(Input):
    """Who joins."""

    patient = IdField()


class ColleagueIn(Input):
    """Who joins a care team, and in which part."""

    clinician = IdField()
    role = ChoiceOf(choices=ROLES)


class MemberOut(serializers.Serializer[Any]):
    """A member whom the caller treats."""

    patient = serializers.UUIDField()
    display_name = serializers.CharField()
    told_apart_by = serializers.CharField(
        required=False, help_text="What tells them from another of this name in the list."
    )
    since = serializers.DateTimeField()


class ColleagueOut(serializers.Serializer[Any]):
    """A clinician."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()


class GroupOut(serializers.Serializer[Any]):
    """A group; ``members`` are those whom the caller treats."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    leader = ColleagueOut()
    is_mine = serializers.BooleanField()
    members = MemberOut(many=True)


class GroupsOut(serializers.Serializer[Any]):
    """The clinic's groups."""

    results = GroupOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TeamMemberOut(serializers.Serializer[Any]):
    """One clinician on a care team."""

    clinician = ColleagueOut()
    role = serializers.ChoiceField(choices=ROLES)
    since = serializers.DateTimeField()


class TeamOut(serializers.Serializer[Any]):
    """A care team."""

    results = TeamMemberOut(many=True)


class Groups(APIView):
    """The clinic's groups."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="list_groups", responses=GroupsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them by name, with the members whom the caller treats."""
        now = timezone.now()
        found = reading.groups_of_clinic(viewer=request.user, now=now)
        names = [(one.patient_id, one.name) for group in found for one in group.members]
        marks = apart(names, viewer=request.user, now=now)
        return answer(whole([shape(group, request.user.pk, marks) for group in found]))

    @extend_schema(
        operation_id="open_group", request=GroupIn, responses={201: GroupOut, 200: GroupOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Open a group that the caller leads; 200 where they lead one of that name already."""
        sent = checked(GroupIn, request)
        made, is_new = groups.open_group_once(clinician=request.user, name=sent["name"])
        shown = None
        if not is_new:
            shown = reading.group_of_clinic(
                viewer=request.user, group_id=made.pk, now=timezone.now()
            )
        if shown is None:
            shown = reading.GroupView(
                made.pk, made.name, request.user.pk, request.user.display_name, ()
            )
        return answer(shape(shown, request.user.pk), status=201 if is_new else 200)


class GroupMembers(APIView):
    """Who is in a group."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="join_group", request=MemberIn, responses={201: MemberOut})
    def post(self, request: SignedIn, group_id: UUID) -> HttpResponse:
        """Put a patient of the caller into the group; its leader joins their care team.

        200 where they are in it already. Where that opens the chart to the leader, the caller must
        be a primary therapist of the patient: 403 ``primary_therapist_required``.
        """
        sent, now = checked(MemberIn, request), timezone.now()
        made, is_new = groups.join_group(
            clinician=request.user, group_id=group_id, patient_id=sent["patient"], now=now
        )
        reminding.sessions_changed(patients=[made.patient_id], now=now)
        shown = {
            "patient": made.patient_id,
            "display_name": made.patient.user.display_name,
            "since": made.starts_at,
        }
        return answer(shown, status=201 if is_new else 200)


class GroupMember(APIView):
    """One patient's part in a group."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="leave_group", request=None, responses={204: None})
    def delete(self, request: SignedIn, group_id: UUID, patient_id: UUID) -> HttpResponse:
        """End it now; sessions before keep them in the group."""
        now = timezone.now()
        groups.leave_group(
            clinician=request.user, group_id=group_id, patient_id=patient_id, now=now
        )
        reminding.sessions_changed(patients=[patient_id], now=now)
        return HttpResponse(status=204)


class CareTeam(APIView):
    """Who treats one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_care_team", responses=TeamOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the care team as it is now."""
        now = timezone.now()
        access.check_team(
            viewer=request.user, patient_id=patient_id, what=DataClass.CARE_TEAM, now=now
        )
        access.log_list(
            viewer=request.user, patient_ids=[patient_id], what=DataClass.CARE_TEAM,
            reason="care_team", now=now,
        )  # fmt: skip
        return answer({"results": [_colleague(one) for one in _team(patient_id)]})

    @extend_schema(operation_id="join_care_team", request=ColleagueIn, responses={200: TeamOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Bring a colleague in, or give them another part; only a primary therapist may."""
        sent = checked(ColleagueIn, request)
        team.add_to_team(
            clinician=request.user, patient_id=patient_id, colleague_id=sent["clinician"],
            role=sent["role"], now=timezone.now(),
        )  # fmt: skip
        return answer({"results": [_colleague(one) for one in _team(patient_id)]})


class CareTeamMember(APIView):
    """One colleague's part in a patient's treatment."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="leave_care_team", request=None, responses={204: None})
    def delete(self, request: SignedIn, patient_id: UUID, clinician_id: UUID) -> HttpResponse:
        """End it now; only a primary therapist may."""
        team.end_membership(
            clinician=request.user, patient_id=patient_id, colleague_id=clinician_id,
            now=timezone.now(),
        )  # fmt: skip
        return HttpResponse(status=204)


def shape(
    group: reading.GroupView, viewer_id: UUID, marks: Mapping[UUID, str] | None = None
) -> dict[str, Any]:
    """Shape a group for one of the clinic's clinicians; ``marks`` tells namesakes apart."""
    told = {pk: {"told_apart_by": mark} for pk, mark in (marks or {}).items()}
    return {
        "id": group.id,
        "name": group.name,
        "leader": {"id": group.leader_id, "display_name": group.leader_name},
        "is_mine": group.leader_id == viewer_id,
        "members": [
            {"patient": one.patient_id, "display_name": one.name, "since": one.since}
            | told.get(one.patient_id, {})
            for one in group.members
        ],
    }


def _team(patient_id: UUID) -> list[reading.TeamMember]:
    return reading.team_of(patient_id=patient_id, now=timezone.now())


def _colleague(member: reading.TeamMember) -> dict[str, Any]:
    return {
        "clinician": {"id": member.clinician_id, "display_name": member.name},
        "role": member.role,
        "since": member.since,
    }
