"""What went well, in the patient's words."""

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import SectionContent, lines_only, make_line, not_asked_line
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_WENT_WELL
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.short_kinds import PreSession


def write_went_well(facts: BriefFacts) -> SectionContent:
    """Quote what they named, the newest first; asked and left open is not the same as not asked."""
    asked = [entry for entry in facts.news if isinstance(entry.values, PreSession | DiaryCard)]
    named = [(entry, words) for entry in asked if (words := _what_went_well(entry))]
    if not asked:
        return lines_only(not_asked_line("what went well since the last session."))
    if not named:
        return lines_only(make_line("Nothing was named.", asked))
    newest = named[: -MAX_WENT_WELL - 1 : -1]
    return lines_only(
        *(
            make_line(
                f"{phrases.sentence_opening(entry)}:"
                f" {formatting.quote(words)}"
                f"{phrases.late_mark(entry)}",
                [entry],
            )
            for entry, words in newest
        )
    )


def _what_went_well(entry: EntryValue) -> str:
    """Return what was named, or "" where it was left open."""
    match entry.values:
        case PreSession(went_well=words) | DiaryCard(pleasant_event=words):
            return words if words and words.strip() else ""
    return ""
