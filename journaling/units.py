"""Amounts with a unit that somebody typed: "1 cigarette", "4 beers", "0.5 g"."""

from journaling import wording

#: Count nouns that people type in the singular beside any number, and how they are said of many.
_MANY = {
    "beer": "beers", "bottle": "bottles", "bowl": "bowls", "box": "boxes", "can": "cans",
    "cap": "caps", "capsule": "capsules", "cartridge": "cartridges", "cigar": "cigars",
    "cigarette": "cigarettes", "cup": "cups", "dab": "dabs", "dose": "doses", "drag": "drags",
    "drink": "drinks", "drop": "drops", "edible": "edibles", "glass": "glasses", "gram": "grams",
    "gummy": "gummies", "hit": "hits", "hour": "hours", "injection": "injections",
    "joint": "joints", "key": "keys", "line": "lines", "minute": "minutes", "ounce": "ounces",
    "pack": "packs", "packet": "packets", "patch": "patches", "piece": "pieces", "pill": "pills",
    "pint": "pints", "pipe": "pipes", "pouch": "pouches", "puff": "puffs", "rock": "rocks",
    "serving": "servings", "session": "sessions", "shot": "shots", "sip": "sips",
    "smoke": "smokes", "strip": "strips", "tab": "tabs", "tablet": "tablets", "unit": "units",
    "vape": "vapes",
}  # fmt: skip
_ONE = {many: one for one, many in _MANY.items()} | {
    "brownies": "brownie", "cookies": "cookie", "halves": "half", "dollars": "dollar",
}  # fmt: skip
#: Endings of many and what they become of one, the longest first.
_ENDINGS = (("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ies", "y"))
#: Words that end in an s of their own.
_OWN_S = ("ss", "us", "is")


def amount(value: float, unit: str) -> str:
    """Write an amount so that it can be read aloud; a unit that isn't ours to bend stays as typed.

    "glasses of wine" bends its first word.
    """
    head, of, rest = unit.partition(" of ")
    before, _, noun = head.rpartition(" ")
    bent = _one(noun) if value == 1 else _MANY.get(noun.casefold(), noun)
    return f"{wording.number(value)} {before}{' ' if before else ''}{bent}{of}{rest}"


def _one(noun: str) -> str:
    """Say of one what was typed of many; abbreviations and words of one stay."""
    low = noun.casefold()
    if low in _ONE:
        return _ONE[low]
    if len(noun) < 4 or not low.endswith("s") or low.endswith(_OWN_S) or not noun.isalpha():
        return noun
    for many, one in _ENDINGS:
        if low.endswith(many):
            return noun[: -len(many)] + one
    return noun[:-1]
