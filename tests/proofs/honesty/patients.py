"""Simulated patients whose truth is known: some with nothing to find, some with one planted thing.

Everybody is made from a seed alone, so that a figure can be had again. Entries are ``EntryValue``
values as a chart would give them, oldest first; nothing touches a database.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from journaling.entries.entry import EntryValue
from journaling.entries.kinds.registry import KINDS

ZONE = "America/Chicago"
FIRST_DAY = date(2026, 3, 2)  # a Monday
SKILLS = (
    "slow-breathing", "notice-only", "name-it", "join-in-fully", "balanced-mind-check",
    "ride-the-urge",
)  # fmt: skip
#: Awake from 07 to 23: the hours in which somebody without a pattern may crave.
AWAKE = (7, 23)


@dataclass(frozen=True)
class Truth:
    """What makes one patient; the defaults are somebody with nothing to find.

    ``fade`` is by how much cravings fall by themselves within the half hour. ``mood_change`` is in
    points over the whole time on the scale of −3 to +3, ``resembles`` how much one day's mood is
    like the day before's. ``chosen_when_strong`` is a skill kept for strong cravings, of no use.
    """

    days: int = 56
    cravings_a_day: float = 1.6
    fade: float = 2.0
    noise: float = 1.8
    helps: str | None = None
    helps_by: float = 0.0
    chosen_when_strong: str | None = None
    evening_share: float | None = None
    weekday_share: float | None = None
    mood_change: float = 0.0
    mood_sd: float = 1.1
    resembles: float = 0.4
    logs_mood: float = 0.85
    is_silent_on_weekends: bool = False


@dataclass(frozen=True)
class Simulated:
    """One patient: their days, and all that they logged."""

    truth: Truth
    days: tuple[date, ...]
    entries: tuple[EntryValue, ...]


#: Patients with nothing to find. Whatever is claimed about them is false.
NULLS: Mapping[str, Truth] = {
    "steady": Truth(),
    "steady, days alike (AR 0.6)": Truth(resembles=0.6),
    "steady, days unlike (AR 0)": Truth(resembles=0.0),
    "a skill kept for strong cravings": Truth(chosen_when_strong=SKILLS[0]),
    "silent weekends": Truth(is_silent_on_weekends=True),
}
#: Patients with one thing to find.
PLANTED: Mapping[str, Truth] = {
    "a skill that helps by 2": Truth(helps=SKILLS[2], helps_by=2.0, days=84),
    "a skill that helps by 3": Truth(helps=SKILLS[2], helps_by=3.0, days=84),
    "cravings of the evening (6 of 10)": Truth(evening_share=0.6),
    "cravings of Fridays (4 of 10)": Truth(weekday_share=0.4),
    "falling mood (3 of 6 in two weeks)": Truth(days=14, mood_change=-3.0, logs_mood=0.95),
    "falling mood (2 of 6 in two weeks)": Truth(days=14, mood_change=-2.0, logs_mood=0.95),
}


def simulate(truth: Truth, *, seed: int) -> Simulated:
    """Live through the days of one patient; the same seed lives the same days."""
    dice = random.Random(seed)
    days = tuple(FIRST_DAY + timedelta(days=n) for n in range(truth.days))
    moods = _moods(truth, dice)
    entries: list[EntryValue] = []
    for place, day in enumerate(days):
        if truth.is_silent_on_weekends and day.weekday() >= 5:
            continue
        if dice.random() < truth.logs_mood:
            at = _at(day, dice.uniform(*AWAKE))
            entries.append(recorded("mood", at, dice, valence=moods[place]))
        for _ in range(_cravings(truth, day, dice)):
            entries.append(_craving(truth, day, dice))
    entries.sort(key=lambda entry: (entry.occurred_at, entry.id))
    numbered = tuple(replace(entry, seq=n) for n, entry in enumerate(entries, start=1))
    return Simulated(truth, days, numbered)


def recorded(kind: str, at: datetime, dice: random.Random, **values: Any) -> EntryValue:
    """Make an entry as a chart gives it, written down at once; fields left out are missing."""
    return EntryValue(
        id=UUID(int=dice.getrandbits(128), version=4),
        kind=kind,
        occurred_at=at.astimezone(UTC),
        time_zone=ZONE,
        recorded_at=at.astimezone(UTC),
        received_at=at.astimezone(UTC),
        local_date=at.date(),
        recall="momentary",
        clock_suspect=False,
        is_countable=True,
        origin="self",
        share="care_team",
        discuss=False,
        unanswered=None,
        news=None,
        news_at=None,
        changed_late=False,
        reviewed_at=None,
        reviewed_by=None,
        acknowledged_at=None,
        rev=1,
        seq=1,
        values=KINDS[kind].from_values(values),
    )


def _moods(truth: Truth, dice: random.Random) -> list[int]:
    """Walk the mood of each day: a slope, and days that resemble the day before."""
    spread = truth.mood_sd * (1 - truth.resembles**2) ** 0.5
    rest = dice.gauss(0, truth.mood_sd)
    found = []
    for day in range(truth.days):
        level = truth.mood_change * (day / max(1, truth.days - 1) - 0.5)
        found.append(_within(-3, round(level + rest), 3))
        rest = truth.resembles * rest + dice.gauss(0, spread)
    return found


def _cravings(truth: Truth, day: date, dice: random.Random) -> int:
    rate = truth.cravings_a_day
    if truth.weekday_share is not None:
        is_friday = day.weekday() == 4
        share = truth.weekday_share if is_friday else (1 - truth.weekday_share) / 6
        rate = 7 * rate * share
    return sum(dice.random() < rate / 6 for _ in range(6))


def _craving(truth: Truth, day: date, dice: random.Random) -> EntryValue:
    before = _within(1, round(dice.gauss(6, 2)), 10)
    skill = dice.choice(SKILLS)
    if truth.chosen_when_strong is not None:
        is_strong = dice.random() < before / 10
        skill = truth.chosen_when_strong if is_strong and before >= 7 else skill
    drop = dice.gauss(truth.fade, truth.noise) + (truth.helps_by if skill == truth.helps else 0)
    if truth.chosen_when_strong is not None:
        # What is strong falls further by itself.
        drop += 0.35 * (before - 6)
    return recorded(
        "craving",
        _at(day, _hour(truth, dice)),
        dice,
        intensity=before,
        target="alcohol",
        skills=[skill],
        intensity_after=_within(0, round(before - drop), 10),
        minutes_later=dice.randint(10, 40),
        outcome="did_not_use",
    )


def _hour(truth: Truth, dice: random.Random) -> float:
    if truth.evening_share is not None and dice.random() < truth.evening_share:
        return dice.uniform(19, 23)
    earlier = 19 if truth.evening_share is not None else AWAKE[1]
    return dice.uniform(AWAKE[0], earlier)


def _at(day: date, hour: float) -> datetime:
    whole = int(hour)
    return datetime.combine(day, time(whole, int((hour - whole) * 60)), tzinfo=ZoneInfo(ZONE))


def _within(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
