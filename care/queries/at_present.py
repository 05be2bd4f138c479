"""What a brief needs where no session of the reader's lies behind it: a patient as they stand."""

from datetime import datetime
from uuid import UUID

from care import access
from care.access import DataClass, on_team
from care.models import CareTeamMembership, User
from care.queries.briefing import ANY_KIND, BriefedSession, NoSuchSession


def at_present(*, viewer: User, patient_id: UUID, now: datetime) -> BriefedSession:
    """Take this moment for the session that a brief is read before; its id is the patient's.

    It is of no kind, so its window begins with the last session of any that they attended. It holds
    no clinical data: consent is judged when the patient's chart is opened.

    :raises care.queries.briefing.NoSuchSession: for whoever doesn't treat them, and when there is
        no such patient; logged.
    """
    row = (
        CareTeamMembership.objects.filter(
            on_team(now), clinician_id=viewer.pk, patient_id=patient_id,
            patient__user__clinic_id=viewer.clinic_id,
        )
        .values_list(
            "patient__user__display_name", "patient__user__time_zone", "patient__enrolled_at",
            "patient__user__clinic__time_zone", "patient__day_starts_hour",
        )
        .first()
    )  # fmt: skip
    if row is None:
        access.log_denial(viewer=viewer, what=DataClass.BRIEF, reason="not_theirs", now=now)
        raise NoSuchSession
    name, zone, enrolled_at, clinic_zone, starts_hour = row
    return BriefedSession(
        id=patient_id, kind=ANY_KIND, starts_at=now, ends_at=now, title="", place="",
        is_cancelled=False, clinician_name=viewer.display_name, time_zone=clinic_zone,
        patient_id=patient_id, patient_name=name, patient_zone=zone, enrolled_at=enrolled_at,
        day_starts_hour=starts_hour,
    )  # fmt: skip
