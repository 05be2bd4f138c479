"""When a reminder is due next: wall-clock times in a zone, in plain Python."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from backend.kit.zones import at_local, local_day

EVERY_DAY = 0b1111111
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """On which local days, at which minutes of the day. ``weekdays`` has Monday as bit 0."""

    minutes: tuple[int, ...]
    weekdays: int | None = EVERY_DAY
    every_days: int | None = None
    every_from: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None


class Slot(NamedTuple):
    """One occurrence: its name in the patient's calendar, and its instant."""

    day: date
    minute: int
    due_at: datetime


Handled = tuple[date, int]


def next_slot(
    rule: Rule, *, zone_name: str, after: datetime, handled: Handled | None = None
) -> Slot | None:
    """Find the first occurrence later than ``after`` and beyond the one handled last.

    Because days and minutes are compared as the patient's calendar names them, somebody who
    travels west meets no time of the day twice. A time that a spring change skips is the first
    valid minute after the gap; one that an autumn change repeats is the first of the two.
    """
    day: date | None = local_day(after, zone_name)
    if handled is not None and day is not None:
        day = max(day, handled[0])
    day = _first_day(rule, day)
    while day is not None:
        for minute in rule.minutes:
            if handled is not None and (day, minute) <= handled:
                continue
            due_at = at_local(day, time(minute // 60, minute % 60), zone_name)
            if due_at > after:
                return Slot(day, minute, due_at)
        day = _first_day(rule, day + _DAY)
    return None


def _first_day(rule: Rule, day: date | None) -> date | None:
    """Find the first day of the rule that isn't before ``day``."""
    if day is None:
        return None
    if rule.starts_on is not None:
        day = max(day, rule.starts_on)
    if rule.every_days is not None and rule.every_from is not None:
        behind = (day - rule.every_from).days
        # Before the first day there is nothing; from it on, only whole steps count.
        day += timedelta(days=-behind if behind < 0 else -behind % rule.every_days)
    else:
        mask = rule.weekdays or EVERY_DAY
        while not mask >> day.weekday() & 1:
            day += _DAY
    return None if rule.ends_on is not None and day > rule.ends_on else day
