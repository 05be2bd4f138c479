"""The plan of care: hours a week and goals, written as versions, and the newest one to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.constants import LEAST_IOP_HOURS, PLAN_REVIEWED_EVERY
from care.models import (
    CarePlan,
    Episode,
    User,
)

PROBLEMS_BINDING = CarePlan.HANDLING.sealed["words"].bound_to


class CarePlanChanged(ChangedMeanwhile):
    """Somebody wrote another version since it was read; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A step towards a goal, with the skills, measures and interventions that hang on it."""

    text: str
    skills: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What the patient wants to reach, and the objectives on the way."""

    text: str
    objectives: tuple[Objective, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedProblem:
    """A problem that is taken on, and its goals; ``text`` is "" where only goals were written."""

    text: str
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class CarePlanView:
    """The plan of care as it stands; without one, ``rev`` is 0 and nothing is known."""

    rev: int
    hours_per_week: Decimal | None
    problems: tuple[PlannedProblem, ...]
    reviewed_on: date | None
    written_by: str
    written_at: datetime | None

    @property
    def goals(self) -> tuple[str, ...]:
        """Return the goals of all problems, in words."""
        return tuple(goal.text for problem in self.problems for goal in problem.goals)

    @property
    def review_due_on(self) -> date | None:
        """Return the day by which it should be reviewed."""
        return None if self.reviewed_on is None else self.reviewed_on + PLAN_REVIEWED_EVERY


def care_plan_of(*, chart: Chart) -> CarePlanView:
    """Read the newest version of the plan of care."""
    newest = (
        CarePlan.objects.filter(patient_id=chart.patient_id)
        .select_related("written_by")
        .order_by("-rev")
        .first()
    )
    if newest is None:
        return CarePlanView(0, None, (), None, "", None)
    return CarePlanView(
        newest.rev,
        newest.hours_per_week,
        _opened_problems(newest, chart),
        newest.reviewed_on,
        newest.written_by.display_name,
        newest.written_at,
    )


def write_care_plan(
    *,
    chart: Chart,
    clinician: User,
    rev: int,
    hours_per_week: Decimal,
    problems: Sequence[PlannedProblem],
    reviewed_on: date,
    now: datetime,
) -> CarePlan:
    """Write the next version of the plan; ``rev`` is the newest that the writer read, 0 for none.

    :raises CarePlanChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    if reviewed_on > local_day(now, clinician.clinic.time_zone):
        raise InvalidInput.of("reviewed_on", "in_the_future", "Must not be in the future.")
    _validate_hours(chart, hours_per_week)
    newest = CarePlan.objects.filter(patient_id=chart.patient_id).order_by("-rev").first()
    if (newest.rev if newest else 0) != rev:
        raise CarePlanChanged
    plan_id = new_id()
    sealed = chart.cipher.seal(orjson.dumps(list(problems)), column=PROBLEMS_BINDING, row=plan_id)
    with next_version(CarePlanChanged):
        plan = CarePlan.objects.create(
            id=plan_id,
            patient_id=chart.patient_id,
            rev=rev + 1,
            hours_per_week=hours_per_week,
            words=sealed,
            reviewed_on=reviewed_on,
            written_by=clinician,
            written_at=now,
        )
        log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return plan


def without_problem(goals: Sequence[str]) -> tuple[PlannedProblem, ...]:
    """Return goals that were written as a list alone, as a plan has them."""
    return (PlannedProblem("", tuple(map(Goal, goals))),) if goals else ()


def _opened_problems(plan: CarePlan, chart: Chart) -> tuple[PlannedProblem, ...]:
    stored = orjson.loads(chart.cipher.open(plan.words, column=PROBLEMS_BINDING, row=plan.pk))
    return tuple(
        PlannedProblem(problem["text"], tuple(map(_goal, problem["goals"]))) for problem in stored
    )


def _goal(stored: Mapping[str, Any]) -> Goal:
    return Goal(
        stored["text"],
        tuple(
            Objective(
                one["text"], *(tuple(one[name]) for name in ("skills", "measures", "interventions"))
            )
            for one in stored["objectives"]
        ),
    )


def _validate_hours(chart: Chart, hours: Decimal) -> None:
    """Refuse fewer than nine hours in intensive outpatient care (CLINICAL §1)."""
    is_intensive = Episode.objects.filter(
        patient_id=chart.patient_id,
        discharged_on__isnull=True,
        level_of_care=Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
    )
    if hours < LEAST_IOP_HOURS and is_intensive.exists():
        detail = "Intensive outpatient care has at least 9 hours a week; fewer is a step down."
        raise InvalidInput.of("hours_per_week", "below_nine_hours", detail)
