"""Treatment sessions, as the people in them see them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.kit.keyset import page_of
from care.access import DataClass, on_team
from care.consent_rules import covers
from care.models import CareTeamMembership, Consent, GroupMembership, TreatmentSession, User

#: Where a page ends: the session's start, and its id for sessions of one instant.
Position = tuple[datetime, UUID]


def sessions_page(
    *,
    viewer: User,
    now: datetime,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
    position: Position | None = None,
    is_backwards: bool = False,
) -> list[TreatmentSession]:
    """List the viewer's sessions by start: a clinician's own and those of groups that they lead,
    also before they did; a patient's own and their groups'.

    Each carries ``has_brief``: whether the patient's consent covers briefs for the viewer.
    """
    rows = _mine(viewer, now)
    if since is not None:
        rows = rows.filter(starts_at__gte=since)
    if until is not None:
        rows = rows.filter(starts_at__lt=until)
    return page_of(
        rows.annotate(has_brief=Exists(_readable(viewer, now))), limit=limit, position=position,
        is_backwards=is_backwards, at="starts_at", is_newest_first=False,
    )  # fmt: skip


def _mine(viewer: User, now: datetime) -> "QuerySet[TreatmentSession]":
    if viewer.role == User.Role.CLINICIAN:
        # A session with a patient whom they no longer treat is no longer theirs to see.
        treats = CareTeamMembership.objects.filter(
            on_team(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id")
        )
        return TreatmentSession.objects.filter(
            Q(patient__isnull=True) | Exists(treats), clinician_id=viewer.pk
        ) | TreatmentSession.objects.filter(group__leader_id=viewer.pk)
    in_group = GroupMembership.objects.filter(
        on_team(now), patient_id=viewer.pk, group_id=OuterRef("group_id")
    )
    return TreatmentSession.objects.filter(Q(patient_id=viewer.pk) | Exists(in_group))


def _readable(viewer: User, now: datetime) -> "QuerySet[Consent]":
    agreed = covers(now, DataClass.BRIEF, viewer=viewer.pk)
    return Consent.objects.filter(agreed, patient_id=OuterRef("patient_id"))
