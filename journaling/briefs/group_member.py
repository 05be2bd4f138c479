"""One member's line of a group's brief, for the leader: sums, homework, and what may be raised."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kit.timezones import LocalCalendar
from care.access.roster import RosterPatient
from journaling import formatting
from journaling.briefs import facts, phrases
from journaling.briefs.document import Line, make_line
from journaling.briefs.limits import MAX_ASIDE_LENGTH, MAX_MARKED_ENTRIES
from journaling.briefs.roster_data import DayTotals, MemberAnswers, PracticeTotals
from journaling.entries.entry import EntryValue
from journaling.skills import catalogue
from journaling.skills.read import OpenAssignment


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
    #: Medicine, doses and meetings, each only where it was asked or logged; may be "".
    body: str = ""


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


def group_member(
    person: RosterPatient,
    *,
    time: tuple[datetime, datetime],
    days: Sequence[DayTotals],
    late: int,
    practices: Sequence[PracticeTotals],
    marked: Sequence[EntryValue],
    homework: Sequence[OpenAssignment],
    needs_one_to_one: bool,
    answers: Sequence[MemberAnswers],
) -> GroupMember:
    """Write one member's line from what the roster showed of them."""
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
        body=_body_text(answers),
    )


def _body_text(answers: Iterable[MemberAnswers]) -> str:
    """Count medicine on days asked, doses and meetings, as the body section of a brief does."""
    counted = [answer for answer in answers if answer.is_countable]
    asked = {
        answer.on: answer.medication_taken
        for answer in counted
        if answer.medication_taken is not None
    }
    doses = [answer.taken for answer in counted if answer.kind == "dose"]
    meetings = sum(answer.kind == "meeting" for answer in counted)
    parts = []
    if asked:
        days = formatting.pluralize(len(asked), "day")
        parts.append(f"medicine taken on {sum(asked.values())} of {days} asked")
    if doses:
        times = formatting.pluralize(len(doses), "dose")
        parts.append(f"{sum(map(bool, doses))} of {times} logged as taken")
    if meetings:
        parts.append(formatting.pluralize(meetings, "meeting"))
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _assignments_done(
    given: Sequence[OpenAssignment], practices: Sequence[PracticeTotals]
) -> AssignmentsDone | None:
    if not given:
        return None
    return AssignmentsDone(len(given), sum(is_done(one, practices) for one in given))


def is_done(given: OpenAssignment, practices: Iterable[PracticeTotals]) -> bool:
    """Whether the assigned skill was practised since it was given."""
    return any(one.skill == given.skill and one.on >= given.since and one.done for one in practices)


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
