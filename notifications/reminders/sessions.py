"""Patients' treatment sessions, as far as reminders announce them or are suppressed by them.

They are read without a patient's chart: their times only, never what they are about.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from backend.kit.db.bulk import IdArray
from backend.kit.db.compiled import CompiledQuery
from backend.kit.timezones import get_zone
from care.models import GroupMembership, Patient, TreatmentSession

#: Sessions further ahead are looked at when they come nearer.
SESSION_HORIZON = timedelta(days=60)
#: The smallest difference of two instants.
_MOMENT = timedelta(microseconds=1)

_COLUMNS = ("id", "starts_at", "ends_at", "clinic__time_zone")


@dataclass(frozen=True, slots=True)
class PatientSession:
    """One session of one patient. Its day and minute are those of the clinic's calendar."""

    session: UUID
    starts_at: datetime
    ends_at: datetime
    day: date
    minute: int


SessionsByPatient = dict[UUID, list[PatientSession]]


def sessions_of_patients(
    *, patients: Collection[UUID], since: datetime, until: datetime
) -> SessionsByPatient:
    """Load the sessions of these patients that overlap a span of time, soonest first."""
    if not patients:
        return {}
    span = {"patients": IdArray(patients), "since": since, "until": until}
    by_patient: SessionsByPatient = {}
    for patient, *columns in (*_INDIVIDUAL_SESSIONS.all(**span), *_GROUP_SESSIONS.all(**span)):
        by_patient.setdefault(patient, []).append(_patient_session(*columns))
    for sessions in by_patient.values():
        sessions.sort(
            key=lambda patient_session: (patient_session.starts_at, patient_session.session)
        )
    return by_patient


def running_sessions(*, patients: Collection[UUID], now: datetime) -> SessionsByPatient:
    """Load the sessions in which these patients are at this moment."""
    return sessions_of_patients(patients=patients, since=now, until=now + _MOMENT)


def is_in_session(sessions: Iterable[PatientSession], *, at: datetime) -> bool:
    """Whether one of a patient's sessions runs at this moment."""
    return any(session.starts_at <= at < session.ends_at for session in sessions)


def planned_sessions(sessions: Iterable[PatientSession], *, at: datetime) -> set[tuple[UUID, date]]:
    """Return the sessions of a patient that are still to begin, each with its day."""
    return {(session.session, session.day) for session in sessions if session.starts_at > at}


def last_session_end(
    sessions: Iterable[PatientSession], *, since: datetime, at: datetime
) -> datetime | None:
    """Return when the last of a patient's sessions ended, if that is later than ``since``."""
    ends = (session.ends_at for session in sessions if since < session.ends_at <= at)
    return max(ends, default=None)


def patients_of_session(*, session_id: UUID) -> set[UUID]:
    """Return whose session it is: one patient, or those in the group since it was planned."""
    session = TreatmentSession.objects.get(pk=session_id)
    if session.patient_id is not None:
        return {session.patient_id}
    return set(
        GroupMembership.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=session.created_at), group__sessions=session_id
        ).values_list("patient_id", flat=True)
    )


def find_next_announced(
    patient_sessions: Sequence[PatientSession],
    *,
    before: timedelta,
    after: datetime,
    handled: tuple[date, int] | None,
) -> PatientSession | None:
    """Return the first session to be announced later than ``after``.

    Of sessions in a row only the first is announced: one that another session leads up to, from
    its announcement on, is not.
    """
    for index, patient_session in enumerate(patient_sessions):
        due_at = patient_session.starts_at - before
        if due_at <= after or (
            handled is not None and (patient_session.day, patient_session.minute) <= handled
        ):
            continue
        if not any(earlier.ends_at > due_at for earlier in patient_sessions[:index]):
            return patient_session
    return None


def _individual_sessions(
    *, patients: Collection[UUID], since: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    return TreatmentSession.objects.filter(
        patient_id__among=patients, cancelled_at__isnull=True, ends_at__gt=since,
        starts_at__lt=until,
    ).values_list("patient_id", *_COLUMNS)  # fmt: skip


def _group_sessions(
    *, patients: Collection[UUID], since: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    """Select sessions of groups, for the members that they have when they start."""
    prefix = "group__sessions__"
    return GroupMembership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=F("group__sessions__starts_at")),
        patient_id__among=patients,
        starts_at__lte=F("group__sessions__starts_at"),
        group__sessions__cancelled_at__isnull=True,
        group__sessions__ends_at__gt=since,
        group__sessions__starts_at__lt=until,
    ).values_list("patient_id", *(prefix + name for name in _COLUMNS))


def _patient_session(
    session: UUID, starts_at: datetime, ends_at: datetime, zone_name: str
) -> PatientSession:
    local = starts_at.astimezone(get_zone(zone_name))
    return PatientSession(session, starts_at, ends_at, local.date(), local.hour * 60 + local.minute)


_SPAN: dict[str, Any] = {
    "patients": Patient._meta.pk,
    "since": TreatmentSession._meta.get_field("ends_at"),
    "until": TreatmentSession._meta.get_field("starts_at"),
}
_INDIVIDUAL_SESSIONS = CompiledQuery(_individual_sessions, **_SPAN)
_GROUP_SESSIONS = CompiledQuery(_group_sessions, **_SPAN)
