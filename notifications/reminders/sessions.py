"""Patients' treatment sessions, as far as reminders announce them or are suppressed by them.

They are read without a patient's chart: their times only, never what they are about.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from backend.kit.timezones import get_zone
from care.models import GroupMembership, TreatmentSession

#: Sessions further ahead are looked at when they come nearer.
SESSION_HORIZON = timedelta(days=60)

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
    spans = Q(cancelled_at__isnull=True, ends_at__gt=since, starts_at__lt=until)
    by_patient: SessionsByPatient = {}
    for patient, *columns in (
        *_individual_sessions(patients, spans),
        *_group_sessions(patients, since, until),
    ):
        by_patient.setdefault(patient, []).append(_patient_session(*columns))
    for sessions in by_patient.values():
        sessions.sort(
            key=lambda patient_session: (patient_session.starts_at, patient_session.session)
        )
    return by_patient


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


def _individual_sessions(patients: Collection[UUID], spans: Q) -> Iterator[tuple[Any, ...]]:
    yield from TreatmentSession.objects.filter(spans, patient_id__among=patients).values_list(
        "patient_id", *_COLUMNS
    )


def _group_sessions(
    patients: Collection[UUID], since: datetime, until: datetime
) -> Iterator[tuple[Any, ...]]:
    """Select sessions of groups, for the members that they have when they start."""
    prefix = "group__sessions__"
    yield from (
        GroupMembership.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=F("group__sessions__starts_at")),
            patient_id__among=patients,
            starts_at__lte=F("group__sessions__starts_at"),
            group__sessions__cancelled_at__isnull=True,
            group__sessions__ends_at__gt=since,
            group__sessions__starts_at__lt=until,
        ).values_list("patient_id", *(prefix + name for name in _COLUMNS))
    )


def _patient_session(
    session: UUID, starts_at: datetime, ends_at: datetime, zone_name: str
) -> PatientSession:
    local = starts_at.astimezone(get_zone(zone_name))
    return PatientSession(session, starts_at, ends_at, local.date(), local.hour * 60 + local.minute)
