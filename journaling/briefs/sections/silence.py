"""Days without an entry, and whether a reminder was shown on them; words without blame."""

from journaling import formatting
from journaling.briefs.document import Line, make_line
from journaling.briefs.facts import BriefFacts
from journaling.insights.silence import PresentSilence, WeekdaySilence
from journaling.insights.thresholds import SILENCE_WEEKS
from journaling.insights.timing import WEEKDAYS


def silence_line(facts: BriefFacts) -> Line | None:
    """Write the whole days since the last entry, and the weekday that stays without one."""
    found = facts.silence
    sentences = []
    if found.present is not None:
        sentences.append(_present(found.present))
    if found.weekday.is_claim:
        sentences.append(_weekday(found.weekday))
    return make_line(f"Silence: {' '.join(sentences)}") if sentences else None


def _present(silence: PresentSilence) -> str:
    days = formatting.pluralize(silence.days, "whole day")
    last = silence.last_entry_on
    since = f" since {formatting.format_day(last)}" if last is not None else ""
    return f"no shared entry on {days}{since}; {_reminded(silence)}."


def _reminded(silence: PresentSilence) -> str:
    """Describe how far reminders came on these days; what nobody knows is said as that."""
    if silence.shown == silence.days:
        return "a reminder was opened on each of them"
    if silence.not_known == silence.days:
        return "no reminder is known to have arrived on any of them"
    counts = (
        (silence.shown, "opened on {}"),
        (silence.delivered, "delivered and not opened on {}"),
        (silence.not_known, "not known to have arrived on {}"),
    )
    return f"a reminder was {', '.join(text.format(n) for n, text in counts if n)}"


def _weekday(silence: WeekdaySilence) -> str:
    name = WEEKDAYS[silence.weekday or 0]
    return (
        f"No shared entry on {silence.silent} of {silence.shown} {name}, and on "
        f"{silence.other_silent or 'none'} of {silence.other_shown} other days, over "
        f"{SILENCE_WEEKS} weeks; a reminder was opened on each of these days."
    )
