"""Treatment sessions as the people in them see them.

Pages of sessions, a clinician's day, and the next and the last attended session of each patient.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)

from backend.kit.db.compiled import CompiledQuery
from backend.kit.keyset import page_of
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.roster import Roster
from care.access.rules import consent_covers, membership_holds
from care.models import (
    Attendance,
    CareTeamMembership,
    Consent,
    GroupMembership,
    Patient,
    TreatmentSession,
    User,
)

#: A session further ahead is not "the next one" that a caseload speaks of.
CASELOAD_AHEAD = timedelta(days=28)
#: A brief is of use from long before a session until it is over.
BRIEF_AHEAD = timedelta(days=28)
#: More sessions a day than anybody can hold.
DAY_PLAN_LIMIT = 60
#: Where a page ends: the session's start, and its id for sessions of one instant.
SessionPosition = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class UpcomingSession:
    """The next session of the clinician with one patient, alone or in a group."""

    id: UUID
    kind: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class DaySession:
    """One session on a clinician's day. ``who`` is the patient's or the group's name, and id."""

    id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    who: str
    who_id: UUID | None
    is_group: bool
    is_cancelled: bool
    has_brief: bool


def sessions_page(
    *,
    viewer: User,
    now: datetime,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
    position: SessionPosition | None = None,
    is_backwards: bool = False,
) -> list[TreatmentSession]:
    """List the viewer's sessions by start; each carries ``has_brief``.

    A clinician sees their own and those of groups that they lead, also before they did; a patient
    their own and their groups'. ``has_brief`` is whether the patient's consent covers briefs for
    the viewer.
    """
    rows = _sessions_of_viewer(viewer, now)
    if since is not None:
        rows = rows.filter(starts_at__gte=since)
    if until is not None:
        rows = rows.filter(starts_at__lt=until)
    return page_of(
        rows.annotate(has_brief=Exists(_consents_to_brief(viewer, now))), limit=limit,
        position=position,
        is_backwards=is_backwards, at="starts_at", is_newest_first=False,
    )  # fmt: skip


def day_plan(*, viewer: User, since: datetime, until: datetime, now: datetime) -> list[DaySession]:
    """List the clinician's sessions that start in that time; the names shown are logged."""
    return _logged_day_sessions(
        viewer, _own_sessions(viewer, since, until, DAY_PLAN_LIMIT, now), now
    )


def next_own_session(*, viewer: User, since: datetime, now: datetime) -> DaySession | None:
    """Find the clinician's first session from that instant on; the name shown is logged."""
    return next(
        iter(_logged_day_sessions(viewer, _own_sessions(viewer, since, None, 1, now), now)), None
    )


def next_sessions_by_patient(*, roster: Roster, now: datetime) -> dict[UUID, UpcomingSession]:
    """Find for each patient the viewer's next session with them, within four weeks.

    Patients whose consent doesn't cover sessions are left out.
    """
    ids = roster.ids_with_consent(DataCategory.SESSIONS)
    rows = _SESSIONS_AHEAD.all(
        ids=ids, viewer=roster.viewer_id, now=now, before=now + CASELOAD_AHEAD
    )
    upcoming: dict[UUID, UpcomingSession] = {}
    for own_id, group_member_id, session_id, kind, starts_at in rows:
        upcoming.setdefault(own_id or group_member_id, UpcomingSession(session_id, kind, starts_at))
    return upcoming


def next_individual_sessions(
    *, viewer: User, patients: Collection[UUID], now: datetime
) -> dict[UUID, UUID]:
    """Find for each patient the viewer's next session with them alone that isn't over."""
    rows = (
        TreatmentSession.objects.filter(
            clinician_id=viewer.pk, patient_id__in=patients, cancelled_at__isnull=True,
            ends_at__gt=now, starts_at__lt=now + BRIEF_AHEAD,
        )
        .order_by("starts_at", "id")
        .values_list("patient_id", "id")
    )  # fmt: skip
    next_by_patient: dict[UUID, UUID] = {}
    for patient_id, session_id in rows:
        if patient_id is not None:
            next_by_patient.setdefault(patient_id, session_id)
    return next_by_patient


def last_attended_at(*, now: datetime) -> Subquery:
    """Build the instant of the newest session that the patient of a row (its key) attended."""
    attended = Attendance.objects.filter(
        patient_id=OuterRef("pk"), status__in=Attendance.ATTENDED, session__starts_at__lte=now
    )
    return Subquery(
        attended.order_by().values("patient_id").annotate(at=Max("session__starts_at")).values("at")
    )


