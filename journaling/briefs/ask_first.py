"""The line "Ask first": the one thing to begin a session with, chosen by rule (CLINICAL §5).

The order is fixed: an open safety event or an answer about safety that nobody answered, what the
patient wants to talk about, a use, a strong urge, homework that was wanted and not done, silence,
homework not done, a plan of care that they did not agree to. It ranks what stands in the brief and
weighs nothing; what the patient struck of the brief is not asked about (``mirror.py``). Their words
stand in the sections below, once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from care.access.data_categories import DataCategory
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import Line, Section, make_line
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import (
    ONE_TO_ONE_LEVEL,
    ONE_TO_ONE_URGE,
    STRONG_CRAVING,
)
from journaling.briefs.sections.agenda import MARKED
from journaling.briefs.sections.safety import safety_level
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.daily import URGE_PHRASES, DiaryCard
from journaling.entries.kinds.short_kinds import PreSession
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.insights import figures
from journaling.insights.timing import WEEKDAYS
from journaling.skills import catalogue
from journaling.skills.read import OpenAssignment

#: The name of the line among those of the header.
ASK_FIRST = "ask_first"
#: Where a strong urge may stand; a count of days names no urge.
_URGE_SECTIONS = frozenset({"in_the_way", "use", "moment", "craving"})


@dataclass(frozen=True, slots=True)
class ShownLines:
    """The lines of a brief as they are shown, by "section.name": without what was struck.

    A line that collapsed because it was reviewed is still shown, so a review changes no question.
    """

    by_name: dict[str, Line]

    @classmethod
    def of(cls, sections: Iterable[Section]) -> Self:
        """Gather the lines, in their order."""
        return cls(
            {
                f"{section.key}.{line.name}": line
                for section in sections
                for top_line in section.lines
                for line in (top_line, *top_line.collapsed)
            }
        )

    def last(self, name: str) -> Line | None:
        """Return the last of the lines whose name begins so."""
        found = [line for own, line in self.by_name.items() if own.startswith(name)]
        return found[-1] if found else None

    def entries_of(self, *names: str) -> set[UUID]:
        """Return the entries of the lines whose name begins with one of these."""
        return {
            entry
            for own, line in self.by_name.items()
            if own.startswith(names)
            for entry in line.entries
        }


def add_ask_first(
    facts: BriefFacts, sections: Sequence[Section], *, shown: Sequence[Section]
) -> tuple[Section, ...]:
    """Return the sections with the line in the header, after who comes and how far along they are.

    :param shown: the sections without what the patient struck: nothing else is asked about.
    """
    with phrases.described_for(facts):
        line = replace(_first_question(facts, ShownLines.of(shown)), name=ASK_FIRST)
    header, *others = sections
    place = next(n for n, own in enumerate(header.lines, 1) if own.name == "stay")
    lines = (*header.lines[:place], line, *header.lines[place:])
    return (replace(header, lines=lines), *others)


def _first_question(facts: BriefFacts, shown: ShownLines) -> Line:
    for rule in _RULES:
        line = rule(facts, shown)
        if line is not None:
            return line
    text = "what they want from this session; no other rule applies."
    return make_line(f"Ask first: {text}", own_text=f"Asked first: {_to_them(text)}")


def _open_event(facts: BriefFacts, shown: ShownLines) -> Line | None:
    if not facts.status.events or shown.last("safety.open") is None:
        return None
    gravest = facts.status.events[0]
    since = formatting.format_day(facts.window.calendar.day_of(gravest.opened_at))
    known = {entry.id for entry in facts.entries}
    signs = dict.fromkeys(sign.entry_id for sign in gravest.signs or () if sign.entry_id in known)
    about = [entry for entry in facts.entries if entry.id in signs]
    more = len(facts.status.events) - 1
    others = f" and {formatting.pluralize(more, 'other')}" if more else ""
    return make_line(
        f"Ask first: the open safety event of {since}{others}.", about,
        own_text="Asked first: your answer about safety that is open with your team.",
    )  # fmt: skip


def _safety_answer(facts: BriefFacts, shown: ShownLines) -> Line | None:
    """Ask about a grave answer, unless its event was cleared: that was asked about already."""
    cleared = {sign.entry_id for event in facts.status.cleared for sign in event.signs or ()}
    reported = shown.entries_of("safety.report.", "safety.more_reports")
    grave = [
        (level, entry.timeline_at, entry)
        for entry in facts.entries
        if entry.id in reported - cleared
        for level in [safety_level(entry.values.safety_signals())]
        if level >= ONE_TO_ONE_LEVEL
    ]
    if not grave:
        return None
    *_, entry = max(grave, key=lambda one: one[:2])
    return _about(entry, f"the answer about safety of {phrases.sentence_opening(entry)}.")


def _wanted(facts: BriefFacts, shown: ShownLines) -> Line | None:
    """Ask for what they want: a line they added, their agenda, or what they marked last."""
    if shown.last("agenda.added"):
        added = "for this session."
        return make_line(f"Ask first: what they added {added}",
                         own_text=f"Asked first: what you added {added}")  # fmt: skip
    line = shown.last("agenda.own.") or shown.last(f"agenda.{MARKED}.")
    if line is None:
        return None
    entry = next(entry for entry in facts.entries if entry.id in line.entries)
    if isinstance(entry.values, PreSession) and entry.values.agenda:
        when = phrases.occurrence_time(entry)
        return _about(entry, f"what they want from this session, written {when}.")
    if not entry.discuss:
        return _about(entry, f"what the team said to talk about: {phrases.entry_sentence(entry)}.")
    return _about(entry, f"what they marked to bring: {phrases.entry_sentence(entry)}.")


def _use(facts: BriefFacts, shown: ShownLines) -> Line | None:
    told = shown.entries_of("use.event.")
    uses = [entry for entry in facts.entries if entry.id in told]
    if not uses:
        return None
    entry = max(uses, key=lambda one: one.timeline_at)
    if isinstance(entry.values, Craving | DiaryCard):
        return _about(entry, f"the use told of {phrases.sentence_opening(entry)}.")
    return _about(entry, f"the use, {phrases.entry_sentence(entry)}.")


def _strong_urge(facts: BriefFacts, shown: ShownLines) -> Line | None:
    """Ask about the strongest urge by its share of the scale; of equals the newest."""
    told = {
        entry
        for own, line in shown.by_name.items()
        if own.partition(".")[0] in _URGE_SECTIONS and line.name not in {"days", "homework"}
        for entry in line.entries
    }
    strong = [
        (share, entry.timeline_at, entry, words)
        for entry in facts.news
        if entry.id in told
        for share, words in _strong_urges(entry)
    ]
    if not strong:
        return None
    *_, entry, words = max(strong, key=lambda one: one[:2])
    if isinstance(entry.values, Craving):
        return _about(entry, f"{phrases.entry_sentence(entry)}.")
    return _about(entry, f"{phrases.sentence_opening(entry)}: {words}{phrases.late_mark(entry)}.")


def _strong_urges(entry: EntryValue) -> Iterable[tuple[float, str]]:
    """List the strong urges of an entry: the share of its own scale, and the words for it."""
    match entry.values:
        case Craving(intensity=intensity):
            return [(intensity / 10, "")] if intensity >= STRONG_CRAVING else []
        case DiaryCard(urges=urges):
            rated = [(name, urge["peak"]) for name, urge in (urges or {}).items() if "peak" in urge]
            where = ""
        case PreSession(coming_in=coming_in):
            rated, where = list((coming_in or {}).items()), " on the way in"
        case _:
            return []
    return [
        (peak / 5, f"urge {URGE_PHRASES.get(name, f'for {name}')} {peak} of 5{where}")
        for name, peak in rated
        if peak >= ONE_TO_ONE_URGE
    ]


def _wanted_homework(facts: BriefFacts, shown: ShownLines) -> Line | None:
    """Ask about homework not done that they wanted to do, or tried to."""
    told = shown.entries_of("skills.not_used")
    for given in _not_done(facts, shown):
        tries = [
            entry
            for entry in entries_of_kind(facts.counted, SkillPractice)
            if entry.id in told
            and entry.values.skill == given.skill
            and (entry.values.wanted_to or figures.is_failed_attempt(entry.values))
        ]
        if tries:
            tried = figures.is_failed_attempt(tries[-1].values)
            how = "tried and could not" if tried else "wanted to and did not"
            when = phrases.sentence_opening(tries[-1])
            return make_line(
                f"Ask first: homework {catalogue.skill_name(given.skill)} ({given.per_week} a week"
                f" agreed): {how}, {when}.",
                tries, own_text=f"Asked first: {catalogue.skill_name(given.skill)}, which you"
                f" {how}, {when}.",
            )  # fmt: skip
    return None


def _silence(facts: BriefFacts, shown: ShownLines) -> Line | None:
    """Ask how the days were that nothing is logged of, or a weekday that stays without entries."""
    if shown.last("in_the_way.silence") is None:
        return None
    present, weekday = facts.silence.present, facts.silence.weekday
    if present is not None:
        days = formatting.pluralize(present.days, "day")
        text = f"how the last {days} were: nothing is logged of them."
    elif weekday.weekday is not None:
        text = f"how {WEEKDAYS[weekday.weekday]} are: mostly nothing is logged on them."
    else:
        return None
    return make_line(f"Ask first: {text}", own_text=f"Asked first: {text}")


def _homework(facts: BriefFacts, shown: ShownLines) -> Line | None:
    given = next(iter(_not_done(facts, shown)), None)
    if given is None:
        return None
    what = f"homework {catalogue.skill_name(given.skill)} ({given.per_week} a week agreed)"
    return make_line(f"Ask first: {what}, not practised.",
                     own_text=f"Asked first: {what}, not practised.")  # fmt: skip


def _not_done(facts: BriefFacts, shown: ShownLines) -> list[OpenAssignment]:
    """List the open assignments without a practice in the brief, where anything was logged.

    What was given on the session's own day could not be done yet.
    """
    if not facts.news or shown.last("in_the_way.homework") is None:
        return []
    used = {skill for entry in facts.news for skill in entry.values.skills_used()}
    return [
        given
        for given in facts.status.assignments
        if given.skill not in used and given.since < facts.today
    ]


def _plan_of_care(facts: BriefFacts, _: ShownLines) -> Line | None:
    said = facts.record.plan_response
    if said is None or said.agreed or DataCategory.PROGRAMME in facts.not_agreed:
        return None
    text = f"what they would change in version {said.plan_rev} of the plan of care."
    return make_line(f"Ask first: {text}", own_text=f"Asked first: {_to_them(text)}")


def _about(entry: EntryValue, text: str) -> Line:
    # A sentence of its own would open with a capital; a weekday keeps it.
    for opening in ("About ", "Arrived "):
        text = text.replace(opening, opening.lower()) if opening in text.partition("“")[0] else text
    return make_line(f"Ask first: {text}", [entry], own_text=f"Asked first: {_to_them(text)}")


def _to_them(text: str) -> str:
    own, quote, words = text.partition("“")
    for old, new in (("they want", "you want"), ("they marked", "you marked"),
                     ("they would", "you would")):  # fmt: skip
        own = own.replace(old, new)
    return f"{own}{quote}{words}"


#: In the order in which they are asked; the first that finds something is the line.
_RULES: tuple[Callable[[BriefFacts, ShownLines], Line | None], ...] = (
    _open_event,
    _safety_answer,
    _wanted,
    _use,
    _strong_urge,
    _wanted_homework,
    _silence,
    _homework,
    _plan_of_care,
)
