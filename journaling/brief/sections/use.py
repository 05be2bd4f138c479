"""Use: each event, and how many days are known."""

from collections.abc import Sequence

from journaling import wording
from journaling.brief import figures, seen, telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.kinds.daily import URGES
from journaling.limits import ASIDE_LENGTH, MOST_USE_EVENTS


def write(facts: Facts) -> Written:
    """Count the days, then tell each event; "without" is what was shared, "unknown" is the rest.

    Events written down too late to count are told among the others, and marked.
    """
    shown, rest = seen.fold(_events(facts), MOST_USE_EVENTS)
    lines = [_days(facts), *map(_event, shown)]
    if rest:
        days = sorted({entry.local_date for entry in rest})
        count = seen.counted(rest, "event", "events")
        lines.append(line(f"{'Also' if shown else 'Told'} {count}: {wording.dates(days)}.", rest))
    return plain(*lines, *_targets(facts))


def _events(facts: Facts) -> list[Recorded]:
    """List what tells of use; a diary card only where nothing else does on its day."""
    told = [entry for entry in facts.entries if figures.tells_of_use(entry)]
    days = {entry.local_date for entry in told if not figures.is_card_of_use(entry)}
    return [
        entry for entry in told if not figures.is_card_of_use(entry) or entry.local_date not in days
    ]


def _targets(facts: Facts) -> list[Line]:
    """Tell each of the patient's own targets: how strong its urge, and on which days acted on."""
    asked: dict[str, list[Recorded]] = {}
    for entry in facts.of("daily"):
        for name in entry.values["urges"] or {}:
            if name not in URGES:
                asked.setdefault(name, []).append(entry)
    told = [_target(name, cards) for name, cards in sorted(asked.items())]
    cards = {card.id: card for found in asked.values() for card in found}
    return [line(f"Own targets: {'; '.join(told)}.", cards.values())] if told else []


def _target(name: str, cards: Sequence[Recorded]) -> str:
    urges = [card.values["urges"][name] for card in cards]
    rated = [urge["peak"] for urge in urges if "peak" in urge]
    answered = [urge["acted"] for urge in urges if "acted" in urge]
    parts = [f"urge at most {max(rated)} of 5"] if rated else []
    if answered:
        times = wording.counted(len(answered), "time")
        parts.append(f"acted on {sum(answered)} of {times} asked")
    return f"{wording.spoken(name)}, {', '.join(parts)}"


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
        return line(f"{telling.told(entry)}{alone}.{own}", [entry], is_told=True)
    if entry.kind == "daily":
        text = f"{telling.opened(entry)}: acted on an urge to use{telling.late(entry)}."
        return line(text, [entry], is_told=True)
    outcome = wording.outcome(entry.values["outcome"])
    return line(f"{telling.told(entry)}, {outcome}.", [entry], is_told=True)
