"""How far these figures can be trusted: when entries were written, and which are left out."""

from collections import Counter
from collections.abc import Sequence

from care.access import DataClass
from journaling import wording
from journaling.brief import telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts, Prompts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.provenance import Recall

NO_PROMPTS = Prompts(delivered=0, answered=0, undelivered=0, paused=0)


def write(facts: Facts) -> Written:
    """Tell shares of recall, what stands in no figure, and clocks that can't be right."""
    if not facts.heard:
        told = f"No entry, so no figure: missing here means not known. {_prompts(facts)}"
        return plain(line(told))
    found = (_recall(facts), _doubts(facts), line(_prompts(facts)))
    return plain(*filter(None, found))


def _recall(facts: Facts) -> Line:
    total = len(facts.heard)
    # By a wrong clock nobody can tell how fresh a memory was.
    found = Counter(entry.recall for entry in facts.heard if not entry.clock_suspect)
    doubted = sum(entry.clock_suspect for entry in facts.heard)
    shares = [
        f"{wording.share(found[recall], total)} {words}"
        for recall, words in (
            (Recall.MOMENTARY, "in the moment"),
            (Recall.SAME_DAY, "the same day"),
            (Recall.RECALLED, "on a later day"),
        )
        if found[recall]
    ]
    count = wording.counted(total, "entry", "entries")
    if doubted:
        shares.append(f"{wording.share(doubted, total)} by a clock that can't be believed")
    return line(f"Of {count}, written down {', '.join(shares)}.", facts.heard)


def _doubts(facts: Facts) -> Line | None:
    """Tell what stands in no figure, and where the phone's clock can't be right."""
    doubted = [entry for entry in facts.heard if entry.clock_suspect]
    hollow = [entry for entry in facts.hollow if not entry.clock_suspect]
    told = []
    if hollow:
        told.append(_too_late(hollow))
    if doubted:
        count = wording.counted(len(doubted), "entry", "entries")
        each = "it" if len(doubted) == 1 else "each"
        text = f"The phone's clock can't be right for {count}; {each} stands where it arrived"
        lost = sum(not entry.counts for entry in doubted)
        told.append(f"{text}, {lost} of them in no figure." if lost else f"{text}.")
    about = {entry.id: entry for entry in (*hollow, *doubted)}
    return line(" ".join(told), about.values()) if told else None


def _too_late(hollow: Sequence[Recorded]) -> str:
    """Count what came more than 48 hours later, and how much of it only by a change."""
    text = f"More than 48 hours later, so in no figure: {telling.listed(hollow)}"
    if changed := sum(entry.changed_late for entry in hollow):
        text += f"; {changed} of them first answered or changed then"
    return f"{text}."


def _prompts(facts: Facts) -> str:
    """Tell how many reminders were answered; what never arrived is not ignored."""
    if DataClass.REMINDERS in facts.not_agreed:
        return "Their consent doesn't cover how reminders went."
    found = facts.prompts
    if found == NO_PROMPTS:
        return "No reminder asked for an entry in this window."
    told = "none was delivered"
    if found.delivered:
        told = f"answered {found.answered} of {found.delivered} delivered"
    if found.undelivered:
        told += f"; {found.undelivered} not delivered, so not ignored"
    if found.paused:
        told += f"; {found.paused} not sent while they had paused them"
    return f"Reminders: {told}."
