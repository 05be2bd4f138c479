"""The brief before a group: one line a member, for a leader who may see each of them.

Sums come from the database; the reason for a word with somebody beforehand stands in their own
brief alone. No member's line says anything about another member.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kit.timezones import LocalCalendar, local_day
from care.access.data_categories import DataCategory
from care.access.roster import Roster, RosterPatient
from care.sessions import for_brief
from care.sessions.for_brief import GroupSession
from journaling.briefs import facts, phrases
from journaling.briefs.document import Line, make_line
from journaling.briefs.limits import (
    CONTEXT_DAYS,
    MAX_ASIDE_LENGTH,
    MAX_MARKED_ENTRIES,
    ONE_TO_ONE_LEVEL,
    ONE_TO_ONE_URGE,
)
from journaling.briefs.mirror import marks_struck_in_roster
from journaling.briefs.roster_data import (
    DayTotals,
    MemberAnswers,
    PracticeTotals,
    answers_of_roster,
    days_of_roster,
    group_by_patient,
    marked_entries,
    practice_of_roster,
    unread_of_roster,
)
from journaling.education.curriculum import describe_taught, taught_on
from journaling.entries.entry import EntryValue
from journaling.safety.read_events import count_open_events
from journaling.safety.rules import add_use_signals, evaluate
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names
from journaling.skills.read import OpenAssignment, open_assignments_of_roster


@dataclass(frozen=True, slots=True)
class SkillCount:
    """How often a skill was named in the group, and by how many of those shown."""

    skill: str
    name: str
    times: int
    members: int


@dataclass(frozen=True, slots=True)
class AssignmentsDone:
    """How many assigned skills there are, and how many of them were practised in the window."""

    assigned: int
    practised: int


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One member of the group, as their leader sees them.

    ``entries`` are those since the group met, and those from before it that were heard of since or
    missed (``journaling/briefs/read.py``).
    Today is one of ``days`` once something was logged on it. ``practised_on`` counts days;
    ``helped`` of ``answered`` practices. ``may_be_raised`` is what they marked "bring this to my
    session" and did not strike of a brief.
    """

    patient_id: UUID
    name: str
    needs_one_to_one: bool
    entries: int
    days_logged: int
    days: int
    practised_on: int
    helped: int
    answered: int
    skill: str | None
    may_be_raised: tuple[Line, ...]
    #: None where nothing is assigned.
    homework: AssignmentsDone | None


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
                _group_member(
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
                )
            )
    top = TopSkills(
        top_skill(practices, lambda one: one.done),
        top_skill(practices, lambda one: one.wanted),
        _common_assignment(assigned, practised),
    )
    rows = tuple(sorted(members, key=_sort_key))
    return GroupBrief(session, since, until, now, top, rows, _this_week(session))


def _this_week(session: GroupSession) -> str:
    day = local_day(session.starts_at, session.time_zone)
    return describe_taught(taught_on(group_id=session.group_id, day=day))


def group_window(*, session: GroupSession, now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when a group's views look."""
    until = facts.window_end(starts_at=session.starts_at, now=now)
    met = for_brief.last_group_session_at(session=session, before=until)
    return met or until - timedelta(days=CONTEXT_DAYS), until


@dataclass(frozen=True, slots=True)
class LoggedSpan:
    """A member's own days since the group met, and those on which something was logged.

    Today is not over: it is one of them once something was logged on it.
    """

    days: tuple[date, ...]
    logged: frozenset[date]


def logged_span(
    days: Iterable[DayTotals], since: datetime, until: datetime, calendar: LocalCalendar
) -> LoggedSpan:
    """Find the days of somebody who lives by that calendar."""
    time = facts.window_after_session(since=since, until=until, calendar=calendar)
    logged = frozenset(day.on for day in days if day.counted)
    return LoggedSpan(facts.add_logged_days(time.days, logged), logged)


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
        if _safety_level(answer) >= ONE_TO_ONE_LEVEL
        or max(
            answer.coming_in.get("use", 0), answer.coming_in.get("quit_treatment", 0)
        ) >= ONE_TO_ONE_URGE
    }  # fmt: skip


