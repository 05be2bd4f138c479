"""How numbers, days and the patient's own words are put into sentences."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from backend.kit import numbers
from backend.kit.clusters import shortened
from backend.kit.zones import zone
from journaling import catalogue
from journaling.limits import MOST_DATES, MOST_NAMES, QUOTE_LENGTH

if TYPE_CHECKING:
    from journaling.entries import Recorded

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: HealthKit's seven classes of valence.
_VALENCE = {
    -3: "very unpleasant",
    -2: "unpleasant",
    -1: "slightly unpleasant",
    0: "neutral",
    1: "slightly pleasant",
    2: "pleasant",
    3: "very pleasant",
}
#: What the clinic calls skills of which a sentence is written just now.
_NAMES: ContextVar[Mapping[str, str]] = ContextVar("names of skills", default=MappingProxyType({}))
_OUTCOMES = {
    "used": "used",
    "did_not_use": "did not use",
    "used_less": "used less than planned",
    "still_deciding": "still deciding when it was logged",
    "prefer_not_to_say": "preferred not to say",
}


def counted(n: int, noun: str, plural: str = "") -> str:
    """Put a number before its noun: "1 day", "3 days"."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def number(value: float) -> str:
    """Write a number without a needless fraction, and never with an exponent: "6", "6.5"."""
    return numbers.told(value)


def share(part: int, whole: int) -> str:
    """Write a share in whole percents with its count: "67 % (4)"; a half goes up.

    What there is never reads as nought.
    """
    if 0 < 200 * part < whole:
        return f"under 1 % ({part})"
    return f"{(200 * part + whole) // (2 * whole)} % ({part})"


def signed(value: float) -> str:
    """Write a number of a scale that has two sides: "+1", "−0.5", "0"."""
    told = number(value)
    return f"+{told}" if value > 0 else told.replace("-", "−")


def spoken(code: str) -> str:
    """Read a code of a vocabulary aloud: ``bad_feeling`` becomes "bad feeling"."""
    return code.replace("_", " ")


def day(on: date) -> str:
    """Write a day: "Tue Nov 12"."""
    return f"{_DAYS[on.weekday()]} {_MONTHS[on.month - 1]} {on.day}"


def clock(at: datetime, zone_name: str) -> str:
    """Write the wall clock of an instant: "8:15 pm"."""
    local = at.astimezone(zone(zone_name))
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'am' if local.hour < 12 else 'pm'}"


def moment(at: datetime, zone_name: str) -> str:
    """Write an instant as day and wall clock: "Tue Nov 12, 8:15 pm"."""
    return f"{day(at.astimezone(zone(zone_name)).date())}, {clock(at, zone_name)}"


def dated(at: datetime, zone_name: str) -> str:
    """Write an instant with its year, for what may be printed and kept: "Tue Nov 12 2026, …"."""
    local = at.astimezone(zone(zone_name)).date()
    return f"{day(local)} {local.year}, {clock(at, zone_name)}"


def when(entry: "Recorded") -> str:
    """Write when an entry occurred, by the wall clock where the patient was.

    Where the phone's clock can't be believed, it is when it arrived.
    """
    if entry.clock_suspect:
        return f"arrived {moment(entry.received_at, entry.time_zone)}"
    about = "about " if entry.values.get("approximate") else ""
    return about + moment(entry.occurred_at, entry.time_zone)


def few(told: Sequence[str], *, most: int, between: str = ", ") -> str:
    """List the first few; one more is never worth the words "and 1 more"."""
    shown = told if len(told) <= most + 1 else told[:most]
    rest = len(told) - len(shown)
    return between.join(shown) + (f" and {rest} more" if rest else "")


def dates(days: Sequence[date]) -> str:
    """List days by name, or where they are many, how many between which."""
    if len(days) > MOST_DATES:
        return f"{len(days)} days from {day(days[0])} to {day(days[-1])}"
    return ", ".join(map(day, days))


def tallied(pairs: Sequence[tuple[str, int]]) -> str:
    """List names with how often each was named, the first few."""
    return few([f"{name} {n}" for name, n in pairs], most=MOST_NAMES)


def use_days(*, days: int, with_use: int, without_use: int, left_open: int, not_asked: int) -> str:
    """Tell days by what is known about use: "5 of 7 days without reported use, 2 not asked".

    A day counts only where use was asked about and answered; where it never was, that is said.
    """
    if not days or not_asked == days:
        return "Use: not asked"
    parts = [f"{without_use} of {counted(days, 'day')} without reported use"]
    parts += [f"use reported on {with_use}"] if with_use else []
    parts += [f"{not_asked} not asked"] if not_asked else []
    parts += [f"{left_open} left open or told too late"] if left_open else []
    return ", ".join(parts)


def valence(value: float) -> str:
    """Name a valence of −3 to +3; a half lies between two names."""
    low, high = int(value // 1), int(-(-value // 1))
    name = _VALENCE[low] if low == high else f"between {_VALENCE[low]} and {_VALENCE[high]}"
    return f"{name} ({signed(value)})"


def outcome(code: str | None) -> str:
    """Put the outcome of a craving into words; not answered is not the same as not used."""
    return _OUTCOMES[code] if code is not None else "outcome not answered"


@contextmanager
def in_words_of(clinic: Mapping[str, str]) -> Iterator[None]:
    """Let skills be named as a clinic names them: those it added, and those it calls otherwise."""
    token = _NAMES.set(clinic)
    try:
        yield
    finally:
        _NAMES.reset(token)


def skill(slug: str) -> str:
    """Name a skill as the clinic or the catalogue does, or by its slug where both dropped it."""
    if own := _NAMES.get().get(slug):
        return own
    found = catalogue.skills().get(slug)
    return found.name if found is not None else slug.replace("-", " ")


def quote(text: str, *, longest: int = QUOTE_LENGTH) -> str:
    """Quote the patient's own words on one line; what was cut off is marked, never silent."""
    return f"“{shortened(' '.join(text.split()), longest=longest)}”"
