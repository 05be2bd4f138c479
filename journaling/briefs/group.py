"""The brief before a group: one line a member, for a leader who may see each of them.

Sums come from the database; the reason for a word with somebody beforehand stands in their own
brief alone. No member's line says anything about another member.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.roster import Roster
from care.sessions import for_brief
from care.sessions.for_brief import GroupSession
from journaling.briefs import facts, phrases
from journaling.briefs.group_member import (
    GroupMember,
    SkillCount,
    group_member,
    is_done,
    top_skill,
)
from journaling.briefs.limits import (
    CONTEXT_DAYS,
    ONE_TO_ONE_LEVEL,
    ONE_TO_ONE_URGE,
)
from journaling.briefs.mirror import marks_struck_in_roster
from journaling.briefs.roster_data import (
    MemberAnswers,
    PracticeTotals,
    answers_of_roster,
    days_of_roster,
    group_by_patient,
    marked_entries,
    practice_of_roster,
    unread_of_roster,
)
from journaling.briefs.sections.safety import safety_level
from journaling.education.curriculum import describe_taught, taught_on
from journaling.safety.read_events import count_open_events
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names
from journaling.skills.read import OpenAssignment, open_assignments_of_roster


@dataclass(frozen=True, slots=True)
class TopSkills:
    """What the group's work may begin with; None where nothing was named."""

    most_practised: SkillCount | None
    most_wanted: SkillCount | None
    #: The skill assigned to most members; ``times`` counts in how many cases it was practised.
    homework: SkillCount | None


@dataclass(frozen=True, slots=True)
class GroupBrief:
    """What a leader reads before a session with a group."""

    session: GroupSession
    since: datetime
    until: datetime
    generated_at: datetime
    top: TopSkills
    members: tuple[GroupMember, ...]
    #: What the group is taught in the week of the session; empty where nobody planned it.
    this_week: str = ""


def group_brief(*, roster: Roster, session: GroupSession, now: datetime) -> GroupBrief:
    """Make the brief of a group from what the roster shows.

    It covers the time since the group last met, or of 14 days where it has not. The number of
    statements grows neither with members nor with entries.
    """
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=roster.viewer_id)):
        return _build_group_brief(roster, session, now)


def _build_group_brief(roster: Roster, session: GroupSession, now: datetime) -> GroupBrief:
    since, until = group_window(session=session, now=now)
    practices = practice_of_roster(roster=roster, since=since, until=until)
    days = group_by_patient(days_of_roster(roster=roster, since=since, until=until))
    practised = group_by_patient(practices)
    marked, has_mirrors = marked_entries(
        roster=roster, session_id=session.id, since=since, until=until
    )
    assigned = group_by_patient(
        open_assignments_of_roster(roster=roster, today=_first_day(roster, until))
    )
    unread = unread_of_roster(roster=roster, session=session, since=since, until=until)
    may_be_struck = has_mirrors or bool(unread.marked)
    struck = marks_struck_in_roster(roster=roster) if may_be_struck else frozenset()
    answers = answers_of_roster(roster=roster, since=since, until=until)
    answered = group_by_patient(answers)
    one_to_one_ids = one_to_one([*answers, *unread.answers])
    consenting_ids = roster.ids_with_consent(DataCategory.SAFETY_EVENTS)
    one_to_one_ids |= set(
        count_open_events(
            sharing_levels={
                pk: sharing_levels
                for pk, sharing_levels in roster.sharing_levels.items()
                if pk in consenting_ids
            }
        )
    )
    members = []
    for person in roster.people:
        late = unread.marked.get(person.patient_id, [])
        reader = phrases.BriefReader(
            since, person.calendar, {entry.id for entry in late}, unread.missed
        )
        with phrases.use_reader(reader):
            members.append(
                group_member(
                    person,
                    time=(since, until),
                    days=days.get(person.patient_id, []),
                    late=unread.counts[person.patient_id],
                    practices=practised.get(person.patient_id, []),
                    # What nobody could read before stands with the newest.
                    marked=[
                        entry
                        for entry in (*marked.get(person.patient_id, []), *late)
                        if entry.id not in struck
                    ],
                    homework=assigned.get(person.patient_id, []),
                    needs_one_to_one=person.patient_id in one_to_one_ids,
                    answers=answered.get(person.patient_id, []),
                )
            )
    top = TopSkills(
        top_skill(practices, lambda one: one.done),
        top_skill(practices, lambda one: one.wanted),
        _common_assignment(assigned, practised),
    )
    rows = tuple(sorted(members, key=_sort_key))
    return GroupBrief(session, since, until, now, top, rows, _this_week(session, roster.viewer_id))


def _this_week(session: GroupSession, viewer_id: UUID) -> str:
    day = local_day(session.starts_at, session.time_zone)
    taught = taught_on(group_id=session.group_id, day=day)
    return describe_taught(taught, viewer_id=viewer_id)


def group_window(*, session: GroupSession, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when a group's views look."""
    until = facts.window_end(starts_at=session.starts_at, now=now)
    met = for_brief.last_group_session_at(session=session, before=until)
    return met or until - timedelta(days=CONTEXT_DAYS), until


def patients_needing_one_to_one(
    *, roster: Roster, session: GroupSession, now: datetime
) -> set[UUID]:
    """Find whose answers ask for a word before this session, also where they arrived late.

    Open safety events are counted apart.
    """
    since, until = group_window(session=session, now=now)
    unread = unread_of_roster(roster=roster, session=session, since=since, until=until)
    answers = answers_of_roster(roster=roster, since=since, until=until)
    return one_to_one([*answers, *unread.answers])


def one_to_one(answers: Iterable[MemberAnswers]) -> set[UUID]:
    """Find whose answers about safety, or on the way in, ask for a word before the group."""
    return {
        answer.patient_id
        for answer in answers
        if safety_level(answer.signals) >= ONE_TO_ONE_LEVEL
        or max(
            answer.coming_in.get("use", 0), answer.coming_in.get("quit_treatment", 0)
        ) >= ONE_TO_ONE_URGE
    }  # fmt: skip


def _first_day(roster: Roster, at: datetime) -> date:
    """Find the earliest of the members' local days, so that nobody's homework ends too soon."""
    days = [person.calendar.day_of(at) for person in roster.people]
    return min(days, default=at.date())


def _common_assignment(
    given: Mapping[UUID, Sequence[OpenAssignment]], done: Mapping[UUID, Sequence[PracticeTotals]]
) -> SkillCount | None:
    by_skill: dict[str, list[bool]] = {}
    for patient_id, assigned in given.items():
        for one in assigned:
            by_skill.setdefault(one.skill, []).append(is_done(one, done.get(patient_id, ())))
    themes = [
        SkillCount(slug, catalogue.skill_name(slug), sum(cases), len(cases))
        for slug, cases in by_skill.items()
    ]
    return min(themes, key=lambda one: (-one.members, one.name, one.skill), default=None)


def _sort_key(member: GroupMember) -> tuple[int, str, UUID]:
    """Order members: a word beforehand, agreed to share, nothing logged, the rest (CLINICAL §5)."""
    if member.needs_one_to_one:
        rank = 0
    elif member.may_be_raised:
        rank = 1
    elif not member.entries:
        rank = 2
    else:
        rank = 3
    return rank, member.name.casefold(), member.patient_id
