"""The one moment to look at, chosen by rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    lines_only,
    make_line,
    name_entry_line,
    name_lines,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import EPISODE_BANDS
from journaling.briefs.sections.agenda import is_on_agenda
from journaling.entries.entry import EntryValue, entries_of_kind, is_of_kind
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.daily import URGE_PHRASES, DiaryCard
from journaling.entries.kinds.short_kinds import PreSession, Use
from journaling.insights import figures
from journaling.skills import catalogue

#: Their place is the first section, whatever else there is to look at.
_SAFETY_URGES = frozenset({"suicide", "die"})
_OWN_WORDS = ("thought", "before", "note", "after_effect")


@dataclass(frozen=True, slots=True)
class EpisodeCandidate:
    """One entry that may be the moment, by how strong it was on its own scale.

    ``strength`` and ``of`` are never converted, and never shown without each other. A craving has
    0-10, an urge of the day 0-5: the share of the scale only sorts them into three bands, and puts
    those of one band in order. In one band a moment stands before what was said of a whole day.
    """

    entry: EntryValue
    is_acted_on: bool
    strength: int
    of: int

    @property
    def share(self) -> float:
        """Return how far up its scale it was."""
        return self.strength / self.of

    @property
    def band(self) -> int:
        """Sort it into three bands."""
        return sum(self.share >= limit for limit in EPISODE_BANDS)

    @property
    def rank(self) -> tuple[bool, int, bool, float, datetime, bool, str]:
        """Order moments: acted on, stronger, newer, with a note (CLINICAL §5); then by id."""
        return (
            self.is_acted_on,
            self.band,
            isinstance(self.entry.values, Craving),
            self.share,
            self.entry.timeline_at,
            bool(self.entry.values.note),
            str(self.entry.id),
        )


def write_key_episode(facts: BriefFacts) -> SectionContent:
    """Write one episode in full: time, triggers, skills, before and after, outcome, own words.

    A craving, or an urge of the diary card or on the way in; where there is neither, a use. Urges
    for suicide and the wish to die have a section of their own. One that was reviewed before gives
    way to any that was not; where all were, it is written in full and marked as reviewed.
    """
    candidates = _candidates(facts.news) or _candidates(facts.still_unreviewed)
    fresh = [moment for moment in candidates if moment.entry.reviewed_at is None]
    if not candidates:
        return lines_only(*name_lines(scene=make_line("Nothing to look at yet.")))
    moment = max(fresh or candidates, key=lambda one: one.rank)
    entry = moment.entry
    course = _course_line(entry) if is_of_kind(entry, Craving) else None
    words = _own_words_line(facts, entry)
    return lines_only(
        *(
            name_entry_line(line.name, entry, line)
            for line in name_lines(scene=_scene(entry), course=course, words=words)
        )
    )


def _candidates(entries: Sequence[EntryValue]) -> list[EpisodeCandidate]:
    """Find what may be the moment, or else what was used."""
    candidates = [moment for entry in entries if (moment := _candidate(entry)) is not None]
    uses = entries_of_kind(entries, Use)
    return candidates or [EpisodeCandidate(use, is_acted_on=True, strength=0, of=1) for use in uses]


def _candidate(entry: EntryValue) -> EpisodeCandidate | None:
    acted = figures.is_use_reported(entry)
    match entry.values:
        case Craving(intensity=intensity):
            return EpisodeCandidate(entry, acted, intensity, 10)
        case DiaryCard(urges=urges):
            others = [urge for name, urge in (urges or {}).items() if name not in _SAFETY_URGES]
            acted = acted or any(urge.get("acted") for urge in others)
            ratings = [urge["peak"] for urge in others if "peak" in urge]
        case PreSession(coming_in=coming_in):
            named = (coming_in or {}).items()
            ratings = [rating for name, rating in named if name not in _SAFETY_URGES]
        case _:
            return None
    candidate = EpisodeCandidate(entry, acted, max(ratings, default=0), 5)
    # A light urge stands in its own section; it is no episode to look at.
    return candidate if acted or candidate.band else None


def _scene(entry: EntryValue) -> Line:
    match entry.values:
        case Use() as use:
            text = f"{phrases.entry_sentence(entry)}{phrases.company_phrase(use)}."
        case DiaryCard() as card:
            urges = f"{_urges(card)}{_acts(card)}{phrases.late_mark(entry)}"
            text = f"{phrases.sentence_opening(entry)}: {urges}."
        case Craving() as craving:
            named = f"{_place_phrase(craving)}{phrases.late_mark(entry)}. {_triggers(craving)}"
            what = f"{phrases.entry_description(entry)}{named}"
            text = f"{phrases.sentence_opening(entry)}: {what}."
        case _:
            text = f"{phrases.entry_sentence(entry)}."
    return make_line(text, [entry], is_told=True)


def _place_phrase(craving: Craving) -> str:
    where = [part for part in (craving.place, craving.company) if part]
    return f" ({', '.join(where)})" if where else ""


def _triggers(craving: Craving) -> str:
    triggers = ", ".join(map(formatting.humanize, craving.triggers or ()))
    return f"Triggers: {triggers}" if triggers else "Triggers not answered"


def _urges(card: DiaryCard) -> str:
    """Describe a card as its kind does, the strongest urge first."""
    urges = card.urges or {}

    def rank(name: str) -> tuple[int, str]:
        return -urges[name].get("peak", 0), name

    return replace(
        card, urges={name: urges[name] for name in sorted(urges, key=rank)}
    ).description()


def _acts(card: DiaryCard) -> str:
    acted = [
        URGE_PHRASES.get(name, f"for {name}")
        for name, urge in (card.urges or {}).items()
        if urge.get("acted")
    ]
    return f"; acted on an urge {', '.join(acted)}" if acted else ""


def _course_line(entry: EntryValue[Craving]) -> Line:
    craving = entry.values
    skills = ", ".join(map(catalogue.skill_name, craving.skills_used()))
    used = f"Skills used: {skills}" if skills else "Skills not answered"
    after = "later rating not answered"
    if craving.intensity_after is not None:
        after = f"{craving.intensity} → {craving.intensity_after} of 10"
        if craving.minutes_later is not None:
            after += f" after {formatting.pluralize(craving.minutes_later, 'minute')}"
    outcome = formatting.format_outcome(craving.outcome)
    return make_line(f"{used}; {after}; {outcome}.", [entry], is_told=True)


def _own_words_line(facts: BriefFacts, entry: EntryValue) -> Line | None:
    """Quote their words, but for what the agenda quotes already."""
    texts = phrases.own_texts(entry, _OWN_WORDS)
    if is_on_agenda(facts, entry):
        texts.pop(phrases.own_words_field(entry) or "", None)
    quotes = [formatting.quote(words) for words in texts.values()]
    return (
        make_line(f"In their words: {' '.join(quotes)}", [entry], is_told=True) if quotes else None
    )
