"""Situation plans as a clinician and a patient look at them in a session.

How often each was used, and what the patient answered; then what they agree, change or take away
together. No effect is claimed of a plan (CLINICAL §7).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.kit.errors import NotThere
from care.access.chart import Chart
from care.people.patients import patient_today
from care.programme.care_team import care_team_of
from journaling import formatting
from journaling.entries.kinds.header import PLAN_PREFIX, plan_of_origin
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.entries.read import visible_entries
from journaling.skills import catalogue
from journaling.skills.catalogue import Skill
from journaling.skills.clinic_vocabulary import skills_of_patient
from journaling.skills.situation_plans import (
    SituationPlan,
    SituationPlanList,
    WantedPlan,
    change_situation_plans,
    plans_written_by_staff,
    situation_plan_history,
)

#: So many of the patient's days are looked back on, today included.
DAYS_OF_USE = 28
#: Who agreed a plan and has left the care team since.
FORMER_MEMBER_TEXT = "somebody who has left the care team"


class NoSuchSituationPlan(NotThere):
    """No plan of that id stands on the patient's list."""


@dataclass(frozen=True, slots=True)
class PlanUse:
    """How often a plan was used of late, and how often the patient said that it helped."""

    times: int = 0
    helped: int = 0
    answered: int = 0

    @property
    def text(self) -> str:
        """Return it in words; what was not answered is no answer."""
        if not self.times:
            return f"Not used in the last {DAYS_OF_USE} days"
        used = f"Used {formatting.pluralize(self.times, 'time')} in the last {DAYS_OF_USE} days"
        return f"{used}; helped {self.helped} of {self.answered}" if self.answered else used


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """One plan in words. ``is_by_staff``: staff wrote it as it stands, and may change it."""

    plan: SituationPlan
    skill_name: str
    agreed_with: str
    use: PlanUse
    is_by_staff: bool


@dataclass(frozen=True, slots=True)
class PlansInSession:
    """The list as it stands, and the skills that the patient's clinic offers, by slug."""

    rev: int
    plans: Sequence[ShownPlan]
    offered: Mapping[str, Skill]

    def find(self, plan_id: UUID) -> ShownPlan:
        """Return one plan that stands.

        :raises NoSuchSituationPlan: none of that id does.
        """
        for shown in self.plans:
            if shown.plan.id == plan_id:
                return shown
        raise NoSuchSituationPlan


def plans_in_session(*, chart: Chart, now: datetime) -> PlansInSession:
    """Read the patient's plans with their use, and what else could be agreed.

    :raises journaling.skills.situation_plans.SituationPlansHidden: the chart covers no plan.
    """
    versions, offered = situation_plan_history(chart=chart), skills_of_patient(chart=chart)
    rev = versions[0].rev if versions else 0
    return PlansInSession(rev, _shown(chart, versions, offered, now), offered)


def plans_with_use(*, chart: Chart, now: datetime) -> list[ShownPlan]:
    """List the patient's plans with their use; one statement where there is none.

    :raises journaling.skills.situation_plans.SituationPlansHidden: the chart covers no plan.
    """
    versions = situation_plan_history(chart=chart)
    if not versions or not versions[0].plans:
        return []
    return _shown(chart, versions, skills_of_patient(chart=chart), now)


def _shown(
    chart: Chart,
    versions: Sequence[SituationPlanList],
    offered: Mapping[str, Skill],
    now: datetime,
) -> list[ShownPlan]:
    """Put the newest version into words, with the use that the chart shows."""
    if not versions or not versions[0].plans:
        return []
    team = care_team_of(patient_id=chart.patient_id, now=now)
    names = {member.clinician_id: member.name for member in team}
    by_staff, uses = plans_written_by_staff(versions), _uses(chart, now)
    return [
        ShownPlan(
            plan=plan,
            skill_name=_skill_name(plan.skill, offered),
            agreed_with=_agreed_with(plan, names),
            use=uses.get(plan.id, PlanUse()),
            is_by_staff=plan.id in by_staff,
        )
        for plan in versions[0].plans
    ]


def agree_plan(*, chart: Chart, wanted: WantedPlan, now: datetime) -> None:
    """Add a plan at the end of the list, whatever stands there by now.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault (``results.2.skill``).
    """
    change_situation_plans(
        chart=chart, rev=None, change=lambda standing: [*_as_wanted(standing), wanted], now=now
    )


def change_agreed_plan(
    *, chart: Chart, plan_id: UUID, rev: int, wanted: WantedPlan, now: datetime
) -> None:
    """Put other words in the place of a plan's; its id and its place on the list stay.

    :raises NoSuchSituationPlan: none of that id stands.
    :raises backend.kit.errors.InvalidInput: also where its words are the patient's.
    :raises journaling.skills.situation_plans.SituationPlansChanged: ``rev`` is not the newest.
    """

    def change(standing: Sequence[SituationPlan]) -> list[WantedPlan]:
        _require(plan_id, standing)
        return [wanted if kept.id == plan_id else kept for kept in _as_wanted(standing)]

    change_situation_plans(chart=chart, rev=rev, change=change, now=now)


def remove_agreed_plan(*, chart: Chart, plan_id: UUID, rev: int, now: datetime) -> None:
    """Take a plan off the list; what was practised by it stays.

    :raises NoSuchSituationPlan: none of that id stands.
    :raises backend.kit.errors.InvalidInput: its words are the patient's.
    :raises journaling.skills.situation_plans.SituationPlansChanged: ``rev`` is not the newest.
    """

    def change(standing: Sequence[SituationPlan]) -> list[WantedPlan]:
        _require(plan_id, standing)
        return [kept for kept in _as_wanted(standing) if kept.id != plan_id]

    change_situation_plans(chart=chart, rev=rev, change=change, now=now)


def _require(plan_id: UUID, standing: Iterable[SituationPlan]) -> None:
    if all(plan.id != plan_id for plan in standing):
        raise NoSuchSituationPlan


def _as_wanted(standing: Iterable[SituationPlan]) -> list[WantedPlan]:
    """Return what leaves each plan as it stands."""
    return [
        WantedPlan(plan.situation, plan.skill, plan.words, plan.agreed_with, plan.id)
        for plan in standing
    ]


def _skill_name(slug: str, offered: Mapping[str, Skill]) -> str:
    return offered[slug].name if slug in offered else catalogue.skill_name(slug)


def _agreed_with(plan: SituationPlan, names: Mapping[UUID, str]) -> str:
    if plan.agreed_with is None:
        return ""
    return names.get(plan.agreed_with, FORMER_MEMBER_TEXT)


def _uses(chart: Chart, now: datetime) -> dict[UUID, PlanUse]:
    """Count practices by plan, of what counts in figures."""
    rows = visible_entries(chart).filter(
        kind=SkillPractice.kind,
        origin__startswith=PLAN_PREFIX,
        is_countable=True,
        local_date__gt=patient_today(chart=chart, now=now) - timedelta(days=DAYS_OF_USE),
    )
    uses: dict[UUID, PlanUse] = {}
    for row in rows.values("origin", "skill", "attempted", "able", "automatic", "helped"):
        practice, plan_id = SkillPractice.from_values(row), plan_of_origin(row["origin"])
        if plan_id is not None and practice.is_skill_used:
            before = uses.get(plan_id, PlanUse())
            uses[plan_id] = PlanUse(
                before.times + 1,
                before.helped + (practice.helped is True),
                before.answered + (practice.helped is not None),
            )
    return uses
