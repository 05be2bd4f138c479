"""The brief before a group: one line a member, for a leader who may see each of them.

Sums come from the database; the reason for a word with somebody beforehand stands in their own
brief alone. Nothing of one member is ever told about another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kit.zones import LocalCalendar
from care.access import DataClass
from care.queries import briefing
from care.queries.briefing import GroupSession
from care.roster import Listed, Roster
from journaling import wording
from journaling.brief import telling, window
from journaling.brief.document import Line, line
from journaling.entries import Recorded
from journaling.limits import (
    ASIDE_LENGTH,
    CONTEXT_DAYS,
    MOST_RAISED,
    ONE_TO_ONE_LEVEL,
    ONE_TO_ONE_URGE,
)
from journaling.queries.group import Answers, answers_of, marked_entries, unread_of
from journaling.queries.homework import Homework, homework_of_all
from journaling.queries.safety_events import open_events
from journaling.queries.skills import names_of_clinic
from journaling.queries.sums import Day, Practice, by_patient, days_of, practice_of
from journaling.safety import rules


@dataclass(frozen=True, slots=True)
class SkillCount:
    """How often a skill was named in the group, and by how many of those shown."""

    skill: str
    name: str
    times: int
    members: int


@dataclass(frozen=True, slots=True)
class HomeworkDone:
    """How many assigned skills there are, and how many of them were practised in the window."""

    assigned: int
    practised: int


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the group, as their leader sees them.

    ``entries`` are those since the group met, and those from before it that were heard of since or
    missed (``journaling/queries/unread.py``).
    Today is one of ``days`` once something was logged on it. ``practised_on`` counts days;
    ``helped`` of ``answered`` practices. ``may_be_raised`` is what they marked "bring this to my
    session".
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
    homework: HomeworkDone | None


@dataclass(frozen=True, slots=True)
class Top:
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
    top: Top
    members: tuple[Member, ...]


def group(*, roster: Roster, session: GroupSession, now: datetime) -> GroupBrief:
    """Make the brief of a group from what the roster shows.

    It speaks of the time since the group last met, or of 14 days where it has not. The number of
    statements grows neither with members nor with entries.
    """
    with wording.in_words_of(names_of_clinic(user_id=roster.viewer_id)):
        return _group(roster, session, now)


def _group(roster: Roster, session: GroupSession, now: datetime) -> GroupBrief:
    since, until = window_of(session=session, now=now)
    practices = practice_of(roster=roster, since=since, until=until)
    days = by_patient(days_of(roster=roster, since=since, until=until))
    done = by_patient(practices)
    marked = marked_entries(roster=roster, session_id=session.id, since=since, until=until)
    given = by_patient(homework_of_all(roster=roster, today=_first_day(roster, until)))
    unread = unread_of(roster=roster, session=session, since=since, until=until)
    answers = answers_of(roster=roster, since=since, until=until)
    alone = one_to_one([*answers, *unread.answers])
    told = roster.covering(DataClass.SAFETY_EVENTS)
    alone |= set(open_events(sees={pk: sees for pk, sees in roster.sees.items() if pk in told}))
    members = []
    for person in roster.people:
        late = unread.marked.get(person.patient_id, [])
        reader = telling.Reader(
            since, person.calendar, {entry.id for entry in late}, unread.missed
        )
        with telling.to(reader):
            members.append(
                _member(
                    person,
                    time=(since, until),
                    days=days.get(person.patient_id, []),
                    late=unread.counts[person.patient_id],
                    practices=done.get(person.patient_id, []),
                    # What nobody could read before stands with the newest.
                    marked=[*marked.get(person.patient_id, []), *late],
                    homework=given.get(person.patient_id, []),
                    needs_one_to_one=person.patient_id in alone,
                )
            )
    top = Top(
        most(practices, lambda one: one.done),
        most(practices, lambda one: one.wanted),
        _theme(given, done),
    )
    return GroupBrief(session, since, until, now, top, tuple(sorted(members, key=_place)))


def window_of(*, session: GroupSession, now: datetime) -> tuple[datetime, datetime]:
    """Tell from when until when a group's views speak."""
    until = window.ends_at(starts_at=session.starts_at, now=now)
    met = briefing.last_meeting(session=session, before=until)
    return met or until - timedelta(days=CONTEXT_DAYS), until


@dataclass(frozen=True, slots=True)
class Span:
    """A member's own days since the group met, and those on which something was logged.

    Today is not over: it is one of them once something was logged on it.
    """

    days: tuple[date, ...]
    logged: frozenset[date]


