"""Groups and care teams, as clinicians of the clinic see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from care import access
from care.access import DataClass, on_team
from care.models import CareTeamMembership, Group, GroupMembership, User


@dataclass(frozen=True, slots=True)
class Member:
    """One patient in a group whom the viewer treats."""

    patient_id: UUID
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group; ``members`` are those whom the viewer treats, whoever else is in it."""

    id: UUID
    name: str
    leader_id: UUID
    leader_name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One clinician on a patient's care team."""

    clinician_id: UUID
    name: str
    role: str
    since: datetime


def groups_of_clinic(*, viewer: User, now: datetime) -> list[GroupView]:
    """List the clinic's groups by name; the members shown are logged."""
    groups = list(
        Group.objects.filter(clinic_id=viewer.clinic_id)
        .select_related("leader")
        .order_by("name", "id")
    )
    return _shown(viewer, groups, now)


def group_of_clinic(*, viewer: User, group_id: UUID, now: datetime) -> GroupView | None:
    """Find one group of the clinic; the members shown are logged."""
    groups = Group.objects.filter(pk=group_id, clinic_id=viewer.clinic_id).select_related("leader")
    return next(iter(_shown(viewer, groups, now)), None)


def groups_led(*, viewer: User) -> list[Group]:
    """List the groups that a clinician leads, by name."""
    return list(Group.objects.filter(leader_id=viewer.pk).order_by("name", "id"))


def treated_by(*, viewer: User, now: datetime) -> list[tuple[UUID, str]]:
    """List the patients whom a clinician treats, by name, for choosing one; logged."""
    found = list(
        CareTeamMembership.objects.filter(on_team(now), clinician_id=viewer.pk)
        .order_by("patient__user__display_name", "patient_id")
        .values_list("patient_id", "patient__user__display_name")
    )
    access.log_list(
        viewer=viewer, patient_ids=[pk for pk, _ in found], what=DataClass.PROFILE,
        reason="choosing", now=now,
    )  # fmt: skip
    return list(dict(found).items())


def team_of(*, patient_id: UUID, now: datetime) -> list[TeamMember]:
    """List who treats a patient at this moment; the caller has asked ``check_team`` before."""
    return [
        TeamMember(*row)
        for row in CareTeamMembership.objects.filter(on_team(now), patient_id=patient_id)
        .order_by("starts_at", "id")
        .values_list("clinician_id", "clinician__display_name", "role", "starts_at")
    ]


def colleagues_of(*, viewer: User) -> list[tuple[UUID, str]]:
    """List the clinicians of the viewer's clinic, by name."""
    return list(
        User.objects.filter(clinic_id=viewer.clinic_id, role=User.Role.CLINICIAN, is_active=True)
        .order_by("display_name", "id")
        .values_list("pk", "display_name")
    )


def _shown(viewer: User, groups: Iterable[Group], now: datetime) -> list[GroupView]:
    treats = CareTeamMembership.objects.filter(
        on_team(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id")
    )
    members: dict[UUID, list[Member]] = {group.pk: [] for group in groups}
    rows = (
        GroupMembership.objects.filter(
            on_team(now), Exists(treats), group__clinic_id=viewer.clinic_id
        )
        .order_by("patient__user__display_name", "id")
        .values_list("group_id", "patient_id", "patient__user__display_name", "starts_at")
    )
    for group_id, patient_id, name, since in rows:
        if group_id in members:
            members[group_id].append(Member(patient_id, name, since))
    access.log_list(
        viewer=viewer,
        patient_ids=[one.patient_id for found in members.values() for one in found],
        what=DataClass.GROUPS,
        reason="care_team",
        now=now,
    )
    return [
        GroupView(
            group.pk, group.name, group.leader_id, group.leader.display_name,
            tuple(members[group.pk]),
        )
        for group in groups
    ]  # fmt: skip
