"""A patient's own session that lies ahead, for the brief that they read before it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from care.access.data_categories import DataCategory
from care.access.log import log_denial
from care.access.rules import membership_holds
from care.models import GroupMembership, TreatmentSession, User
from care.sessions.for_brief import IndividualSession, NoSessionToBrief


class NotAhead(Exception):
    """The session has begun or was cancelled, so there is no coming brief."""


class NotWithOnePatient(Exception):
    """The session is of a group that the patient is in: no brief is about them alone."""


def own_session_ahead(
    *, viewer: User, session_id: UUID, now: datetime
) -> tuple[IndividualSession, User]:
    """Find a session of the patient's own that lies ahead, and the clinician who holds it.

    :raises NoSessionToBrief: for everybody else, and when there is none; logged.
    :raises NotWithOnePatient: for one of a group that the patient is in.
    :raises NotAhead: when it has begun or was cancelled.
    """
    in_group = GroupMembership.objects.filter(
        membership_holds(now), patient_id=viewer.pk, group_id=OuterRef("group_id")
    )
    found = (
        TreatmentSession.objects.filter(
            Q(patient_id=viewer.pk) | Exists(in_group), pk=session_id, clinic_id=viewer.clinic_id
        )
        .select_related("clinician", "clinic", "patient")
        .first()
    )
    if found is None:
        log_denial(viewer=viewer, what=DataCategory.BRIEF, reason="not_theirs", now=now)
        raise NoSessionToBrief
    if found.patient is None:
        raise NotWithOnePatient
    if found.starts_at <= now or found.cancelled_at is not None:
        raise NotAhead
    session = IndividualSession(
        id=found.pk, kind=found.kind, starts_at=found.starts_at, ends_at=found.ends_at,
        title=found.title, place=found.place, is_cancelled=False,
        clinician_name=found.clinician.display_name, time_zone=found.clinic.time_zone,
        patient_id=viewer.pk, patient_name=viewer.display_name, patient_zone=viewer.time_zone,
        enrolled_at=found.patient.enrolled_at, day_starts_hour=found.patient.day_starts_hour,
    )  # fmt: skip
    return session, found.clinician
