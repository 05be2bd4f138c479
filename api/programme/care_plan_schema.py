"""What is sent and answered of a plan of care: its parts, what the patient says, what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field

from api.http.fields import A_DAY, ListOf, YesNo
from api.http.inputs import Input
from api.http.text_fields import OneLine, Text
from api.programme.episodes import HoursAWeek
from backend.kit.errors import InvalidInput
from care.programme import care_plan
from care.programme.care_plan_responses import MAX_COMMENT_LENGTH, PlanResponse

_Words = Annotated[str, Text(500)]
_Attached = Annotated[list[Annotated[str, OneLine(120)]], ListOf(20)]


class ObjectiveIn(Input):
    """A step towards a goal: the skills, measures and interventions that hang on it."""

    text: _Words
    skills: _Attached = Field(default_factory=list)
    measures: _Attached = Field(default_factory=list)
    interventions: _Attached = Field(default_factory=list)

    def objective(self) -> care_plan.Objective:
        """Return it as the plan has it."""
        return care_plan.Objective(
            self.text, tuple(self.skills), tuple(self.measures), tuple(self.interventions)
        )


class GoalIn(Input):
    """A goal in words that the patient would use."""

    text: _Words
    objectives: Annotated[list[ObjectiveIn], ListOf(10)] = Field(default_factory=list)

    def goal(self) -> care_plan.Goal:
        """Return it as the plan has it."""
        return care_plan.Goal(self.text, tuple(one.objective() for one in self.objectives))


class PlannedProblemIn(Input):
    """A problem that is taken on, and its goals."""

    text: Annotated[str, Text(500, may_be_blank=True)]
    goals: Annotated[list[GoalIn], ListOf(20)] = Field(default_factory=list)

    def problem(self) -> care_plan.PlannedProblem:
        """Return it as the plan has it."""
        return care_plan.PlannedProblem(self.text, tuple(one.goal() for one in self.goals))


class PlanIn(Input):
    """The plan of care as it shall stand: either ``problems``, or ``goals`` as a plain list."""

    hours_per_week: Annotated[Decimal, HoursAWeek()]
    goals: Annotated[list[_Words], ListOf(20)] | None = None
    problems: Annotated[list[PlannedProblemIn], ListOf(10)] | None = None
    reviewed_on: Annotated[date | None, A_DAY] = None

    def planned(self) -> tuple[care_plan.PlannedProblem, ...]:
        """Return the problems that are taken on.

        :raises InvalidInput: neither was sent, or both.
        """
        if self.problems is not None and self.goals is not None:
            raise InvalidInput.of("goals", "goals_or_problems", "Send goals or problems, not both.")
        if self.problems is not None:
            return tuple(one.problem() for one in self.problems)
        if self.goals is None:
            raise InvalidInput.of("goals", "required", "This field is required.")
        return care_plan.without_problem(self.goals)


class PlanResponseIn(Input):
    """What the patient says of a version of their plan."""

    agreed: YesNo
    comment: Annotated[str, Text(MAX_COMMENT_LENGTH, may_be_blank=True)] = ""


@dataclass(frozen=True, slots=True)
class DueOut:
    """Something that the programme asks for."""

    code: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class ObjectiveOut:
    """A step towards a goal, and what hangs on it."""

    text: str
    skills: Sequence[str]
    measures: Sequence[str]
    interventions: Sequence[str]


@dataclass(frozen=True, slots=True)
class GoalOut:
    """A goal, and the steps towards it."""

    text: str
    objectives: Sequence[ObjectiveOut]


@dataclass(frozen=True, slots=True)
class PlannedProblemOut:
    """A problem; ``text`` is empty where goals were written as a plain list."""

    text: str
    goals: Sequence[GoalOut]

    @classmethod
    def of(cls, problem: care_plan.PlannedProblem) -> Self:
        """Show one."""
        return cls(
            problem.text,
            [
                GoalOut(
                    goal.text,
                    [
                        ObjectiveOut(one.text, one.skills, one.measures, one.interventions)
                        for one in goal.objectives
                    ],
                )
                for goal in problem.goals
            ],
        )


@dataclass(frozen=True, slots=True)
class PlanResponseOut:
    """What the patient said last, and of which version."""

    plan_rev: int
    agreed: bool
    comment: str
    at: datetime

    @classmethod
    def of(cls, said: PlanResponse) -> Self:
        """Show it."""
        return cls(said.plan_rev, said.agreed, said.comment, said.at)


@dataclass(frozen=True, slots=True)
class PlanOut:
    """The plan of care and what is due; ``rev`` is 0 while there is no plan.

    ``goals`` are those of all problems. ``response`` is null until the patient answered a version.
    """

    rev: int
    hours_per_week: float | None
    goals: Sequence[str]
    problems: Sequence[PlannedProblemOut]
    response: PlanResponseOut | None
    reviewed_on: date | None
    review_due_on: date | None
    written_by: str
    written_at: datetime | None
    hours_next_seven_days: float
    due: Sequence[DueOut]
