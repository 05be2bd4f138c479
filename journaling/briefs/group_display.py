"""What may be projected in the room of a group: skills and the rate of logging, of nobody.

There is no name, no number of people and nothing else in here, and nothing at all of fewer than
five people or where one of them makes up more than half (CLINICAL §5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care.access.roster import Roster
from care.sessions.for_brief import GroupSession
from journaling.briefs.group import group_window
from journaling.briefs.group_member import logged_span
from journaling.briefs.limits import MAX_SHARE_OF_ONE, MIN_CONTRIBUTORS, RATE_STEP
from journaling.briefs.roster_data import (
    PracticeTotals,
    days_of_roster,
    group_by_patient,
    practice_of_roster,
)
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names


@dataclass(frozen=True, slots=True)
class DisplayedSkill:
    """How often the group practised a skill."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class GroupDisplay:
    """The view of a group that everybody in the room may read.

    ``practices`` is None, and ``skills`` empty, where too few took part; ``logging`` is the
    share of days with an entry, in steps of ten percent, or None for the same reason.
    """

    session: GroupSession
    since: datetime
    until: datetime
    practices: int | None
    skills: tuple[DisplayedSkill, ...]
    logging: int | None


def make_group_display(*, roster: Roster, session: GroupSession, now: datetime) -> GroupDisplay:
    """Make the view of the room from what the roster shows, since the group last met."""
    since, until = group_window(session=session, now=now)
    # Practice alone: a craving is nothing for the room, nor is what was used in one.
    practices = [
        one
        for one in practice_of_roster(roster=roster, since=since, until=until)
        if not one.in_craving
    ]
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=roster.viewer_id)):
        skills = _displayed_skills(practices)
    return GroupDisplay(
        session=session,
        since=since,
        until=until,
        practices=_sum_if_anonymous(_done_per_member(practices).values()),
        skills=skills,
        logging=_logging_rate(roster, since, until),
    )


def is_anonymous_enough(parts: Iterable[int]) -> bool:
    """Whether a sum of these parts, one a member, gives away none of them."""
    given = [part for part in parts if part]
    return len(given) >= MIN_CONTRIBUTORS and max(given) <= MAX_SHARE_OF_ONE * sum(given)


def _sum_if_anonymous(parts: Iterable[int]) -> int | None:
    numbers = list(parts)
    return sum(numbers) if is_anonymous_enough(numbers) else None


def _done_per_member(practices: Iterable[PracticeTotals]) -> dict[UUID, int]:
    return {
        patient_id: sum(one.done for one in own)
        for patient_id, own in group_by_patient(practices).items()
    }


def _displayed_skills(practices: list[PracticeTotals]) -> tuple[DisplayedSkill, ...]:
    by_skill: dict[str, list[PracticeTotals]] = {}
    for one in practices:
        by_skill.setdefault(one.skill, []).append(one)
    skills = [
        DisplayedSkill(catalogue.skill_name(slug), times)
        for slug, own in by_skill.items()
        if (times := _sum_if_anonymous(_done_per_member(own).values())) is not None
    ]
    return tuple(sorted(skills, key=lambda one: (-one.times, one.name)))


def _logging_rate(roster: Roster, since: datetime, until: datetime) -> int | None:
    days_by_patient = group_by_patient(days_of_roster(roster=roster, since=since, until=until))
    spans = [
        logged_span(days_by_patient.get(person.patient_id, []), since, until, person.calendar)
        for person in roster.people
    ]
    logged = [len(span.logged) for span in spans]
    if not is_anonymous_enough(logged):
        return None
    total: int = sum(len(span.days) for span in spans)
    # Half a step goes up; whole numbers only, so that no float rounds it another way.
    steps: int = (200 * sum(logged) + RATE_STEP * total) // (2 * RATE_STEP * total)
    return steps * RATE_STEP
