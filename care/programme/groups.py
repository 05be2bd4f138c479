"""Therapy groups: who leads them, and who is in them from when until when."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from backend.kit.errors import InvalidInput, NotThere, enforce_limit
from backend.kit.subscribers import Subscribers
from care.access.admin_acts import ActKind, record_act
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_reads_many, log_writes_many
from care.access.open import check_team
from care.access.rules import membership_holds
from care.constants import MOST_GROUPS, MOST_IN_A_GROUP
from care.models import (
    CareTeamMembership,
    Group,
    GroupMembership,
    SessionSeries,
    TreatmentSession,
    User,
)
from care.programme import care_team


class NoSuchGroup(NotThere):
    """There is no such group in this clinic."""


@dataclass(frozen=True, slots=True)
class TreatedGroupMember:
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
    members: tuple[TreatedGroupMember, ...]


class MembershipSubscriber(Protocol):
    """Whoever follows who joined or left a group; told the same again it must change nothing."""

    def __call__(self, *, patients: Collection[UUID], now: datetime) -> object: ...


MEMBERSHIP_SUBSCRIBERS: Subscribers[MembershipSubscriber] = Subscribers()


def get_or_create_group(*, clinician: User, name: str) -> tuple[Group, bool]:
    """Create a group of the clinic, led by the clinician; return it, and whether it is new.

    One leader opens one group of a name: nobody could tell two of them apart.

    :raises backend.kit.errors.InvalidInput: the clinic has as many as it may.
    """
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=clinician.pk)
        led = Group.objects.filter(clinic_id=clinician.clinic_id, leader=clinician, name=name)
        existing = led.order_by("id").first()
        if existing is not None:
            return existing, False
        validate_group_count(clinic_id=clinician.clinic_id)
        created = Group.objects.create(clinic_id=clinician.clinic_id, leader=clinician, name=name)
    return created, True


def save_group(*, admin: User, group_id: UUID, name: str, leader_id: UUID, now: datetime) -> Group:
    """Create a group under that id, or rename it and hand it to another leader.

    The former leader leaves the care teams they were on for the group alone. The new one joins none
    by it: who reads a chart is decided by those who treat, never by who keeps the accounts. The
    members' logs and the privacy officer say that it was handed over. Sessions that are not over go
    with the group, weekly ones too; those that are over stay with whoever held them.
    """
    with transaction.atomic():
        group = Group.objects.filter(pk=group_id, clinic_id=admin.clinic_id).first()
        if group is None:
            validate_group_count(clinic_id=admin.clinic_id)
            return Group.objects.create(
                id=group_id, clinic_id=admin.clinic_id, leader_id=leader_id, name=name
            )
        member_ids = list(
            GroupMembership.objects.filter(membership_holds(now), group=group).values_list(
                "patient_id", flat=True
            )
        )
        is_handed_over = group.leader_id != leader_id
        Group.objects.filter(pk=group.pk).update(name=name, leader_id=leader_id)
        if is_handed_over:
            _hand_over_sessions(group, leader_id, now)
            for patient_id in member_ids:
                _end_leader_membership(group, patient_id, now)
            record_act(
                clinic_id=admin.clinic_id, kind=ActKind.GROUP_HANDED_OVER, actor=admin, thing=name,
                about=User.objects.get(pk=leader_id), patients=len(member_ids), now=now,
            )  # fmt: skip
            log_writes_many(
                viewer=admin, patient_ids=member_ids, what=DataCategory.GROUPS,
                reason="handed_over", now=now,
            )  # fmt: skip
        group.refresh_from_db()
    return group


def add_to_group(
    *, clinician: User, group_id: UUID, patient_id: UUID, now: datetime
) -> tuple[GroupMembership, bool]:
    """Add a patient of the clinician to a group; return the membership, and whether it is new.

    The group's leader joins the care team, so that they may read what the patient shares with it.
    Who opens a chart to a colleague that way must be entitled to bring them into the care team.

    :raises NoSuchGroup: none of this clinic; logged.
    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises care.programme.care_team.NotPrimaryTherapist: the leader is not on the care team, and
        the caller is no primary therapist of this patient; logged.
    :raises backend.kit.errors.InvalidInput: the group is full.
    """
    group = _clinic_group(clinician, group_id, now)
    check_team(viewer=clinician, patient_id=patient_id, what=DataCategory.GROUPS, now=now)
    if not care_team.is_on_team(patient_id=patient_id, clinician_id=group.leader_id, now=now):
        care_team.require_primary_therapist(clinician, patient_id, now)
    try:
        with transaction.atomic():
            # The row is the lock that counts who is in.
            Group.objects.select_for_update().get(pk=group.pk)
            members = GroupMembership.objects.filter(membership_holds(now), group=group)
            membership = members.filter(patient_id=patient_id).first()
            if membership is not None:
                return membership, False
            # Also who joined a moment after this request began, and whoever starts later.
            open_still = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
            _validate_not_full(GroupMembership.objects.filter(open_still, group=group).count())
            created = GroupMembership.objects.create(
                group=group, patient_id=patient_id, starts_at=now
            )
            care_team.ensure_on_team(
                patient_id=patient_id, clinician_id=group.leader_id,
                role=CareTeamMembership.Role.GROUP_LEADER, now=now,
            )  # fmt: skip
            _log_group_write(clinician, patient_id, now)
            for follow in MEMBERSHIP_SUBSCRIBERS:
                follow(patients=[patient_id], now=now)
    except IntegrityError:
        # A membership that starts later stands open already.
        raise InvalidInput.of("patient", "joins_later", "Joins this group later.") from None
    return created, True


def remove_from_group(*, clinician: User, group_id: UUID, patient_id: UUID, now: datetime) -> bool:
    """End a patient's time in a group now; return whether they were in it.

    A leader who was on the care team for the group alone leaves it too.

    :raises NoSuchGroup: none of this clinic; logged.
    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    """
    group = _clinic_group(clinician, group_id, now)
    check_team(viewer=clinician, patient_id=patient_id, what=DataCategory.GROUPS, now=now)
    memberships = GroupMembership.objects.filter(membership_holds(now), group=group)
    with transaction.atomic():
        ended = memberships.filter(patient_id=patient_id).update(ends_at=now)
        if ended:
            _end_leader_membership(group, patient_id, now)
            _log_group_write(clinician, patient_id, now)
        for follow in MEMBERSHIP_SUBSCRIBERS:
            follow(patients=[patient_id], now=now)
    return bool(ended)


def end_group_memberships(*, patient_id: UUID, now: datetime) -> int:
    """End every group membership of a discharged patient, in the caller's transaction."""
    return GroupMembership.objects.filter(patient_id=patient_id, ends_at__isnull=True).update(
        ends_at=now
    )


