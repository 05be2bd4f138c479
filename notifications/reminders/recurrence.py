"""When a reminder is due next: wall-clock times in a zone, in plain Python."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from backend.kit.timezones import get_zone, local_day, local_to_utc

EVERY_DAY = 0b1111111
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_AFTER_MIDNIGHT = tuple(timedelta(minutes=minute) for minute in range(24 * 60))


@dataclass(frozen=True, slots=True)
class RecurrenceRule:
    """On which local days, at which minutes of the day. ``weekdays`` has Monday as bit 0."""

    minutes: tuple[int, ...]
    weekdays: int | None = EVERY_DAY
    every_days: int | None = None
    every_from: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None


class DueSlot(NamedTuple):
    """One occurrence: its day and minute in the patient's calendar, and its instant."""

    day: date
    minute: int
    due_at: datetime


HandledSlot = tuple[date, int]


def find_next_slot(
    rule: RecurrenceRule, *, zone_name: str, after: datetime, handled: HandledSlot | None = None
) -> DueSlot | None:
    """Return the first occurrence later than ``after`` and beyond the one handled last.

    Because days and minutes are compared as the patient's calendar names them, a patient who
    travels west meets no time of the day twice. A time that a spring change skips is the first
    valid minute after the gap; one that an autumn change repeats is the first of the two.
    """
    first = local_day(after, zone_name)
    if handled is not None and handled[0] > first:
        first = handled[0]
    if handled is not None and handled[0] == first and rule.minutes[-1] <= handled[1]:
        first += _DAY
    day = _first_matching_day(rule, first)
    while day is not None:
        done = handled[1] if handled is not None and handled[0] == day else -1
        midnight = _midnight_unless_dst(day, zone_name)
        for minute in rule.minutes:
            if minute <= done:
                continue
            due_at = (
                midnight + _AFTER_MIDNIGHT[minute]
                if midnight is not None
                else local_to_utc(day, time(minute // 60, minute % 60), zone_name)
            )
            if due_at > after:
                return DueSlot(day, minute, due_at)
        day = _first_matching_day(rule, day + _DAY)
    return None


@lru_cache(maxsize=50_000)
def _midnight_unless_dst(day: date, zone_name: str) -> datetime | None:
    """Return the midnight that a day's minutes are counted from; None where its clock jumps."""
    start = datetime.combine(day, _MIDNIGHT, tzinfo=get_zone(zone_name))
    if start.utcoffset() != (start + _DAY).utcoffset():
        return None
    return start.astimezone(UTC)


def _first_matching_day(rule: RecurrenceRule, day: date) -> date | None:
    """Return the first day of the rule that isn't before ``day``; None after its end."""
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
