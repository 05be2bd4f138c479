"""How one entry is told in a sentence: what it is, in numbers, and in the patient's own words."""

from collections.abc import Sequence

from journaling.brief import figures, wording
from journaling.entries import Recorded
from journaling.kinds import KINDS

#: Where a kind keeps the patient's own words, the most telling first.
_WORDS = ("note", "thought", "before", "situation", "after_effect")


def told(entry: Recorded) -> str:
    """Tell when an entry occurred and what it is: "Tue Nov 12, 8:15 pm: craving 7 of 10 …"."""
    when = wording.when(entry)
    return f"{when[0].upper()}{when[1:]}: {what(entry)}{late(entry)}"


def what(entry: Recorded) -> str:
    """Tell what an entry is, each number with its scale."""
    values = entry.values
    match entry.kind:
        case "craving":
            return f"craving {values['intensity']} of 10 for {values['target']}"
        case "mood":
            return f"mood {wording.valence(values['valence'])}"
        case "use":
            return f"use of {values['substance']}{_amount(entry)}"
        case "skill_practice":
            return f"{wording.skill(values['skill'])}, {_practice(entry)}"
        case _:
            return KINDS[entry.kind].title.lower()


def late(entry: Recorded) -> str:
    """Mark an entry that was written down too late to count; nothing for every other."""
    if entry.counts:
        return ""
    days = max(2, (entry.recorded_at - entry.occurred_at).days)
    return f" (written down {days} days later, in no figure)"


def quoted(entry: Recorded) -> str:
    """Quote the patient's own words on this entry, the most telling ones; may be nothing."""
    found = next((entry.values[name] for name in _WORDS if entry.values.get(name)), None)
    return wording.quote(found) if found and found.strip() else ""


def listed(entries: Sequence[Recorded]) -> str:
    """Count entries by kind: "2 cravings, 1 mood"."""
    names = [KINDS[entry.kind].title.lower() for entry in entries]
    plural = {"skill practice": "skill practices", "use": "uses"}
    return ", ".join(
        wording.counted(n, name, plural.get(name, "")) for name, n in figures.tally(names)
    )


def _amount(entry: Recorded) -> str:
    amount, unit = entry.values["amount"], entry.values["unit"]
    if amount is None:
        return ", amount not given"
    return f", {wording.number(amount)} {unit or '(unit not given)'}"


def _practice(entry: Recorded) -> str:
    if figures.is_tried_in_vain(entry):
        return "tried, could not"
    if not figures.is_practised(entry):
        return "wanted but not used" if entry.values["wanted_to"] else "not used"
    helped = entry.values["helped"]
    if helped is None:
        return "practised, whether it helped was not answered"
    return "practised, helped" if helped else "practised, did not help"
