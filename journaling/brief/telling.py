"""How one entry is told in a sentence: what it is, in numbers, and in the patient's own words."""

from collections.abc import Sequence

from journaling import wording
from journaling.brief import figures
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.limits import QUOTE_LENGTH

#: Where a kind keeps the patient's own words, the most telling first.
_WORDS = (
    "agenda", "note", "thought", "before", "situation", "after_effect", "barrier", "reason",
)  # fmt: skip


def told(entry: Recorded) -> str:
    """Tell when an entry occurred and what it is: "Tue Nov 12, 8:15 pm: craving 7 of 10 …"."""
    return f"{opened(entry)}: {what(entry)}{late(entry)}"


def opened(entry: Recorded) -> str:
    """Open a sentence with when an entry occurred; a diary card names its day alone."""
    if KINDS[entry.kind].is_of_a_day:
        return wording.day(entry.local_date)
    when = wording.when(entry)
    return f"{when[0].upper()}{when[1:]}"


def what(entry: Recorded) -> str:
    """Tell what an entry is, each number with its scale."""
    return KINDS[entry.kind].told(entry.values)


def late(entry: Recorded) -> str:
    """Mark an entry that was written down too late to count; nothing for every other."""
    if entry.counts:
        return ""
    if entry.clock_suspect:
        return " (by a phone whose clock was wrong, in no figure)"
    days = max(2, (entry.recorded_at - entry.occurred_at).days)
    return f" (written down {days} days later, in no figure)"


def quoted(entry: Recorded, *, longest: int = QUOTE_LENGTH) -> str:
    """Quote the patient's own words on this entry, the most telling ones; may be nothing."""
    found = next((entry.values[name] for name in _WORDS if entry.values.get(name)), None)
    return wording.quote(found, longest=longest) if found and found.strip() else ""


def listed(entries: Sequence[Recorded]) -> str:
    """Count entries by kind: "2 cravings, 1 mood"."""
    return ", ".join(
        wording.counted(n, KINDS[name].title.lower(), KINDS[name].plural)
        for name, n in figures.tally(entry.kind for entry in entries)
    )
