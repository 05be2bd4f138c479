"""The chart that opens to a clinician who is on call: on duty or backup now, or called lately."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from backend.kit.db import rls_actor
from care.access.chart import Chart, NoSuchChart, build_chart
from care.access.data_categories import REQUIRED_SCOPE, DataCategory
from care.access.log import REASON_ON_CALL
from care.access.rules import consent_covers
from care.models import Patient, StaffCall, User
from care.oncall.safety_settings import settings_of_clinic

#: For how long a call entitles whom it called to see that the event is there.
CALL_ENTITLES_FOR = timedelta(days=1)


def recent_calls(*, clinician_id: UUID, now: datetime) -> "QuerySet[StaffCall]":
    """Select the calls of a clinician that entitle them at this moment."""
    return StaffCall.objects.filter(
        clinician_id=clinician_id, at__gt=now - CALL_ENTITLES_FOR, at__lte=now
    )


def is_on_call(*, viewer: User, patient_id: UUID, now: datetime) -> bool:
    """Whether somebody is on duty or backup now, or was called about this patient lately."""
    staffing = settings_of_clinic(clinic_id=viewer.clinic_id).staffing
    if viewer.pk in staffing.on_call(now):
        return True
    calls = recent_calls(clinician_id=viewer.pk, now=now)
    return calls.filter(patient_id=patient_id).exists()


def open_on_call_chart(
    *, viewer: User, patient_id: UUID, what: DataCategory, now: datetime
) -> Chart:
    """Open a chart that shows no entries, for a clinician who is on duty or was called.

    It lets them see that a safety event is there and clear it, never the patient's words. A denial
    is not logged here: whoever asks first asked for the care team's chart, and that was.

    :raises NoSuchChart: for everybody else, without consent, and after discharge.
    """
    is_staff = viewer.role == User.Role.CLINICIAN
    with rls_actor.acting_as(rls_actor.SAFETY_ACTOR):
        if not is_staff or not is_on_call(viewer=viewer, patient_id=patient_id, now=now):
            raise NoSuchChart
        patient = Patient.objects.filter(
            consent_covers(now, what, viewer=viewer.pk, prefix="consents__"), pk=patient_id,
            user__clinic_id=viewer.clinic_id, discharged_at__isnull=True,
        ).first()  # fmt: skip
    if patient is None:
        raise NoSuchChart
    # The rota is no row that a policy could ask.
    rls_actor.grant_patient_visibility([patient_id])
    parts = frozenset(
        REQUIRED_SCOPE[category] for category in (what,) if category in REQUIRED_SCOPE
    )
    return build_chart(
        viewer,
        patient.pk,
        patient.wrapped_key,
        reason=REASON_ON_CALL,
        sharing_levels=frozenset(),
        parts=parts,
    )