def attended_between(*, after: str, until: str, kind: str | None = None) -> Exists:
    """Build whether the patient of a row attended a session after one instant of it, up to another.

    ``after`` and ``until`` name columns of the row, which has a ``patient_id``; without a kind
    every session counts.
    """
    attended = Attendance.objects.filter(
        patient_id=OuterRef("patient_id"), status__in=Attendance.ATTENDED,
        session__starts_at__gt=OuterRef(after), session__starts_at__lte=OuterRef(until),
    )  # fmt: skip
    return Exists(attended if kind is None else attended.filter(session__kind=kind))


def session_of_patient(*, patient_id: UUID, session_id: UUID) -> TreatmentSession | None:
    """Find a session with this patient, or of a group that they were in when it began."""
    in_group = GroupMembership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("starts_at")),
        starts_at__lte=OuterRef("starts_at"), patient_id=patient_id, group_id=OuterRef("group_id"),
    )  # fmt: skip
    return TreatmentSession.objects.filter(
        Q(patient_id=patient_id) | Exists(in_group), pk=session_id
    ).first()


def _sessions_of_viewer(viewer: User, now: datetime) -> "QuerySet[TreatmentSession]":
    if viewer.role == User.Role.CLINICIAN:
        # A session with a patient whom they no longer treat is no longer theirs to see.
        treats = CareTeamMembership.objects.filter(
            membership_holds(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id")
        )
        return TreatmentSession.objects.filter(
            Q(patient__isnull=True) | Exists(treats), clinician_id=viewer.pk
        ) | TreatmentSession.objects.filter(group__leader_id=viewer.pk)
    in_group = GroupMembership.objects.filter(
        membership_holds(now), patient_id=viewer.pk, group_id=OuterRef("group_id")
    )
    return TreatmentSession.objects.filter(Q(patient_id=viewer.pk) | Exists(in_group))


def _consents_to_brief(viewer: User, now: datetime) -> "QuerySet[Consent]":
    agreed = consent_covers(now, DataCategory.BRIEF, viewer=viewer.pk)
    return Consent.objects.filter(agreed, patient_id=OuterRef("patient_id"))


def _sessions_ahead(*, ids: list[UUID], viewer: UUID, now: datetime, before: datetime) -> Any:
    return (
        TreatmentSession.objects.filter(
            Q(patient_id__in=ids)
            | Q(
                membership_holds(now, "group__memberships__"),
                group__memberships__patient_id__in=ids,
            ),
            clinician_id=viewer,
            starts_at__gte=now,
            starts_at__lt=before,
            cancelled_at__isnull=True,
        )
        .order_by("starts_at", "id")
        .values_list("patient_id", "group__memberships__patient_id", "id", "kind", "starts_at")
    )


_SESSIONS_AHEAD = CompiledQuery(
    _sessions_ahead,
    ids=Patient._meta.pk,
    viewer=User._meta.pk,
    now=TreatmentSession._meta.get_field("starts_at"),
    before=TreatmentSession._meta.get_field("starts_at"),
)


def _own_sessions(
    viewer: User, since: datetime, until: datetime | None, limit: int, now: datetime
) -> Sequence[TreatmentSession]:
    sessions = sessions_page(viewer=viewer, now=now, limit=limit, since=since, until=until)
    prefetch_related_objects(sessions, "patient__user", "group")
    return sessions


def _logged_day_sessions(
    viewer: User, sessions: Sequence[TreatmentSession], now: datetime
) -> list[DaySession]:
    patients = [session.patient_id for session in sessions if session.patient_id is not None]
    if patients:
        log_reads_many(
            viewer=viewer,
            patient_ids=patients,
            what=DataCategory.SESSIONS,
            reason="day_plan",
            now=now,
        )
    return [_day_session(session) for session in sessions]


def _day_session(session: TreatmentSession) -> DaySession:
    patient, group = session.patient, session.group
    who = patient.user.display_name if patient else group.name if group else ""
    return DaySession(
        id=session.pk,
        kind=session.kind,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=session.title,
        place=session.place,
        who=who,
        who_id=session.patient_id or session.group_id,
        is_group=patient is None,
        is_cancelled=session.cancelled_at is not None,
        has_brief=patient is not None and bool(getattr(session, "has_brief", False)),
    )
