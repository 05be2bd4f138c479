"""The one moment to look at, chosen by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import Line, SectionContent, lines_only, make_line
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import EPISODE_BANDS
from journaling.briefs.sections.agenda import is_on_agenda
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.daily import URGE_PHRASES
from journaling.entries.kinds.registry import KINDS
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
            self.entry.kind == "craving",
            self.share,
            self.entry.timeline_at,
            bool(self.entry.values.get("note")),
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
        return lines_only(make_line("Nothing to look at yet."))
    moment = max(fresh or candidates, key=lambda one: one.rank)
    entry = moment.entry
    course = _course(entry) if entry.kind == "craving" else None
    return lines_only(*filter(None, (_scene(entry), course, _own_words_line(facts, entry))))


def _candidates(entries: Sequence[EntryValue]) -> list[EpisodeCandidate]:
    """Find what may be the moment, or else what was used."""
    candidates = [moment for entry in entries if (moment := _candidate(entry)) is not None]
    uses = [entry for entry in entries if entry.kind == "use"]
    return candidates or [EpisodeCandidate(use, is_acted_on=True, strength=0, of=1) for use in uses]


def _candidate(entry: EntryValue) -> EpisodeCandidate | None:
    acted = figures.is_use_reported(entry)
    if entry.kind == "craving":
        return EpisodeCandidate(entry, acted, entry.values["intensity"], 10)
    if entry.kind not in {"daily", "pre_session"}:
        return None
    urges = (entry.values.get("urges") or {}).items()
    acted = acted or any(urge.get("acted") for name, urge in urges if name not in _SAFETY_URGES)
    rated = [urge["peak"] for name, urge in urges if "peak" in urge and name not in _SAFETY_URGES]
    coming_in = (entry.values.get("coming_in") or {}).items()
    rated += [rating for name, rating in coming_in if name not in _SAFETY_URGES]
    candidate = EpisodeCandidate(entry, acted, max(rated, default=0), 5)
    # A light urge stands in its own section; it is no episode to look at.
    return candidate if acted or candidate.band else None


def _scene(entry: EntryValue) -> Line:
    values = entry.values
    if entry.kind == "use":
        return make_line(
            f"{phrases.entry_sentence(entry)}{phrases.company_phrase(entry)}.",
            [entry],
            is_told=True,
        )
    if entry.kind == "pre_session":
        return make_line(f"{phrases.entry_sentence(entry)}.", [entry], is_told=True)
    if entry.kind == "daily":
        card = f"{_urges(values)}{_acts(values)}{phrases.late_mark(entry)}"
        return make_line(f"{phrases.sentence_opening(entry)}: {card}.", [entry], is_told=True)
    where = [part for part in (values["place"], values["company"]) if part]
    around = f" ({', '.join(where)})" if where else ""
    triggers = ", ".join(map(formatting.humanize, values["triggers"] or ()))
    named = f"Triggers: {triggers}" if triggers else "Triggers not answered"
    craving = f"{phrases.entry_description(entry)}{around}{phrases.late_mark(entry)}"
    text = f"{phrases.sentence_opening(entry)}: {craving}. {named}."
    return make_line(text, [entry], is_told=True)


def _urges(values: Mapping[str, Any]) -> str:
    """Describe a card as its kind does, the strongest urge first."""
    urges = values.get("urges") or {}

    def place(name: str) -> tuple[int, str]:
        return -(urges[name].get("peak") or 0), name

    return KINDS["daily"].description(
        {"urges": {name: urges[name] for name in sorted(urges, key=place)}}
    )


def _acts(values: Mapping[str, Any]) -> str:
    urges = (values.get("urges") or {}).items()
    acted = [URGE_PHRASES.get(name, f"for {name}") for name, urge in urges if urge.get("acted")]
    return f"; acted on an urge {', '.join(acted)}" if acted else ""


def _course(entry: EntryValue) -> Line:
    values = entry.values
    skills = ", ".join(map(catalogue.skill_name, values["skills"] or ()))
    used = f"Skills used: {skills}" if skills else "Skills not answered"
    after = "later rating not answered"
    if values["intensity_after"] is not None:
        after = f"{values['intensity']} → {values['intensity_after']} of 10"
        if values["minutes_later"] is not None:
            after += f" after {formatting.pluralize(values['minutes_later'], 'minute')}"
    outcome = formatting.format_outcome(values["outcome"])
    return make_line(f"{used}; {after}; {outcome}.", [entry], is_told=True)


def _own_words_line(facts: BriefFacts, entry: EntryValue) -> Line | None:
    """Quote their words, but for what the agenda quotes already."""
    names = [name for name in _OWN_WORDS if (entry.values.get(name) or "").strip()]
    if is_on_agenda(facts, entry):
        names = [name for name in names if name != phrases.own_words_field(entry)]
    quotes = [formatting.quote(entry.values[name]) for name in names]
    return (
        make_line(f"In their words: {' '.join(quotes)}", [entry], is_told=True) if quotes else None
    )
