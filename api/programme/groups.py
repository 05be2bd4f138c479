"""Groups of the clinic and the care team of a patient."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import IsClinician
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import ChoiceOf, IdField, OneLineField, StrictInput, validated_body
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.open import check_team
from care.accounts.names import namesake_labels_in
from care.models import CareTeamMembership
from care.programme import care_team
from care.programme.groups import (
    GroupView,
    add_to_group,
    get_or_create_group,
    group_of_clinic,
    groups_of_clinic,
    remove_from_group,
)
from notifications.reminders.follow import follow_sessions_of

CARE_TEAM_ROLES = [role.value for role in CareTeamMembership.Role]


class GroupIn(StrictInput):
    """A group to open; the caller leads it."""

    name = OneLineField(max_length=120)


class MemberIn(StrictInput):
    """Who joins."""

    patient = IdField()


class ColleagueIn(StrictInput):
    """Who joins a care team, and in which part."""

    clinician = IdField()
    role = ChoiceOf(choices=CARE_TEAM_ROLES)


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
    role = serializers.ChoiceField(choices=CARE_TEAM_ROLES)
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
        groups = groups_of_clinic(viewer=request.user, now=now)
        names = [(member.patient_id, member.name) for group in groups for member in group.members]
        marks = namesake_labels_in(names, viewer=request.user, now=now)
        return json_response(
            unpaged([group_to_json(group, request.user.pk, marks) for group in groups])
        )

    @extend_schema(
        operation_id="open_group", request=GroupIn, responses={201: GroupOut, 200: GroupOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Open a group that the caller leads; 200 where they lead one of that name already."""
        sent = validated_body(GroupIn, request)
        group, is_new = get_or_create_group(clinician=request.user, name=sent["name"])
        shown = None
        if not is_new:
            shown = group_of_clinic(viewer=request.user, group_id=group.pk, now=timezone.now())
        if shown is None:
            shown = GroupView(group.pk, group.name, request.user.pk, request.user.display_name, ())
        return json_response(group_to_json(shown, request.user.pk), status=201 if is_new else 200)


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
            clinician=request.user, group_id=group_id, patient_id=sent["patient"], now=now
        )
        follow_sessions_of(patients=[membership.patient_id], now=now)
        shown = {
            "patient": membership.patient_id,
            "display_name": membership.patient.user.display_name,
            "since": membership.starts_at,
        }
        return json_response(shown, status=201 if is_new else 200)


class GroupMember(APIView):
    """One patient's part in a group."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="leave_group", request=None, responses={204: None})
    def delete(self, request: SignedIn, group_id: UUID, patient_id: UUID) -> HttpResponse:
        """End it now; sessions before keep them in the group."""
        now = timezone.now()
        remove_from_group(clinician=request.user, group_id=group_id, patient_id=patient_id, now=now)
        follow_sessions_of(patients=[patient_id], now=now)
        return HttpResponse(status=204)


class CareTeam(APIView):
    """Who treats one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_care_team", responses=TeamOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List the care team as it is now."""
        now = timezone.now()
        check_team(viewer=request.user, patient_id=patient_id, what=DataCategory.CARE_TEAM, now=now)
        log_reads_many(
            viewer=request.user, patient_ids=[patient_id], what=DataCategory.CARE_TEAM,
            reason="care_team", now=now,
        )  # fmt: skip
        return json_response(
            {"results": [_team_member_to_json(member) for member in _team_of(patient_id)]}
        )

    @extend_schema(operation_id="join_care_team", request=ColleagueIn, responses={200: TeamOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Bring a colleague in, or give them another part; only a primary therapist may."""
        sent = validated_body(ColleagueIn, request)
        care_team.add_to_team(
            clinician=request.user, patient_id=patient_id, colleague_id=sent["clinician"],
            role=sent["role"], now=timezone.now(),
        )  # fmt: skip
        return json_response(
            {"results": [_team_member_to_json(member) for member in _team_of(patient_id)]}
        )


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


def group_to_json(
    group: GroupView, viewer_id: UUID, marks: Mapping[UUID, str] | None = None
) -> dict[str, Any]:
    """Return a group as JSON for a clinician of the clinic; ``marks`` distinguishes namesakes."""
    labels = {pk: {"told_apart_by": mark} for pk, mark in (marks or {}).items()}
    return {
        "id": group.id,
        "name": group.name,
        "leader": {"id": group.leader_id, "display_name": group.leader_name},
        "is_mine": group.leader_id == viewer_id,
        "members": [
            {"patient": member.patient_id, "display_name": member.name, "since": member.since}
            | labels.get(member.patient_id, {})
            for member in group.members
        ],
    }


def _team_of(patient_id: UUID) -> list[care_team.TeamMember]:
    return care_team.care_team_of(patient_id=patient_id, now=timezone.now())


def _team_member_to_json(member: care_team.TeamMember) -> dict[str, Any]:
    return {
        "clinician": {"id": member.clinician_id, "display_name": member.name},
        "role": member.role,
        "since": member.since,
    }