def top_skill(
    practices: Iterable[PracticeTotals], times: Callable[[PracticeTotals], int]
) -> SkillCount | None:
    """Find the skill named most often; of equals the one more members named, then by name."""
    counted = skill_counts(practices, times)
    return counted[0] if counted else None


def skill_counts(
    practices: Iterable[PracticeTotals], times: Callable[[PracticeTotals], int]
) -> list[SkillCount]:
    """Count each skill that was named at all, the most frequent first."""
    times_by_skill: dict[str, dict[UUID, int]] = {}
    for totals in practices:
        if times(totals):
            by_patient = times_by_skill.setdefault(totals.skill, {})
            by_patient[totals.patient_id] = by_patient.get(totals.patient_id, 0) + times(totals)
    counted = [
        SkillCount(slug, catalogue.skill_name(slug), sum(by_patient.values()), len(by_patient))
        for slug, by_patient in times_by_skill.items()
    ]
    return sorted(counted, key=lambda one: (-one.times, -one.members, one.name, one.skill))


def _safety_level(answer: MemberAnswers) -> int:
    finding = evaluate(add_use_signals(answer.signals, break_days=None), tightened={})
    return finding.level if finding is not None else 0


def _group_member(
    person: RosterPatient,
    *,
    time: tuple[datetime, datetime],
    days: Sequence[DayTotals],
    late: int,
    practices: Sequence[PracticeTotals],
    marked: Sequence[EntryValue],
    homework: Sequence[OpenAssignment],
    needs_one_to_one: bool,
) -> GroupMember:
    own = top_skill(practices, lambda one: one.done)
    span = logged_span(days, *time, person.calendar)
    return GroupMember(
        patient_id=person.patient_id,
        name=person.name,
        needs_one_to_one=needs_one_to_one,
        entries=sum(day.entries for day in days) + late,
        days_logged=len(span.logged),
        days=len(span.days),
        practised_on=len({one.on for one in practices if one.done}),
        helped=sum(one.helped for one in practices),
        answered=sum(one.answered for one in practices),
        skill=own.name if own else None,
        may_be_raised=_marked_lines(marked),
        homework=_assignments_done(homework, practices),
    )


def _first_day(roster: Roster, at: datetime) -> date:
    """Find the earliest of the members' local days, so that nobody's homework ends too soon."""
    days = [person.calendar.day_of(at) for person in roster.people]
    return min(days, default=at.date())


def _assignments_done(
    given: Sequence[OpenAssignment], practices: Sequence[PracticeTotals]
) -> AssignmentsDone | None:
    if not given:
        return None
    return AssignmentsDone(len(given), sum(_is_done(one, practices) for one in given))


def _is_done(given: OpenAssignment, practices: Iterable[PracticeTotals]) -> bool:
    return any(one.skill == given.skill and one.on >= given.since and one.done for one in practices)


def _common_assignment(
    given: Mapping[UUID, Sequence[OpenAssignment]], done: Mapping[UUID, Sequence[PracticeTotals]]
) -> SkillCount | None:
    by_skill: dict[str, list[bool]] = {}
    for patient_id, assigned in given.items():
        for one in assigned:
            by_skill.setdefault(one.skill, []).append(_is_done(one, done.get(patient_id, ())))
    themes = [
        SkillCount(slug, catalogue.skill_name(slug), sum(cases), len(cases))
        for slug, cases in by_skill.items()
    ]
    return min(themes, key=lambda one: (-one.members, one.name, one.skill), default=None)


def _marked_lines(marked: Sequence[EntryValue]) -> tuple[Line, ...]:
    """Write the newest marked entries, and count the others; a single one more is written too."""
    most = MAX_MARKED_ENTRIES + (len(marked) == MAX_MARKED_ENTRIES + 1)
    shown, earlier = marked[-most:], marked[:-most]
    lines = [
        make_line(
            f"{phrases.entry_sentence(entry)}. "
            f"{phrases.quote_entry(entry, longest=MAX_ASIDE_LENGTH)}".strip(),
            [entry],
        )
        for entry in shown
    ]
    if earlier:
        lines.append(make_line(f"And {len(earlier)} more, earlier.", earlier))
    return tuple(lines)


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