def groups_of_clinic(*, viewer: User, now: datetime) -> list[GroupView]:
    """List the clinic's groups by name; the members shown are logged."""
    groups = list(
        Group.objects.filter(clinic_id=viewer.clinic_id)
        .select_related("leader")
        .order_by("name", "id")
    )
    return _group_views(viewer, groups, now)


def open_group(*, clinician: User, name: str, now: datetime) -> tuple[GroupView, bool]:
    """Open a group that the clinician leads, or find theirs of that name; whether it is new."""
    group, is_new = get_or_create_group(clinician=clinician, name=name)
    known = None if is_new else group_of_clinic(viewer=clinician, group_id=group.pk, now=now)
    return known or GroupView(group.pk, name, clinician.pk, clinician.display_name, ()), is_new


def group_of_clinic(*, viewer: User, group_id: UUID, now: datetime) -> GroupView | None:
    """Find one group of the clinic; the members shown are logged."""
    groups = Group.objects.filter(pk=group_id, clinic_id=viewer.clinic_id).select_related("leader")
    return next(iter(_group_views(viewer, groups, now)), None)


def groups_led(*, viewer: User) -> list[Group]:
    """List the groups that a clinician leads, by name."""
    return list(Group.objects.filter(leader_id=viewer.pk).order_by("name", "id"))


def validate_group_count(*, clinic_id: UUID) -> None:
    """Refuse another group where a clinic has as many as it may.

    :raises backend.kit.errors.InvalidInput: it has as many as it may.
    """
    count = Group.objects.filter(clinic_id=clinic_id).count()
    enforce_limit(count, most=MOST_GROUPS, what="groups in a clinic")


def _hand_over_sessions(group: Group, leader_id: UUID, now: datetime) -> None:
    """Assign the sessions that are not over to the new leader, each with a new revision."""
    TreatmentSession.objects.filter(group=group, ends_at__gt=now).update(
        clinician_id=leader_id, rev=F("rev") + 1
    )
    SessionSeries.objects.filter(group=group).update(clinician_id=leader_id, rev=F("rev") + 1)


def _end_leader_membership(group: Group, patient_id: UUID, now: datetime) -> None:
    leads_another = GroupMembership.objects.filter(
        membership_holds(now), patient_id=patient_id, group__leader_id=group.leader_id
    ).exclude(group=group)
    if not leads_another.exists():
        CareTeamMembership.objects.filter(
            patient_id=patient_id,
            clinician_id=group.leader_id,
            role=CareTeamMembership.Role.GROUP_LEADER,
            ends_at__isnull=True,
        ).update(ends_at=now)


def _clinic_group(clinician: User, group_id: UUID, now: datetime) -> Group:
    group = Group.objects.filter(pk=group_id, clinic_id=clinician.clinic_id).first()
    if group is None:
        log_denial(viewer=clinician, what=DataCategory.GROUPS, reason="not_theirs", now=now)
        raise NoSuchGroup
    return group


def _validate_not_full(count: int) -> None:
    if count >= MOST_IN_A_GROUP:
        detail = f"This group has {MOST_IN_A_GROUP} members, which is as many as it takes."
        raise InvalidInput.of("patient", "group_full", detail)


def _log_group_write(clinician: User, patient_id: UUID, now: datetime) -> None:
    log_writes_many(
        viewer=clinician, patient_ids=[patient_id], what=DataCategory.GROUPS, reason="care_team",
        now=now,
    )  # fmt: skip


def _group_views(viewer: User, groups: Iterable[Group], now: datetime) -> list[GroupView]:
    treats = CareTeamMembership.objects.filter(
        membership_holds(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id")
    )
    members: dict[UUID, list[TreatedGroupMember]] = {group.pk: [] for group in groups}
    rows = (
        GroupMembership.objects.filter(
            membership_holds(now), Exists(treats), group__clinic_id=viewer.clinic_id
        )
        .order_by("patient__user__display_name", "id")
        .values_list("group_id", "patient_id", "patient__user__display_name", "starts_at")
    )
    for group_id, patient_id, name, since in rows:
        if group_id in members:
            members[group_id].append(TreatedGroupMember(patient_id, name, since))
    log_reads_many(
        viewer=viewer,
        patient_ids=[member.patient_id for of_group in members.values() for member in of_group],
        what=DataCategory.GROUPS,
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
