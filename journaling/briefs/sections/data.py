"""How far these figures can be trusted: when entries were written, and which are left out."""

from collections import Counter
from collections.abc import Sequence

from care.access.data_categories import DataCategory
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import Line, SectionContent, lines_only, make_line
from journaling.briefs.facts import BriefFacts, ReminderCounts
from journaling.entries.entry import EntryValue, Recall

NO_REMINDERS = ReminderCounts(delivered=0, answered=0, undelivered=0, paused=0)


def write_data(facts: BriefFacts) -> SectionContent:
    """Write the shares of recall, what is in no figure, and clocks that can't be right."""
    if not facts.news:
        text = f"No entry, so no figure: missing here means not known. {_reminders(facts)}"
        return lines_only(make_line(text))
    lines = (_recall(facts), _doubts(facts), make_line(_reminders(facts)))
    return lines_only(*filter(None, lines))


def _recall(facts: BriefFacts) -> Line:
    total = len(facts.news)
    # By a wrong clock nobody knows how fresh a memory was.
    by_recall = Counter(entry.recall for entry in facts.news if not entry.clock_suspect)
    doubted = sum(entry.clock_suspect for entry in facts.news)
    shares = [
        f"{formatting.format_share(by_recall[recall], total)} {words}"
        for recall, words in (
            (Recall.MOMENTARY, "in the moment"),
            (Recall.SAME_DAY, "the same day"),
            (Recall.RECALLED, "on a later day"),
        )
        if by_recall[recall]
    ]
    count = formatting.pluralize(total, "entry", "entries")
    if doubted:
        shares.append(
            f"{formatting.format_share(doubted, total)} by a clock that can't be believed"
        )
    return make_line(f"Of {count}, written down {', '.join(shares)}.", facts.news)


def _doubts(facts: BriefFacts) -> Line | None:
    """Write what is in no figure, and where the phone's clock can't be right."""
    doubted = [entry for entry in facts.news if entry.clock_suspect]
    uncounted = [entry for entry in facts.uncounted if not entry.clock_suspect]
    sentences = []
    if uncounted:
        sentences.append(_too_late(uncounted))
    if doubted:
        count = formatting.pluralize(len(doubted), "entry", "entries")
        each = "it" if len(doubted) == 1 else "each"
        text = f"The phone's clock can't be right for {count}; {each} stands where it arrived"
        lost = sum(not entry.is_countable for entry in doubted)
        sentences.append(f"{text}, {lost} of them in no figure." if lost else f"{text}.")
    about = {entry.id: entry for entry in (*uncounted, *doubted)}
    return make_line(" ".join(sentences), about.values()) if sentences else None


def _too_late(uncounted: Sequence[EntryValue]) -> str:
    """Count what came more than 48 hours later, and how much of it only by a change."""
    text = f"More than 48 hours later, so in no figure: {phrases.count_by_kind(uncounted)}"
    if changed := sum(entry.changed_late for entry in uncounted):
        text += f"; {changed} of them first answered or changed then"
    return f"{text}."


def _reminders(facts: BriefFacts) -> str:
    """Describe how many reminders were answered; one that never arrived was not ignored."""
    if DataCategory.REMINDERS in facts.not_agreed:
        return "Their consent doesn't cover how reminders went."
    counts = facts.reminders
    if counts == NO_REMINDERS:
        return "No reminder asked for an entry in this window."
    text = "none was delivered"
    if counts.delivered:
        text = f"answered {counts.answered} of {counts.delivered} delivered"
    if counts.undelivered:
        text += f"; {counts.undelivered} not delivered, so not ignored"
    if counts.paused:
        text += f"; {counts.paused} not sent while they had paused them"
    return f"Reminders: {text}."
