"""A patient's skills and targets, by what their clinic offers and their own calendar.

Each function is what one request or page of a patient or their care team asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart_of_row
from care.models import User
from care.people.patients import patient_today
from care.programme.targets import PersonalTargetsView, set_targets, targets_of
from journaling.models import Assignment
from journaling.skills import assign, read
from journaling.skills.catalogue import Skill
from journaling.skills.clinic_vocabulary import (
    ClinicTerms,
    PatientSkill,
    search_skills,
    skills_of_patient,
    terms_of_clinic,
)
from journaling.skills.read import AssignedSkill


def list_assignments(
    *, chart: Chart, now: datetime, with_ended: bool = False
) -> list[AssignedSkill]:
    """List the patient's assignments, the newest first, with progress up to now."""
    return read.assignments_of(
        chart=chart,
        skills=skills_of_patient(chart=chart),
        today=patient_today(chart=chart, now=now),
        with_ended=with_ended,
    )


@dataclass(frozen=True, slots=True)
class AssignmentsWithOffer:
    """What is assigned to a patient, and the skills that their clinic offers, by slug."""

    assignments: Sequence[AssignedSkill]
    offered: Mapping[str, Skill]


def assignments_with_offer(*, chart: Chart, now: datetime) -> AssignmentsWithOffer:
    """List the patient's assignments as ``list_assignments`` does, with what the clinic offers."""
    skills = skills_of_patient(chart=chart)
    today = patient_today(chart=chart, now=now)
    return AssignmentsWithOffer(
        read.assignments_of(chart=chart, skills=skills, today=today), skills
    )


def assign_skill(
    *, chart: Chart, skill: str, per_week: int, until: date | None, note: str, now: datetime
) -> AssignedSkill:
    """Assign a skill from the patient's today on (``journaling.skills.assign.assign_skill``)."""
    skills, today = skills_of_patient(chart=chart), patient_today(chart=chart, now=now)
    assignment_id = assign.assign_skill(
        chart=chart, skill=skill, per_week=per_week, until=until, note=note, skills=skills,
        today=today, now=now,
    )  # fmt: skip
    return read.assignment_of(chart=chart, assignment_id=assignment_id, skills=skills, today=today)


def change_assignment(
    *, chart: Chart, assignment_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> AssignedSkill:
    """Change an assignment (``journaling.skills.assign.change_assignment``), and read it."""
    assign.change_assignment(
        chart=chart, assignment_id=assignment_id, rev=rev, changes=changes, now=now
    )
    return read.assignment_of(
        chart=chart,
        assignment_id=assignment_id,
        skills=skills_of_patient(chart=chart),
        today=patient_today(chart=chart, now=now),
    )


def open_assignment_chart(*, viewer: User, assignment_id: UUID, now: datetime) -> Chart:
    """Open the chart of whose assignment it is, to change it.

    :raises care.access.chart.NoSuchChart: for whoever does not treat them; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=Assignment.objects.filter(pk=assignment_id), row_id=assignment_id,
        what=DataCategory.SKILLS, now=now,
    )  # fmt: skip


def close_assignment(
    *, chart: Chart, assignment_id: UUID, outcome: str, note: str, now: datetime
) -> AssignedSkill:
    """Close an assignment (``journaling.skills.assign.close_assignment``), and read it."""
    assign.close_assignment(
        chart=chart, assignment_id=assignment_id, outcome=outcome, note=note, now=now
    )
    return read.assignment_of(
        chart=chart,
        assignment_id=assignment_id,
        skills=skills_of_patient(chart=chart),
        today=patient_today(chart=chart, now=now),
    )


def mark_taught(*, chart: Chart, skill: str, is_taught: bool, now: datetime) -> None:
    """Mark a skill of the clinic's as taught, or take the mark back."""
    assign.mark_taught(
        chart=chart, skill=skill, is_taught=is_taught, skills=skills_of_patient(chart=chart),
        now=now,
    )  # fmt: skip


def find_skills(
    *,
    chart: Chart | None,
    clinic_id: UUID,
    text: str,
    module: str | None,
    only_assigned: bool,
    now: datetime,
) -> list[PatientSkill]:
    """Find skills of the clinic, as the patient is shown them today where there is a chart."""
    # Without a patient nothing is assigned, on whatever day.
    today = now.date() if chart is None else patient_today(chart=chart, now=now)
    return search_skills(
        clinic_id=clinic_id, chart=chart, today=today, text=text, module=module,
        only_assigned=only_assigned,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfferedTargets:
    """A patient's targets, and what their clinic offers to pick from."""

    targets: PersonalTargetsView
    offered: ClinicTerms


def targets_with_offer(*, chart: Chart, clinic_id: UUID) -> OfferedTargets:
    """Read the patient's targets, with what the clinic offers."""
    return OfferedTargets(targets_of(chart=chart), terms_of_clinic(clinic_id=clinic_id))


def replace_targets(
    *, chart: Chart, clinic_id: UUID, names: Sequence[str], rev: int, now: datetime
) -> OfferedTargets:
    """Replace the patient's targets (``care.programme.targets.set_targets``), and read them."""
    set_targets(chart=chart, names=names, rev=rev, now=now)
    return targets_with_offer(chart=chart, clinic_id=clinic_id)
