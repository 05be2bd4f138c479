"""Which entries of a list are told one by one, and which collapse to a line.

What a clinician marked as reviewed was read before: it collapses, and so does what doesn't fit.
"""

from collections.abc import Sequence

from journaling import wording
from journaling.entries import Recorded


def fold(entries: Sequence[Recorded], most: int) -> tuple[Sequence[Recorded], Sequence[Recorded]]:
    """Take the newest that were not reviewed, at most so many; the rest is told in one line."""
    fresh = [entry for entry in entries if entry.reviewed_at is None]
    shown = fresh[-most:]
    names = {entry.id for entry in shown}
    return shown, [entry for entry in entries if entry.id not in names]


def counted(rest: Sequence[Recorded], noun: str, plural: str) -> str:
    """Count what collapsed: "3 entries, 2 of them reviewed before", "1 entry reviewed before"."""
    told = wording.counted(len(rest), noun, plural)
    known = sum(entry.reviewed_at is not None for entry in rest)
    if known == len(rest):
        return f"{told} reviewed before"
    return f"{told}, {known} of them reviewed before" if known else told
