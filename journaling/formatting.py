"""Format numbers, amounts, days and the patient's own words for sentences."""

from collections.abc import Sequence
from datetime import date, datetime

from backend.kit import parsing
from backend.kit.languages import Noun, Sentence
from backend.kit.text import truncate
from backend.kit.timezones import get_zone

#: How many names, or dates, a sentence lists before it counts the others.
MAX_NAMES = 5
MAX_DATES = 6
#: The longest stretch of the patient's own words in one place; the rest is marked with an ellipsis.
MAX_QUOTE_LENGTH = 140

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: HealthKit's seven classes of valence.
_VALENCE_NAMES = {
    -3: "very unpleasant",
    -2: "unpleasant",
    -1: "slightly unpleasant",
    0: "neutral",
    1: "slightly pleasant",
    2: "pleasant",
    3: "very pleasant",
}
_OUTCOME_PHRASES = {
    "used": "used",
    "did_not_use": "did not use",
    "used_less": "used less than planned",
    "still_deciding": "still deciding when it was logged",
    "prefer_not_to_say": "preferred not to say",
}


DAYS = Noun(Sentence("day", "día"), Sentence("days", "días"))
ENTRIES = Noun(Sentence("entry", "entrada"), Sentence("entries", "entradas"))
TIMES = Noun(Sentence("time", "vez"), Sentence("times", "veces"))
POINTS = Noun(Sentence("point", "punto"), Sentence("points", "puntos"))


def pluralize(n: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: "1 day", "3 days"."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def format_number(value: float) -> str:
    """Write a number without a needless fraction, and never with an exponent: "6", "6.5"."""
    return parsing.format_plain_number(value)


def format_share(part: int, whole: int) -> str:
    """Write a share in whole percents with its count: "67 % (4)"; a half goes up.

    A share that is not zero never reads as zero.
    """
    if 0 < 200 * part < whole:
        return f"under 1 % ({part})"
    return f"{(200 * part + whole) // (2 * whole)} % ({part})"


def format_signed(value: float) -> str:
    """Write a number of a scale that has two sides: "+1", "−0.5", "0"."""
    text = format_number(value)
    return f"+{text}" if value > 0 else text.replace("-", "−")


def humanize(code: str) -> str:
    """Write a code of a vocabulary in words: ``bad_feeling`` becomes "bad feeling"."""
    return code.replace("_", " ")


def format_day(on: date) -> str:
    """Write a day: "Tue Nov 12"."""
    return f"{WEEKDAYS[on.weekday()]} {_MONTH_NAMES[on.month - 1]} {on.day}"


def format_time(at: datetime, zone_name: str) -> str:
    """Write the wall clock of an instant: "8:15 pm"."""
    local = at.astimezone(get_zone(zone_name))
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'am' if local.hour < 12 else 'pm'}"


def format_datetime(at: datetime, zone_name: str) -> str:
    """Write an instant as day and wall clock: "Tue Nov 12, 8:15 pm"."""
    return f"{format_day(at.astimezone(get_zone(zone_name)).date())}, {format_time(at, zone_name)}"


def format_datetime_with_year(at: datetime, zone_name: str) -> str:
    """Write an instant with its year, for what may be printed and kept: "Tue Nov 12 2026, …"."""
    local = at.astimezone(get_zone(zone_name)).date()
    return f"{format_day(local)} {local.year}, {format_time(at, zone_name)}"


def join_first(items: Sequence[str], *, most: int, between: str = ", ") -> str:
    """List the first few; one more is never worth the words "and 1 more"."""
    shown = items if len(items) <= most + 1 else items[:most]
    left = len(items) - len(shown)
    return between.join(shown) + (f" and {left} more" if left else "")


def format_days(days: Sequence[date]) -> str:
    """List days by name, or where they are many, how many between which."""
    if len(days) > MAX_DATES:
        return f"{len(days)} days from {format_day(days[0])} to {format_day(days[-1])}"
    return ", ".join(map(format_day, days))


def top_counts(pairs: Sequence[tuple[str, int]]) -> str:
    """List names with how often each was named, the first few."""
    return join_first([f"{name} {n}" for name, n in pairs], most=MAX_NAMES)


def format_use_days(
    *, days: int, with_use: int, without_use: int, left_open: int, not_asked: int
) -> str:
    """Write days by what is known about use: "5 of 7 days without reported use, 2 not asked".

    A day counts only where use was asked about and answered; where it never was, that is said.
    """
    if not days or not_asked == days:
        return "Use: not asked"
    parts = [f"{without_use} of {pluralize(days, 'day')} without reported use"]
    parts += [f"use reported on {with_use}"] if with_use else []
    parts += [f"{not_asked} not asked"] if not_asked else []
    parts += [f"{left_open} left open or told too late"] if left_open else []
    return ", ".join(parts)


def format_valence(value: float) -> str:
    """Write a valence of −3 to +3 in words; a half lies between two names."""
    low, high = int(value // 1), int(-(-value // 1))
    name = (
        _VALENCE_NAMES[low]
        if low == high
        else f"between {_VALENCE_NAMES[low]} and {_VALENCE_NAMES[high]}"
    )
    return f"{name} ({format_signed(value)})"


def format_outcome(code: str | None) -> str:
    """Write the outcome of a craving; not answered is not the same as not used."""
    return _OUTCOME_PHRASES[code] if code is not None else "outcome not answered"


def quote(text: str, *, longest: int = MAX_QUOTE_LENGTH) -> str:
    """Quote the patient's own words on one line; what was cut off is marked, never silent."""
    return f"“{truncate(' '.join(text.split()), longest=longest)}”"


#: Count nouns that people type in the singular beside any number, and how they are said of many.
_PLURALS = {
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
_SINGULARS = {many: one for one, many in _PLURALS.items()} | {
    "brownies": "brownie", "cookies": "cookie", "halves": "half", "dollars": "dollar",
}  # fmt: skip
#: Endings of many and what they become of one, the longest first.
_PLURAL_ENDINGS = (("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ies", "y"))
#: Words that end in an s of their own.
_SINGULAR_ENDINGS = ("ss", "us", "is")


def format_amount(value: float, unit: str) -> str:
    """Write an amount with its unit in the singular or plural; an unknown unit stays as typed.

    Of "glasses of wine" the first word is adapted.
    """
    head, of, tail = unit.partition(" of ")
    before, _, noun = head.rpartition(" ")
    bent = _singular(noun) if value == 1 else _PLURALS.get(noun.casefold(), noun)
    return f"{format_number(value)} {before}{' ' if before else ''}{bent}{of}{tail}"


def _singular(noun: str) -> str:
    """Return the singular of a unit; abbreviations and words that are singular stay."""
    low = noun.casefold()
    if low in _SINGULARS:
        return _SINGULARS[low]
    if (
        len(noun) < 4
        or not low.endswith("s")
        or low.endswith(_SINGULAR_ENDINGS)
        or not noun.isalpha()
    ):
        return noun
    for many, one in _PLURAL_ENDINGS:
        if low.endswith(many):
            return noun[: -len(many)] + one
    return noun[:-1]