def logged_days(
    days: Iterable[Day], since: datetime, until: datetime, calendar: LocalCalendar
) -> Span:
    """Find the days of somebody who lives by that calendar."""
    time = window.after_session(since=since, until=until, calendar=calendar)
    logged = frozenset(day.on for day in days if day.counted)
    return Span(window.with_logged(time.days, logged), logged)


def words_beforehand(*, roster: Roster, session: GroupSession, now: datetime) -> set[UUID]:
    """Find whose answers ask for a word before this session, also where they arrived late.

    Open safety events are told beside them.
    """
    since, until = window_of(session=session, now=now)
    unread = unread_of(roster=roster, session=session, since=since, until=until)
    answers = answers_of(roster=roster, since=since, until=until)
    return one_to_one([*answers, *unread.answers])


def one_to_one(answers: Iterable[Answers]) -> set[UUID]:
    """Find whose answers about safety, or on the way in, ask for a word before the group."""
    return {
        answer.patient_id
        for answer in answers
        if _level(answer) >= ONE_TO_ONE_LEVEL
        or max(
            answer.coming_in.get("use", 0), answer.coming_in.get("quit_treatment", 0)
        ) >= ONE_TO_ONE_URGE
    }  # fmt: skip


def most(practices: Iterable[Practice], times: Callable[[Practice], int]) -> SkillCount | None:
    """Find the skill named most often; of equals the one more members named, then by name."""
    counted = counts(practices, times)
    return counted[0] if counted else None


def counts(practices: Iterable[Practice], times: Callable[[Practice], int]) -> list[SkillCount]:
    """Count each skill that was named at all, the most frequent first."""
    found: dict[str, dict[UUID, int]] = {}
    for one in practices:
        if times(one):
            by = found.setdefault(one.skill, {})
            by[one.patient_id] = by.get(one.patient_id, 0) + times(one)
    counted = [
        SkillCount(slug, wording.skill(slug), sum(by.values()), len(by))
        for slug, by in found.items()
    ]
    return sorted(counted, key=lambda one: (-one.times, -one.members, one.name, one.skill))


def _level(answer: Answers) -> int:
    finding = rules.judge(rules.with_use(answer.signals, break_days=None), tightened={})
    return finding.level if finding is not None else 0


def _member(
    person: Listed,
    *,
    time: tuple[datetime, datetime],
    days: Sequence[Day],
    late: int,
    practices: Sequence[Practice],
    marked: Sequence[Recorded],
    homework: Sequence[Homework],
    needs_one_to_one: bool,
) -> Member:
    own = most(practices, lambda one: one.done)
    span = logged_days(days, *time, person.calendar)
    return Member(
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
        may_be_raised=_raised(marked),
        homework=_homework(homework, practices),
    )


def _first_day(roster: Roster, at: datetime) -> date:
    """Find the earliest of the members' local days, so that nobody's homework ends too soon."""
    days = [person.calendar.day_of(at) for person in roster.people]
    return min(days, default=at.date())


def _homework(given: Sequence[Homework], practices: Sequence[Practice]) -> HomeworkDone | None:
    if not given:
        return None
    return HomeworkDone(len(given), sum(_is_done(one, practices) for one in given))


def _is_done(given: Homework, practices: Iterable[Practice]) -> bool:
    return any(one.skill == given.skill and one.on >= given.since and one.done for one in practices)


def _theme(
    given: Mapping[UUID, Sequence[Homework]], done: Mapping[UUID, Sequence[Practice]]
) -> SkillCount | None:
    by_skill: dict[str, list[bool]] = {}
    for patient_id, assigned in given.items():
        for one in assigned:
            by_skill.setdefault(one.skill, []).append(_is_done(one, done.get(patient_id, ())))
    themes = [
        SkillCount(slug, wording.skill(slug), sum(cases), len(cases))
        for slug, cases in by_skill.items()
    ]
    return min(themes, key=lambda one: (-one.members, one.name, one.skill), default=None)


def _raised(marked: Sequence[Recorded]) -> tuple[Line, ...]:
    """Tell the newest of what was marked, and count the rest; one more is told."""
    most = MOST_RAISED + (len(marked) == MOST_RAISED + 1)
    shown, rest = marked[-most:], marked[:-most]
    lines = [
        line(
            f"{telling.told(entry)}. {telling.quoted(entry, longest=ASIDE_LENGTH)}".strip(), [entry]
        )
        for entry in shown
    ]
    if rest:
        lines.append(line(f"And {len(rest)} more, earlier.", rest))
    return tuple(lines)


def _place(member: Member) -> tuple[int, str, UUID]:
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
