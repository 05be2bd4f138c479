"""How far these figures can be trusted: when entries were written, and which are left out."""

from collections import Counter

from journaling import wording
from journaling.brief import telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.provenance import Recall

_PROMPTS = "Not on record: which reminders were answered."


def write(facts: Facts) -> Written:
    """Tell shares of recall, what stands in no figure, and clocks that can't be right."""
    if not facts.entries:
        return plain(line(f"No entry, so no figure: missing here means not known. {_PROMPTS}"))
    return plain(
        *filter(
            None,
            (_recall(facts), _hollow(facts), _clock(facts), line(_PROMPTS)),
        )
    )


def _recall(facts: Facts) -> Line:
    total = len(facts.entries)
    found = Counter(entry.recall for entry in facts.entries)
    shares = [
        f"{wording.share(found[recall], total)} {words}"
        for recall, words in (
            (Recall.MOMENTARY, "in the moment"),
            (Recall.SAME_DAY, "the same day"),
            (Recall.RECALLED, "on a later day"),
        )
    ]
    count = wording.counted(total, "entry", "entries")
    return line(f"Of {count}, written down {', '.join(shares)}.", facts.entries)


def _hollow(facts: Facts) -> Line | None:
    if not facts.hollow:
        return None
    listed = telling.listed(facts.hollow)
    return line(f"More than 48 hours later, so in no figure: {listed}.", facts.hollow)


def _clock(facts: Facts) -> Line | None:
    found = [entry for entry in facts.entries if entry.clock_suspect]
    if not found:
        return None
    count = wording.counted(len(found), "entry", "entries")
    return line(
        f"The phone's clock was ahead of ours for {count}; times are as it sent them.", found
    )
