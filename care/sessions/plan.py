"""Plan, change and cancel treatment sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput, NotThere, enforce_limit
from backend.kit.subscribers import Subscribers
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_writes_many
from care.access.open import check_team
from care.access.rules import membership_holds
from care.constants import MOST_SESSIONS_A_DAY, MOST_SESSIONS_AHEAD, ONE_DAY
from care.models import (
    CareTeamMembership,
    Group,
    TreatmentSession,
    User,
)

#: Longer than a day is a slip of the finger.
LONGEST_SESSION = timedelta(hours=24)
#: Further ahead is the year of another calendar: 2569 is the Buddhist 2026.
FURTHEST_SESSION = timedelta(days=50 * 366)


class NoSuchSession(NotThere):
    """There is no such session that this clinician may change."""


class SessionChanged(ChangedMeanwhile):
    """Somebody changed the session since it was read; nothing was written."""


class SessionDiffers(Exception):
    """A session of this kind with the same people begins at that instant, planned otherwise."""


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session that a clinician plans, with one of their patients or one of their groups."""

    clinician: User
    kind: str
    starts_at: datetime
    ends_at: datetime
    patient_id: UUID | None = None
    group_id: UUID | None = None
    title: str = field(default="", repr=False)
    place: str = field(default="", repr=False)

    @property
    def whose(self) -> dict[str, UUID | None]:
        """Return the columns that name the patient or the group."""
        return {"patient_id": self.patient_id, "group_id": self.group_id}


class SessionSubscriber(Protocol):
    """Whoever follows the sessions of patients; told the same again it must change nothing."""

    def __call__(self, *, session_id: UUID, now: datetime) -> None:
        """Follow a session that was planned, moved or cancelled, in its transaction."""


SESSION_SUBSCRIBERS: Subscribers[SessionSubscriber] = Subscribers()


def plan_session(*, plan: PlannedSession, now: datetime) -> tuple[TreatmentSession, bool]:
    """Plan a session; return it, and whether it is new.

    The same again, while it is not cancelled, is that session and not a second one. Of two who plan
    the same at once, one makes it and both are answered with it.

    :raises SessionDiffers: there is one of this kind with them at that instant, otherwise planned.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.access.chart.NoSuchChart: a patient or group that isn't theirs; logged.
    """
    validate_plan(plan=plan, now=now)
    with transaction.atomic():
        lock_plan(clinician=plan.clinician)
        existing = _matching_sessions(plan).order_by("created_at", "id").first()
        if existing is not None:
            if not _is_same(existing, plan):
                raise SessionDiffers
            return existing, False
        log_plan_change(clinician=plan.clinician, patient_id=plan.patient_id, now=now)
        created = TreatmentSession.objects.create(
            clinic_id=plan.clinician.clinic_id, clinician=plan.clinician, kind=plan.kind,
            starts_at=plan.starts_at, ends_at=plan.ends_at, title=plan.title, place=plan.place,
            created_at=now, **plan.whose,
        )  # fmt: skip
        tell_of_session(session_id=created.pk, now=now)
    return created, True


