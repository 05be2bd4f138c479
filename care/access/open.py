"""Open a chart after care team and consent were checked, or deny it.

Every grant and every denial stands in the access log. A read is logged when its chart is opened,
before any data is fetched; a write is logged by the action, in the transaction that writes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db.models import QuerySet

from care.access.chart import Chart, NoSuchChart, build_chart
from care.access.data_categories import DataCategory
from care.access.log import REASON_BREAK_GLASS, log_chart_denial, log_read, log_reads_many
from care.access.rules import (
    TEAM_LEVELS,
    TREATMENT_SCOPES,
    has_active_break_glass,
    is_covered,
    sharing_levels_of_role,
    team_access,
)
from care.models import Patient, User

#: Which sharing levels the patient sees of their own (CLINICAL §2, sharing).
_OWN_LEVELS = frozenset({"care_team", "individual_therapist_only", "private"})


class NothingShown(Exception):
    """The clinician sees nothing of that class: no consent covers it, or they treat no more."""


def open_own_chart(
    *, viewer: User, what: DataCategory, now: datetime, to_write: bool = False
) -> Chart:
    """Open the signed-in patient's own chart; a patient always keeps access to what they wrote.

    :raises NoSuchChart: when the viewer is not a patient.
    """
    chart = _build_own_chart(viewer, what, now, levels=_OWN_LEVELS, parts=TREATMENT_SCOPES)
    if not to_write:
        log_read(chart=chart, what=what, now=now)
    return chart


def open_own_chart_as_shown(
    *, viewer: User, to: User, what: DataCategory, now: datetime, to_write: bool = False
) -> Chart:
    """Open the patient's own chart, narrowed to what a clinician's would show at this moment.

    It is the patient who reads, and the log says so.

    :raises NoSuchChart: when the viewer is not a patient.
    :raises NothingShown: when the clinician could not open the chart for that class of data.
    """
    role, parts, _, _ = team_access(viewer=to, patient_id=viewer.pk, now=now)
    chart = _build_own_chart(viewer, what, now, levels=sharing_levels_of_role(role), parts=parts,
        shown_to=to.pk)  # fmt: skip
    if not is_covered(what, parts):
        raise NothingShown
    if not to_write:
        log_read(chart=chart, what=what, now=now)
    return chart


def open_chart(
    *, viewer: User, patient_id: UUID, what: DataCategory, now: datetime, to_write: bool = False
) -> Chart:
    """Open a patient's chart for a clinician of their care team, or for the patient.

    Care team and consent, its scope and its recipient, are checked at this moment, in one query.
    Break-glass access of the last hour lets its clinician read what the care team sees.

    :raises NoSuchChart: for a stranger, an ended care team, a revoked or expired consent, one that
        does not cover that class of data or is for somebody else, another clinic, or no such
        patient; each denial is logged with its true reason.
    """
    if viewer.pk == patient_id:
        return open_own_chart(viewer=viewer, what=what, now=now, to_write=to_write)
    role, parts, why, wrapped_key = team_access(viewer=viewer, patient_id=patient_id, now=now)
    reason = "" if is_covered(what, parts) else why
    if reason and not to_write and has_active_break_glass(viewer, patient_id, now):
        patient = Patient.objects.get(pk=patient_id)
        chart = build_chart(
            viewer,
            patient_id,
            patient.wrapped_key,
            reason=REASON_BREAK_GLASS,
            sharing_levels=TEAM_LEVELS,
            parts=TREATMENT_SCOPES,
        )
        log_read(chart=chart, what=what, now=now)
        return chart
    if reason:
        log_chart_denial(viewer, patient_id=patient_id, what=what, reason=reason, now=now)
        raise NoSuchChart
    chart = build_chart(
        viewer,
        patient_id,
        wrapped_key,
        reason=role,
        sharing_levels=sharing_levels_of_role(role),
        parts=parts,
    )
    if not to_write:
        log_read(chart=chart, what=what, now=now)
    return chart


def open_chart_of_row(
    *, viewer: User, rows: "QuerySet[Any]", row_id: UUID, what: DataCategory, now: datetime
) -> Chart:
    """Open the chart of whose row it is, to change it; an address names the row alone.

    Also for a row that isn't there a chart is asked for, so both refusals look the same.

    :raises NoSuchChart: for whoever may not open that patient's chart; logged.
    """
    owner = rows.values_list("patient_id", flat=True).first()
    return open_chart(viewer=viewer, patient_id=owner or row_id, what=what, now=now, to_write=True)


def open_write_only_chart(
    *, viewer: User, patient_id: UUID, what: DataCategory, now: datetime
) -> Chart:
    """Open a chart for writing only, for a clinician of the care team; it shows no entry.

    What a clinic must record of its own work, such as the reason of a discharge, needs no consent;
    reading it again does.

    :raises NoSuchChart: for anybody who is not on the care team at this moment; logged.
    """
    check_team(viewer=viewer, patient_id=patient_id, what=what, now=now)
    key = Patient.objects.get(pk=patient_id).wrapped_key
    return build_chart(
        viewer, patient_id, key, reason="care_team", sharing_levels=frozenset(), parts=frozenset()
    )


def deny_ended_access(
    *, viewer_id: UUID, patient_ids: Iterable[UUID], what: DataCategory, now: datetime
) -> NoReturn:
    """Log a denial for each patient whose chart no longer opens, and raise as if it never had.

    For a right that ended between opening the charts and a write that the row policies refused.
    ``now`` is an instant after that refusal.

    :raises NoSuchChart: always.
    """
    viewer = User.objects.get(pk=viewer_id)
    for patient_id in patient_ids:
        _, parts, why, _ = team_access(viewer=viewer, patient_id=patient_id, now=now)
        if not is_covered(what, parts):
            log_chart_denial(viewer, patient_id=patient_id, what=what, reason=why, now=now)
    raise NoSuchChart


def check_team(*, viewer: User, patient_id: UUID, what: DataCategory, now: datetime) -> None:
    """Check that the viewer treats this patient, for what needs no clinical data.

    Planning a session or inviting again needs no consent; reading does.

    :raises NoSuchChart: for anybody who is not on the care team at this moment; logged.
    """
    role, _, reason, _ = team_access(viewer=viewer, patient_id=patient_id, now=now)
    if not role:
        log_chart_denial(viewer, patient_id=patient_id, what=what, reason=reason, now=now)
        raise NoSuchChart


def check_administrator(
    *, viewer: User, patient_id: UUID, what: DataCategory, now: datetime
) -> None:
    """Check that an administrator may see how the service worked for a patient; logged.

    That opens no chart: the caller shows nothing of what the patient does or is treated for.

    :raises NoSuchChart: for anybody else, another clinic, or no such patient; logged.
    """
    patients = Patient.objects.filter(pk=patient_id, user__clinic_id=viewer.clinic_id)
    if viewer.role != User.Role.ADMIN or not patients.exists():
        log_chart_denial(
            viewer, patient_id=patient_id, what=what, reason="not_an_administrator", now=now
        )
        raise NoSuchChart
    log_reads_many(
        viewer=viewer, patient_ids=[patient_id], what=what, reason="administrator", now=now
    )


def _build_own_chart(
    viewer: User,
    what: DataCategory,
    now: datetime,
    *,
    levels: frozenset[str],
    parts: frozenset[str],
    shown_to: UUID | None = None,
) -> Chart:
    patient = _own_patient(viewer)
    if patient is None:
        log_chart_denial(viewer, patient_id=None, what=what, reason="not_a_patient", now=now)
        raise NoSuchChart
    return build_chart(
        viewer, patient.pk, patient.wrapped_key, reason="own", sharing_levels=levels, parts=parts,
        enrolled_at=patient.enrolled_at, day_starts_hour=patient.day_starts_hour,
        language=viewer.reading_language, shown_to=shown_to,
    )  # fmt: skip


def _own_patient(viewer: User) -> Patient | None:
    if viewer.role != User.Role.PATIENT:
        return None
    try:
        return viewer.patient
    except Patient.DoesNotExist:
        return None
