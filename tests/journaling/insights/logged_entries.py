"""Entries for tests of statistics, as a chart gives them, without a database."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from journaling.entries.entry import EntryValue
from tests.proofs.honesty.patients import FIRST_DAY, ZONE, recorded

_DICE = random.Random(1)


def day(n: int) -> date:
    """Find the n-th day; day 0 is a Monday."""
    return FIRST_DAY + timedelta(days=n)


def days(n: int) -> list[date]:
    """List the first n days."""
    return [day(place) for place in range(n)]


def logged(
    kind: str, on: int, hour: int = 12, *, late: timedelta = timedelta(0), **values: Any
) -> EntryValue:
    """Log one entry at an hour of a day, so much later than it occurred."""
    common = {
        name: values.pop(name)
        for name in ("origin", "clock_suspect", "unanswered")
        if name in values
    }
    at = datetime(day(on).year, day(on).month, day(on).day, hour, tzinfo=ZoneInfo(ZONE))
    entry = recorded(kind, at, _DICE, **values)
    recall = "recalled" if late >= timedelta(days=1) else entry.recall
    is_countable = late <= timedelta(hours=48)
    told: dict[str, Any] = {
        "recorded_at": entry.recorded_at + late,
        "recall": recall,
        "is_countable": is_countable,
    }
    return replace(entry, **told, **common)


def fell(
    on: int, before: int, after: int | None, *skills: str, later: int | None = 20, **more: Any
) -> EntryValue:
    """Log a craving with its later rating and the skills used in between."""
    return logged(
        "craving", on, intensity=before, target="alcohol", intensity_after=after,
        minutes_later=later, skills=list(skills), **more,
    )  # fmt: skip


def moods(values: Sequence[float | None]) -> list[EntryValue]:
    """Log one mood a day; None is a day without."""
    return [
        logged("mood", place, valence=value)
        for place, value in enumerate(values)
        if value is not None
    ]
