"""What went well, in the patient's words."""

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import SectionContent, lines_only, make_line, not_asked_line
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_WENT_WELL

_FIELDS = {"pre_session": "went_well", "daily": "pleasant_event"}


def write_went_well(facts: BriefFacts) -> SectionContent:
    """Quote what they named, the newest first; asked and left open is not the same as not asked."""
    asked = [entry for entry in facts.news if entry.kind in _FIELDS]
    named = [entry for entry in asked if (entry.values[_FIELDS[entry.kind]] or "").strip()]
    if not asked:
        return lines_only(not_asked_line("what went well since the last session."))
    if not named:
        return lines_only(make_line("Nothing was named.", asked))
    newest = named[: -MAX_WENT_WELL - 1 : -1]
    return lines_only(
        *(
            make_line(
                f"{phrases.sentence_opening(entry)}:"
                f" {formatting.quote(entry.values[_FIELDS[entry.kind]])}"
                f"{phrases.late_mark(entry)}",
                [entry],
            )
            for entry in newest
        )
    )
