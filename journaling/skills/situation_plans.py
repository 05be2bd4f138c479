"""A patient's situation plans: in a situation that they name, the one skill that they will use.

Such if-then plans are implementation intentions (CLINICAL §7). The patient writes the list; whoever
of the care team makes a plan with them adds it. Staff change and take away what staff wrote, and
nothing that the patient wrote or reworded. Every version is kept, with who wrote it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from care.models import User
from care.programme.care_team import care_team_of
from journaling.models import SituationPlans
from journaling.models.journal import lock_journal
from journaling.skills.clinic_vocabulary import skills_of_patient

#: What the words of a version are bound to.
PLANS_BINDING = SituationPlans.HANDLING.sealed["words"].bound_to
#: CLINICAL §7: few and short.
MOST_PLANS = 12
MAX_SITUATION_LENGTH = 140
MAX_PLAN_WORDS_LENGTH = 500


class SituationPlansHidden(NotThere):
    """This chart shows no situation plan: the patient's consent covers none for its viewer."""


class SituationPlansChanged(ChangedMeanwhile):
    """The list has another revision than the caller read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class WantedPlan:
    """One plan as it shall stand; without an id it is a new one, or the one that says the same."""

    situation: str
    skill: str
    words: str | None = None
    agreed_with: UUID | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SituationPlan:
    """One plan: the situation, the skill, how the patient puts it, and who agreed it with them."""

    id: UUID
    situation: str
    skill: str
    words: str | None
    #: None where the patient made it alone.
    agreed_with: UUID | None


@dataclass(frozen=True, slots=True)
class SituationPlanList:
    """One version of the list, in the patient's order; ``rev`` is 0 before the first one."""

    rev: int
    plans: tuple[SituationPlan, ...]
    at: datetime | None
    written_by_role: str | None


def situation_plans_of(*, chart: Chart) -> SituationPlanList:
    """Read the list as it stands.

    :raises SituationPlansHidden: the chart does not cover plans.
    """
    versions = _versions(chart, limit=1)
    return versions[0] if versions else SituationPlanList(0, (), None, None)


def situation_plan_history(*, chart: Chart) -> list[SituationPlanList]:
    """Read every version, the newest first.

    :raises SituationPlansHidden: the chart does not cover plans.
    """
    return _versions(chart)


def plans_written_by_staff(versions: Sequence[SituationPlanList]) -> frozenset[UUID]:
    """Return the ids of the plans whose words, as they stand, staff wrote; newest version first.

    The version since which a plan stands unchanged says who; its place in the list is no part of
    it.
    """
    by_staff = set()
    for plan in versions[0].plans if versions else ():
        first = versions[0]
        for version in versions:
            if plan not in version.plans:
                break
            first = version
        if first.written_by_role != User.Role.PATIENT:
            by_staff.add(plan.id)
    return frozenset(by_staff)


def replace_situation_plans(
    *, chart: Chart, rev: int, wanted: Sequence[WantedPlan], now: datetime
) -> SituationPlanList:
    """Store the whole list in the place of revision ``rev`` (0: there was none yet).

    Ids stay: a plan sent without one keeps that of the plan for the same situation and skill. What
    stands already makes no new version, whatever ``rev`` names, so that a request whose answer was
    lost can be sent again (RFC 9110, 13.1.1).

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    :raises SituationPlansChanged: ``rev`` is not the newest.
    :raises SituationPlansHidden: the chart does not cover plans.
    """
    return change_situation_plans(chart=chart, rev=rev, change=lambda _: wanted, now=now)


def change_situation_plans(
    *,
    chart: Chart,
    rev: int | None,
    change: Callable[[Sequence[SituationPlan]], Sequence[WantedPlan]],
    now: datetime,
) -> SituationPlanList:
    """Store what ``change`` makes of the list as it stands, as ``replace_situation_plans`` does.

    Without ``rev`` it is made of whatever stands at that moment, while nobody else writes. It
    raises the same, and what ``change`` raises.
    """
    with transaction.atomic():
        lock_journal(patient_id=chart.patient_id)
        newest = situation_plans_of(chart=chart)
        plans = _with_ids(change(newest.plans), newest.plans)
        is_new = plans != newest.plans
        if is_new:
            if rev not in {None, newest.rev}:
                raise SituationPlansChanged
            faults = list(_faults(chart, plans, newest.plans, now))
            if faults:
                raise InvalidInput(faults)
            newest = _add_version(chart, newest.rev + 1, plans, now)
            log_write(chart=chart, what=DataCategory.SITUATION_PLANS, now=now)
    if not is_new:
        log_read(chart=chart, what=DataCategory.SITUATION_PLANS, now=now)
    return newest


def situations_by_plan(*, chart: Chart) -> dict[UUID, str]:
    """Return the situation of each plan that stands, by the plan's id.

    :raises SituationPlansHidden: the chart does not cover plans.
    """
    return {plan.id: plan.situation for plan in situation_plans_of(chart=chart).plans}


def _versions(chart: Chart, *, limit: int | None = None) -> list[SituationPlanList]:
    if not chart.covers(DataCategory.SITUATION_PLANS):
        raise SituationPlansHidden
    rows = SituationPlans.objects.filter(patient_id=chart.patient_id).order_by("-rev")
    return [
        SituationPlanList(row.rev, _open_plans(chart, row), row.at, row.written_by_role)
        for row in (rows if limit is None else rows[:limit])
    ]


