"""Skills: practised, helped, wanted but not used, new. The diary code is never averaged."""

from collections.abc import Iterable

from journaling import wording
from journaling.brief import figures
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded


def write(facts: Facts) -> Written:
    """Count practice and help, then name the skills."""
    lines = (_practice(facts), _named(facts), _not_used(facts), _new(facts), _in_cravings(facts))
    return plain(*filter(None, lines))


def _done(entries: Iterable[Recorded]) -> list[Recorded]:
    return [entry for entry in entries if figures.is_practised(entry)]


def _practice(facts: Facts) -> Line:
    practices = facts.of("skill_practice")
    done = _done(practices)
    if not done:
        return line("No skill practice was logged as used in this window.", practices)
    found = figures.skills(practices, days=facts.days)
    text = f"Practised on {found.days_with} of {wording.counted(found.days, 'day')}"
    if found.answered:
        text += f"; helped {found.helped} of {wording.counted(found.answered, 'time')}"
    if rest := found.practices - found.answered:
        text += f"; whether it helped is not answered for {rest}"
    return line(f"{text}.", done)


def _named(facts: Facts) -> Line | None:
    done = _done(facts.of("skill_practice"))
    return line(f"Practised: {wording.tallied(_names(done))}.", done) if done else None


def _not_used(facts: Facts) -> Line | None:
    idle = [entry for entry in facts.of("skill_practice") if not figures.is_practised(entry)]
    vain = [entry for entry in idle if figures.is_tried_in_vain(entry)]
    wanted = [entry for entry in idle if entry.values["wanted_to"] and entry not in vain]
    parts = (("Wanted to but did not", wanted), ("Tried but could not", vain))
    told = [f"{words}: {wording.tallied(_names(found))}." for words, found in parts if found]
    return line(" ".join(told), wanted + vain) if told else None


def _new(facts: Facts) -> Line | None:
    known = {entry.values["skill"] for entry in _done(facts.before("skill_practice"))}
    found = [e for e in _done(facts.of("skill_practice")) if e.values["skill"] not in known]
    if not found or not known:
        return None
    return line(f"Not in the 14 days before: {wording.tallied(_names(found))}.", found)


def _in_cravings(facts: Facts) -> Line | None:
    found = [entry for entry in facts.of("craving") if entry.values["skills"]]
    if not found:
        return None
    names = figures.tally(wording.skill(slug) for entry in found for slug in entry.values["skills"])
    return line(f"Used with a craving: {wording.tallied(names)}.", found)


def _names(entries: Iterable[Recorded]) -> list[tuple[str, int]]:
    return figures.tally(wording.skill(entry.values["skill"]) for entry in entries)
