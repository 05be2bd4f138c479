"""What may be projected in the room of a group: skills and the rate of logging, of nobody.

There is no name, no number of people and nothing else in here, and nothing at all of fewer than
five people or where one of them makes up more than half (CLINICAL §5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care.queries.briefing import GroupSession
from care.roster import Roster
from journaling import wording
from journaling.brief.group import logged_days, window_of
from journaling.limits import FEWEST_CONTRIBUTORS, LARGEST_SHARE, RATE_STEP
from journaling.queries.skills import names_of_clinic
from journaling.queries.sums import Practice, by_patient, days_of, practice_of


@dataclass(frozen=True, slots=True)
class RoomSkill:
    """How often the group practised a skill."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class Room:
    """The view of a group that everybody in the room may read.

    ``practices`` is None, and ``skills`` empty, where too few took part to tell; ``logging`` is the
    share of days with an entry, in steps of ten percent, or None for the same reason.
    """

    session: GroupSession
    since: datetime
    until: datetime
    practices: int | None
    skills: tuple[RoomSkill, ...]
    logging: int | None


def room(*, roster: Roster, session: GroupSession, now: datetime) -> Room:
    """Make the view of the room from what the roster shows, since the group last met."""
    since, until = window_of(session=session, now=now)
    # Practice alone: a craving is nothing for the room, nor is what was used in one.
    practices = [
        one for one in practice_of(roster=roster, since=since, until=until) if not one.in_craving
    ]
    with wording.in_words_of(names_of_clinic(user_id=roster.viewer_id)):
        skills = _skills(practices)
    return Room(
        session=session,
        since=since,
        until=until,
        practices=_told(_per_member(practices).values()),
        skills=skills,
        logging=_rate(roster, since, until),
    )


def is_tellable(parts: Iterable[int]) -> bool:
    """Whether a sum of these parts, one a member, gives away none of them."""
    given = [part for part in parts if part]
    return len(given) >= FEWEST_CONTRIBUTORS and max(given) <= LARGEST_SHARE * sum(given)


def _told(parts: Iterable[int]) -> int | None:
    found = list(parts)
    return sum(found) if is_tellable(found) else None


def _per_member(practices: Iterable[Practice]) -> dict[UUID, int]:
    return {
        patient_id: sum(one.done for one in own)
        for patient_id, own in by_patient(practices).items()
    }


def _skills(practices: list[Practice]) -> tuple[RoomSkill, ...]:
    by_skill: dict[str, list[Practice]] = {}
    for one in practices:
        by_skill.setdefault(one.skill, []).append(one)
    told = [
        RoomSkill(wording.skill(slug), times)
        for slug, own in by_skill.items()
        if (times := _told(_per_member(own).values())) is not None
    ]
    return tuple(sorted(told, key=lambda one: (-one.times, one.name)))


def _rate(roster: Roster, since: datetime, until: datetime) -> int | None:
    found = by_patient(days_of(roster=roster, since=since, until=until))
    spans = [
        logged_days(found.get(person.patient_id, []), since, until, person.calendar)
        for person in roster.people
    ]
    logged = [len(span.logged) for span in spans]
    if not is_tellable(logged):
        return None
    total: int = sum(len(span.days) for span in spans)
    # Half a step goes up; whole numbers only, so that no float rounds it another way.
    steps: int = (200 * sum(logged) + RATE_STEP * total) // (2 * RATE_STEP * total)
    return steps * RATE_STEP
