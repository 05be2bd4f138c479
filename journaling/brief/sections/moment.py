"""The one moment to look at, chosen by rule."""

from datetime import datetime

from journaling import wording
from journaling.brief import figures, telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded


def write(facts: Facts) -> Written:
    """Tell one craving in full: time, triggers, skills, before and after, outcome, own words.

    One that was reviewed before gives way to any that was not.
    """
    cravings = facts.of("craving")
    if not cravings:
        return plain(line("No craving to look at: none was logged in this window."))
    fresh = [entry for entry in cravings if entry.reviewed_at is None]
    if not fresh:
        entry = max(cravings, key=_rank)
        return plain(line(f"Looked at before: {telling.told(entry)}.", [entry], is_told=True))
    entry = max(fresh, key=_rank)
    return plain(*filter(None, (_scene(entry), _course(entry), _words(entry))))


def _rank(entry: Recorded) -> tuple[bool, int, datetime, bool, str]:
    """Order moments: acted on, stronger, newer, with a note (CLINICAL §5); then by id."""
    return (
        figures.acted_on(entry),
        entry.values["intensity"],
        entry.shown_at,
        bool(entry.values["note"]),
        str(entry.id),
    )


def _scene(entry: Recorded) -> Line:
    values = entry.values
    where = [part for part in (values["place"], values["company"]) if part]
    around = f" ({', '.join(where)})" if where else ""
    triggers = ", ".join(map(wording.spoken, values["triggers"] or ()))
    named = f"Triggers: {triggers}" if triggers else "Triggers not answered"
    return line(f"{telling.told(entry)}{around}. {named}.", [entry], is_told=True)


def _course(entry: Recorded) -> Line:
    values = entry.values
    skills = ", ".join(map(wording.skill, values["skills"] or ()))
    used = f"Skills used: {skills}" if skills else "Skills not answered"
    after = "later rating not answered"
    if values["intensity_after"] is not None:
        after = f"{values['intensity']} → {values['intensity_after']} of 10"
        if values["minutes_later"] is not None:
            after += f" after {wording.counted(values['minutes_later'], 'minute')}"
    outcome = wording.outcome(values["outcome"])
    return line(f"{used}; {after}; {outcome}.", [entry], is_told=True)


def _words(entry: Recorded) -> Line | None:
    own = [entry.values[name] for name in ("thought", "note")]
    quotes = [wording.quote(text) for text in own if text and text.strip()]
    return line(f"In their words: {' '.join(quotes)}", [entry], is_told=True) if quotes else None
