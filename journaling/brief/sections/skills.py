"""Skills: practised, helped, wanted but not used, new. The diary code is never averaged."""

from collections.abc import Iterable, Sequence

from journaling import statistics, wording
from journaling.brief import figures, telling
from journaling.brief.document import Line, joined, line
from journaling.brief.facts import Facts
from journaling.brief.sections import apart
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.statistics import Confidence


def write(facts: Facts) -> Written:
    """Count practice and help, then name the skills. A skill used in a craving was practised."""
    beside = apart.beside(facts, "skill_practice", _skills)
    first = joined(_practice(facts, beside), beside)
    return plain(*filter(None, (first, _named(facts), _not_used(facts), _after(facts))))


def _done(entries: Iterable[Recorded]) -> list[Recorded]:
    return [entry for entry in entries if figures.is_practised(entry)]


def _practice(facts: Facts, beside: Line | None) -> Line | None:
    done = _done(facts.of("skill_practice"))
    in_craving = _in_craving(facts)
    if not done and not in_craving:
        return None if beside else apart.nothing(facts, "skill practice was logged as used")
    found = figures.skills(done, days=facts.days)
    text = f"Practised {facts.spread([*done, *in_craving])}"
    if in_craving:
        days = {entry.local_date for entry in (*done, *in_craving)}
        with_craving = {entry.local_date for entry in in_craving}
        text += telling.in_cravings(len(with_craving), len(days))
    if found.answered:
        text += f"; helped {found.helped} of {wording.counted(found.answered, 'time')}"
    if rest := found.practices - found.answered:
        text += f"; whether it helped is not answered for {rest}"
    return line(f"{text}.", [*done, *in_craving])


def _in_craving(facts: Facts) -> list[Recorded]:
    return [entry for entry in facts.of("craving") if figures.used_in_craving(entry)]


def _skills(found: Sequence[Recorded]) -> str:
    return f" ({wording.tallied(_names(found))})"


def _named(facts: Facts) -> Line | None:
    """Name the skills practised, which of them are new, and those used with a craving."""
    done, with_craving = _done(facts.of("skill_practice")), _in_craving(facts)
    told = [f"Practised: {wording.tallied(_names(done))}.", _new(facts)] if done else []
    if with_craving:
        names = figures.tally(
            wording.skill(slug) for entry in with_craving for slug in entry.values["skills"]
        )
        told.append(f"Used with a craving: {wording.tallied(names)}.")
    return line(" ".join(filter(None, told)), [*done, *with_craving]) if told else None


def _not_used(facts: Facts) -> Line | None:
    idle = [entry for entry in facts.of("skill_practice") if not figures.is_practised(entry)]
    vain = [entry for entry in idle if figures.is_tried_in_vain(entry)]
    wanted = [entry for entry in idle if entry.values["wanted_to"] and entry not in vain]
    parts = (("Wanted to but did not", wanted), ("Tried but could not", vain))
    told = [f"{words}: {wording.tallied(_names(found))}." for words, found in parts if found]
    return line(" ".join(told), wanted + vain) if told else None


def _new(facts: Facts) -> str:
    """Name what was practised now and not in the days of context, where anything was."""
    known = {
        slug
        for kind in ("skill_practice", "craving")
        for entry in facts.before(kind)
        for slug in figures.practised_skills(entry)
    }
    found = [e for e in _done(facts.of("skill_practice")) if e.values["skill"] not in known]
    if not found or not known:
        return ""
    return f"Not in the 14 days before: {wording.tallied(_names(found))}."


def _after(facts: Facts) -> Line | None:
    """Tell how cravings went after the skill used most in them, and whether one stands out.

    Of the days of context and window together; nothing while it is too early to say.
    """
    after = statistics.after_skills(facts.told)
    best = statistics.stand_out(facts.told)
    said = []
    about = set(best.entries)
    if after:
        said.append(f"After {wording.skill(after[0].skill)}, craving was {after[0].text}")
        about |= set(after[0].entries)
    if best.confidence is not Confidence.TOO_EARLY:
        said.append(best.told(whose="their"))
    entries = [entry for entry in facts.told if entry.id in about]
    return line(" ".join(said), entries) if said else None


def _names(entries: Iterable[Recorded]) -> list[tuple[str, int]]:
    return figures.tally(wording.skill(entry.values["skill"]) for entry in entries)