def _open_plans(chart: Chart, row: SituationPlans) -> tuple[SituationPlan, ...]:
    stored = orjson.loads(chart.cipher.open(row.words, column=PLANS_BINDING, row=row.pk))
    return tuple(map(_read_plan, stored))


def _read_plan(stored: dict[str, Any]) -> SituationPlan:
    agreed_with = stored["agreed_with"]
    return SituationPlan(
        UUID(stored["id"]), stored["situation"], stored["skill"], stored["words"],
        agreed_with=None if agreed_with is None else UUID(agreed_with),
    )  # fmt: skip


def _add_version(
    chart: Chart, rev: int, plans: tuple[SituationPlan, ...], now: datetime
) -> SituationPlanList:
    version_id = new_id()
    content = orjson.dumps([asdict(plan) for plan in plans])
    SituationPlans(
        id=version_id,
        patient_id=chart.patient_id,
        rev=rev,
        at=now,
        written_by=chart.viewer_id,
        written_by_role=chart.viewer_role,
        plan_ids=[str(plan.id) for plan in plans],
        words=chart.cipher.seal(content, column=PLANS_BINDING, row=version_id),
    ).save(force_insert=True)
    return SituationPlanList(rev, plans, now, chart.viewer_role)


def _with_ids(
    wanted: Sequence[WantedPlan], standing: Sequence[SituationPlan]
) -> tuple[SituationPlan, ...]:
    """Give each plan its id: the one sent, that of the same situation and skill, or a new one."""
    sent = {plan.id for plan in wanted}
    unnamed = {_subject(plan): plan.id for plan in standing if plan.id not in sent}
    ids = [plan.id or unnamed.pop(_subject(plan), None) or new_id() for plan in wanted]
    return tuple(
        SituationPlan(plan_id, plan.situation, plan.skill, plan.words, plan.agreed_with)
        for plan_id, plan in zip(ids, wanted, strict=True)
    )


def _subject(plan: SituationPlan | WantedPlan) -> tuple[str, str]:
    return fold_name(plan.situation), plan.skill


def _faults(
    chart: Chart,
    plans: Sequence[SituationPlan],
    standing: Sequence[SituationPlan],
    now: datetime,
) -> Iterator[FieldError]:
    if len(plans) > MOST_PLANS:
        yield FieldError("results", "max_length", f"At most {MOST_PLANS} plans: few and short.")
    yield from _doubled(plans)
    yield from _unknown_skills(chart, plans, standing)
    yield from _unknown_clinicians(chart, plans, standing, now)
    if not chart.is_own:
        yield from _beyond_staff(plans, standing, plans_written_by_staff(_versions(chart)))


def _doubled(plans: Sequence[SituationPlan]) -> Iterator[FieldError]:
    ids: set[UUID] = set()
    subjects: set[tuple[str, str]] = set()
    for place, plan in enumerate(plans):
        if plan.id in ids:
            yield FieldError(f"results.{place}.id", "doubled", "Each plan once.")
        if _subject(plan) in subjects:
            detail = "Each situation once with a skill."
            yield FieldError(f"results.{place}.situation", "doubled", detail)
        ids.add(plan.id)
        subjects.add(_subject(plan))


def _unknown_skills(
    chart: Chart, plans: Sequence[SituationPlan], standing: Sequence[SituationPlan]
) -> Iterator[FieldError]:
    """Find skills that the clinic does not offer; one that was withdrawn stays where it stands."""
    known = {*skills_of_patient(chart=chart)}
    kept = {(plan.id, plan.skill) for plan in standing}
    for place, plan in enumerate(plans):
        if plan.skill not in known and (plan.id, plan.skill) not in kept:
            detail = "No skill of that name is in the catalogue."
            yield FieldError(f"results.{place}.skill", "unknown_skill", detail)


def _unknown_clinicians(
    chart: Chart,
    plans: Sequence[SituationPlan],
    standing: Sequence[SituationPlan],
    now: datetime,
) -> Iterator[FieldError]:
    """Find who is not on the care team; who left it since stays named where they stand."""
    kept = {(plan.id, plan.agreed_with) for plan in standing}
    named = [
        (place, plan.agreed_with)
        for place, plan in enumerate(plans)
        if plan.agreed_with is not None and (plan.id, plan.agreed_with) not in kept
    ]
    if not named:
        return
    team = {member.clinician_id for member in care_team_of(patient_id=chart.patient_id, now=now)}
    for place, clinician_id in named:
        if clinician_id not in team:
            detail = "Nobody of that id is on the care team."
            yield FieldError(f"results.{place}.agreed_with", "not_on_care_team", detail)


def _beyond_staff(
    plans: Sequence[SituationPlan], standing: Sequence[SituationPlan], by_staff: frozenset[UUID]
) -> Iterator[FieldError]:
    """Find what staff may not do: change the patient's words, or agree with nobody (R22)."""
    before = set(standing)
    patients_own = {plan for plan in standing if plan.id not in by_staff}
    if not patients_own <= set(plans):
        detail = "What the patient wrote stays as it is: only the patient changes it."
        yield FieldError("results", "patients_own", detail)
    for place, plan in enumerate(plans):
        if plan not in before and plan.agreed_with is None:
            detail = "Name who of the care team agreed it."
            yield FieldError(f"results.{place}.agreed_with", "required", detail)
