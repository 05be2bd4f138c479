"""List who is expected at a session, and record who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kit.errors import FieldError, InvalidInput
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many, log_writes_many
from care.access.rules import membership_holds
from care.models import (
    Attendance,
    CareTeamMembership,
    GroupMembership,
    TreatmentSession,
    User,
)
from care.sessions.plan import own_session


@dataclass(frozen=True, slots=True)
class AttendanceMark:
    """One patient's attendance; ``minutes`` is how long they were there, None if not noted."""

    patient_id: UUID
    status: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class ExpectedPatient:
    """One patient of a session; ``status`` is empty and ``minutes`` None while nothing is noted."""

    patient_id: UUID
    name: str
    status: str
    minutes: int | None


def expected_patients(
    *, viewer: User, session: TreatmentSession, now: datetime
) -> list[ExpectedPatient]:
    """List who is expected at one's own session, by name, with what was noted; logged.

    In a group only those whom the viewer treats now.
    """
    members = treated_members(clinician=viewer, session=session, now=now)
    recorded = {
        patient_id: (status, minutes)
        for patient_id, status, minutes in Attendance.objects.filter(session=session).values_list(
            "patient_id", "status", "minutes"
        )
    }
    log_reads_many(
        viewer=viewer, patient_ids=members, what=DataCategory.ATTENDANCE,
        reason="session_clinician", now=now,
    )  # fmt: skip
    names = User.objects.filter(pk__in=members).order_by("display_name", "id")
    return [
        ExpectedPatient(pk, name, *recorded.get(pk, ("", None)))
        for pk, name in names.values_list("pk", "display_name")
    ]


def record_attendance(
    *, clinician: User, session_id: UUID, marks: Sequence[AttendanceMark], now: datetime
) -> list[Attendance]:
    """Record who came; taken again, the newer mark of a patient replaces the older.

    :raises care.sessions.plan.NoSuchSession: none of theirs; logged.
    :raises backend.kit.errors.InvalidInput: it has not begun, or somebody was marked who isn't of
        this session, or whom the clinician doesn't treat.
    """
    session = own_session(clinician=clinician, session_id=session_id, now=now)
    if session.starts_at > now:
        detail = "This session has not begun: nobody can have come to it yet."
        raise InvalidInput.of("session", "not_begun", detail)
    _validate_marks(marks, treated_members(clinician=clinician, session=session, now=now))
    with transaction.atomic():
        for mark in marks:
            Attendance.objects.update_or_create(
                session=session,
                patient_id=mark.patient_id,
                defaults={
                    "status": mark.status,
                    "minutes": mark.minutes,
                    "recorded_by": clinician,
                    "recorded_at": now,
                },
            )
        log_writes_many(
            viewer=clinician,
            patient_ids=[mark.patient_id for mark in marks],
            what=DataCategory.ATTENDANCE,
            reason="session_clinician",
            now=now,
        )
    return list(
        Attendance.objects.filter(session=session, patient_id__in=[m.patient_id for m in marks])
        .order_by("patient_id", "id")
    )  # fmt: skip


def session_members(*, session: TreatmentSession) -> set[UUID]:
    """Return the patients of a session: the one, or who is in the group when it starts."""
    if session.patient_id is not None:
        return {session.patient_id}
    return set(
        GroupMembership.objects.filter(
            membership_holds(session.starts_at), group__sessions=session.pk
        ).values_list("patient_id", flat=True)
    )


def treated_members(*, clinician: User, session: TreatmentSession, now: datetime) -> set[UUID]:
    """List those of a session whom the clinician treats now.

    Who was handed a group treats nobody by it, and learns of nobody that they are in it.
    """
    rows = CareTeamMembership.objects.filter(
        membership_holds(now),
        clinician_id=clinician.pk,
        patient_id__in=session_members(session=session),
    )
    return set(rows.values_list("patient_id", flat=True))


def _validate_marks(marks: Sequence[AttendanceMark], expected: set[UUID]) -> None:
    faults = [
        FieldError(f"{place}.patient", "not_of_this_session", "Not expected at this session.")
        for place, mark in enumerate(marks)
        if mark.patient_id not in expected
    ]
    first = {mark.patient_id: place for place, mark in reversed(list(enumerate(marks)))}
    faults += [
        FieldError(f"{place}.patient", "doubled", "Marked twice.")
        for place, mark in enumerate(marks)
        if first[mark.patient_id] != place
    ]
    if faults:
        raise InvalidInput(faults)