def change_session(
    *, clinician: User, session_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> TreatmentSession:
    """Move, rename or cancel one of the clinician's own sessions, if nobody changed it meanwhile.

    ``changes`` may hold ``starts_at``, ``ends_at``, ``title``, ``place`` and ``cancelled``.

    :raises NoSuchSession: none of theirs; logged.
    :raises SessionChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    session = own_session(clinician=clinician, session_id=session_id, now=now)
    starts_at = changes.get("starts_at", session.starts_at)
    ends_at = changes.get("ends_at", session.ends_at)
    validate_times(starts_at, ends_at, now=now)
    new_values: dict[str, Any] = {
        name: changes[name] for name in ("title", "place") if name in changes
    }
    if "cancelled" in changes:
        new_values["cancelled_at"] = now if changes["cancelled"] else None
    if session.series_id is not None:
        new_values["is_exception"] = True
    unchanged = TreatmentSession.objects.filter(pk=session.pk, rev=rev)
    with transaction.atomic():
        if not claim(
            unchanged, starts_at=starts_at, ends_at=ends_at, rev=F("rev") + 1, **new_values
        ):
            raise SessionChanged
        log_plan_change(clinician=clinician, patient_id=session.patient_id, now=now)
        tell_of_session(session_id=session.pk, now=now)
    session.refresh_from_db()
    return session


def tell_of_session(*, session_id: UUID, now: datetime) -> None:
    """Tell whoever follows sessions of one that was planned, moved or cancelled."""
    for follow in SESSION_SUBSCRIBERS:
        follow(session_id=session_id, now=now)


def is_session_planned(*, plan: PlannedSession) -> bool:
    """Whether this very session is planned already, so that planning it again adds none."""
    return any(_is_same(row, plan) for row in _matching_sessions(plan))


def own_session(*, clinician: User, session_id: UUID, now: datetime) -> TreatmentSession:
    """Find a session that this clinician holds with a patient of theirs, or of a group they lead.

    Who leads a group now also takes attendance of what was held before they did.

    :raises NoSuchSession: none of theirs; logged.
    """
    session = (
        TreatmentSession.objects.filter(pk=session_id, clinic_id=clinician.clinic_id)
        .select_related("series", "group")
        .first()
    )
    if session is None or not _is_held_by(clinician, session, now):
        log_denial(viewer=clinician, what=DataCategory.SESSIONS, reason="not_theirs", now=now)
        raise NoSuchSession
    return session


def validate_plan(*, plan: PlannedSession, now: datetime) -> None:
    """Check that the clinician may plan such a session, and that there is room for it.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.access.chart.NoSuchChart: a patient or group that isn't theirs; logged.
    """
    clinician = plan.clinician
    _validate_participants(kind=plan.kind, **plan.whose)
    validate_times(plan.starts_at, plan.ends_at, now=now)
    if plan.patient_id is not None:
        check_team(
            viewer=clinician, patient_id=plan.patient_id, what=DataCategory.SESSIONS, now=now
        )
    elif (
        plan.group_id is None
        or not Group.objects.filter(
            pk=plan.group_id, clinic_id=clinician.clinic_id, leader_id=clinician.pk
        ).exists()
    ):
        log_denial(viewer=clinician, what=DataCategory.SESSIONS, reason="not_leader", now=now)
        raise NoSuchChart
    _validate_session_count(plan, now)


def validate_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Check that a session ends after its start, within a day, and is not in a far year.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    if starts_at > now + FURTHEST_SESSION:
        raise InvalidInput.of("starts_at", "out_of_range", "Must be within 50 years from now.")
    if not timedelta(0) < ends_at - starts_at <= LONGEST_SESSION:
        detail = "Must be after the start, and within 24 hours of it."
        raise InvalidInput.of("ends_at", "ends_before_start", detail)


def lock_plan(*, clinician: User) -> None:
    """Lock a clinician's plan for additions until the caller's transaction ends."""
    User.objects.select_for_update().only("pk").get(pk=clinician.pk)


def log_plan_change(*, clinician: User, patient_id: UUID | None, now: datetime) -> None:
    """Log that the plan of this patient changed, in the transaction that changes it."""
    if patient_id is not None:
        log_writes_many(
            viewer=clinician, patient_ids=[patient_id], what=DataCategory.SESSIONS,
            reason="session_clinician", now=now,
        )  # fmt: skip


def _matching_sessions(plan: PlannedSession) -> "QuerySet[TreatmentSession]":
    """Select the sessions of this kind with the same people at that instant."""
    return TreatmentSession.objects.filter(
        cancelled_at__isnull=True, clinician=plan.clinician, kind=plan.kind,
        starts_at=plan.starts_at, **plan.whose,
    )  # fmt: skip


def _is_same(row: TreatmentSession, plan: PlannedSession) -> bool:
    """Whether end, title and place are the same too; sealed columns can't be queried."""
    return (row.ends_at, row.title, row.place) == (plan.ends_at, plan.title, plan.place)


def _validate_session_count(plan: PlannedSession, now: datetime) -> None:
    rows = TreatmentSession.objects.filter(cancelled_at__isnull=True, **plan.whose)
    ahead = rows.filter(starts_at__gt=now).count()
    enforce_limit(ahead, most=MOST_SESSIONS_AHEAD, what="sessions ahead with one patient or group")
    near = rows.filter(
        starts_at__gt=plan.starts_at - ONE_DAY / 2, starts_at__lt=plan.starts_at + ONE_DAY / 2
    )
    enforce_limit(near.count(), most=MOST_SESSIONS_A_DAY, what="sessions of one day with them")


def _is_held_by(clinician: User, session: TreatmentSession, now: datetime) -> bool:
    if session.group is not None:
        return session.group.leader_id == clinician.pk
    return (
        session.clinician_id == clinician.pk
        and CareTeamMembership.objects.filter(
            membership_holds(now), patient_id=session.patient_id, clinician_id=clinician.pk
        ).exists()
    )


def _validate_participants(*, kind: str, patient_id: UUID | None, group_id: UUID | None) -> None:
    if (patient_id is None) == (group_id is None):
        raise InvalidInput.of("patient", "patient_or_group", "Name a patient or a group, not both.")
    if kind == TreatmentSession.Kind.INDIVIDUAL and patient_id is None:
        raise InvalidInput.of("patient", "required", "An individual session needs a patient.")
    if kind == TreatmentSession.Kind.GROUP and group_id is None:
        raise InvalidInput.of("group", "required", "A group session needs a group.")
