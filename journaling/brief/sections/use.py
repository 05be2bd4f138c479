"""Use: each event, and how many days are known."""

from journaling import wording
from journaling.brief import figures, telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.limits import ASIDE_LENGTH, MOST_USE_EVENTS


def write(facts: Facts) -> Written:
    """Count the days, then tell each event; "without" is what was shared, "unknown" is the rest.

    Events written down too late to count are told among the others, and marked.
    """
    events = [entry for entry in facts.entries if figures.tells_of_use(entry)]
    shown, rest = events[-MOST_USE_EVENTS:], events[:-MOST_USE_EVENTS]
    lines = [_days(facts), *map(_event, shown)]
    if rest:
        days = sorted({entry.local_date for entry in rest})
        count = wording.counted(len(rest), "earlier event")
        lines.append(line(f"And {count}: {wording.dates(days)}.", rest))
    return plain(*lines)


def _days(facts: Facts) -> Line:
    found = figures.use(facts.counted, told_late=facts.hollow, days=facts.days)
    if not facts.entries:
        return line(f"Use: nothing shared, so {_unknown(found.days)}.")
    total = wording.counted(found.days, "day")
    text = f"{found.without_use} of {total} without reported use"
    if found.with_use:
        text += f", use reported on {found.with_use}"
    return line(f"{text}, {found.unknown} unknown.", filter(figures.tells_of_use, facts.counted))


def _unknown(days: int) -> str:
    return f"{wording.counted(days, 'day')} unknown" if days else "nothing is known"


def _event(entry: Recorded) -> Line:
    if entry.kind == "use":
        alone = {True: ", alone", False: ", in company", None: ""}[entry.values["alone"]]
        before = (entry.values["before"] or "").strip()
        own = f" Just before: {wording.quote(before, longest=ASIDE_LENGTH)}" if before else ""
        return line(f"{telling.told(entry)}{alone}.{own}", [entry])
    outcome = wording.outcome(entry.values["outcome"])
    return line(f"{telling.told(entry)}, {outcome}.", [entry])
