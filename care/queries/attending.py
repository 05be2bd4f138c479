"""Who is expected at a session, and what was noted of each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care import access
from care.access import DataClass
from care.actions.programme import treated_members
from care.models import Attendance, TreatmentSession, User


@dataclass(frozen=True, slots=True)
class Expected:
    """One patient of a session; ``status`` is empty and ``minutes`` None while nothing is noted."""

    patient_id: UUID
    name: str
    status: str
    minutes: int | None


def expected_at(*, viewer: User, session: TreatmentSession, now: datetime) -> list[Expected]:
    """List who is expected at one's own session, by name, with what was noted; logged.

    In a group only those whom the viewer treats now.
    """
    members = treated_members(clinician=viewer, session=session, now=now)
    noted = {
        patient_id: (status, minutes)
        for patient_id, status, minutes in Attendance.objects.filter(session=session).values_list(
            "patient_id", "status", "minutes"
        )
    }
    access.log_list(
        viewer=viewer, patient_ids=members, what=DataClass.ATTENDANCE,
        reason="session_clinician", now=now,
    )  # fmt: skip
    names = User.objects.filter(pk__in=members).order_by("display_name", "id")
    return [
        Expected(pk, name, *noted.get(pk, ("", None)))
        for pk, name in names.values_list("pk", "display_name")
    ]
