"""A reminder's plan: what a patient asks for, validated as a whole, and when it is due next.

Recurrence is wall-clock times in a zone, in plain Python.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.timezones import get_zone, local_day, local_to_utc
from notifications.models.reminder import Purpose, Reminder

WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: CLINICAL §4: at most four a day, at least an hour apart.
MOST_TIMES = 4
MIN_GAP_MINUTES = 60
LONGEST_STEP_DAYS = 366
EARLIEST_DATE, LATEST_DATE = date(2000, 1, 1), date(2200, 1, 1)
#: A start further ahead is a date of another calendar, or a slip.
FURTHEST_START = timedelta(days=2 * 366)
#: Purposes that may follow sessions: the default lead in minutes, and its limits.
#: CLINICAL §4: the prompt before a session comes two to three hours before.
SESSION_LEAD_MINUTES: Mapping[str, tuple[int, int, int]] = {
    Purpose.PRE_SESSION: (150, 120, 180),
    Purpose.SESSION: (60, 5, 24 * 60),
}
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


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """Everything about a reminder that a patient decides."""

    purpose: str
    minutes: tuple[int, ...]
    weekdays: int | None = EVERY_DAY
    every_days: int | None = None
    every_from: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    before_minutes: int | None = None
    expires_minutes: int = 60
    nudge: bool = False
    skip_if_logged: bool = False
    active: bool = True

    @property
    def rule(self) -> RecurrenceRule:
        """Return the part that decides when."""
        return _cached_rule(
            self.minutes,
            self.weekdays,
            self.every_days,
            self.every_from,
            self.starts_on,
            self.ends_on,
        )

    def columns(self) -> dict[str, Any]:
        """Return it as columns of a reminder."""
        return {name: getattr(self, name) for name in PLAN_COLUMNS} | {
            "minutes": list(self.minutes)
        }


PLAN_COLUMNS = tuple(ReminderPlan.__dataclass_fields__)
#: Most patients keep their clinic's plan: a batch has few different ones.
_cached_rule = lru_cache(maxsize=1_000)(RecurrenceRule)
cached_plan = lru_cache(maxsize=1_000)(ReminderPlan)


def plan_of(reminder: Reminder) -> ReminderPlan:
    """Return the plan of a stored reminder."""
    columns = {name: getattr(reminder, name) for name in PLAN_COLUMNS}
    return ReminderPlan(**(columns | {"minutes": tuple(reminder.minutes)}))


def validate_plan(
    sent: Mapping[str, Any], *, onto: ReminderPlan | None = None, today: date | None = None
) -> ReminderPlan:
    """Validate the fields of a plan and return it; with ``onto``, what is left out stays.

    With ``today`` a start that was sent must not be years ahead.
    ``times`` are wall-clock times, ``days`` names of weekdays, ``every`` a step in days from a
    date; without either of the last two it is every day. What is about sessions has
    ``before_minutes`` instead, unless it asks for times.

    :raises backend.kit.errors.InvalidInput: naming the fields at fault.
    """
    changes: dict[str, Any] = {
        name: sent[name]
        for name in ("purpose", "starts_on", "ends_on", "expires_minutes", "nudge",
                     "skip_if_logged", "active")
        if name in sent
    }  # fmt: skip
    changes |= _recurrence_days(sent) | _times_or_lead(sent, onto)
    plan = ReminderPlan(**changes) if onto is None else replace(onto, **changes)
    _validate(
        plan, latest_start=today + FURTHEST_START if today and _sets_start(sent) else LATEST_DATE
    )
    return plan


def _sets_start(sent: Mapping[str, Any]) -> bool:
    """Whether a start was sent: a stored one stays, whatever day it is."""
    return sent.get("starts_on") is not None or sent.get("every") is not None


def _times_or_lead(sent: Mapping[str, Any], onto: ReminderPlan | None) -> dict[str, Any]:
    """Return the times or the lead before sessions; whichever is sent replaces both."""
    times, before = sent.get("times"), sent.get("before_minutes")
    if times and before is not None:
        detail = "Send times or before_minutes, not both."
        raise InvalidInput.of("before_minutes", "times_or_before", detail)
    if times:
        return {"minutes": _minutes_of_day(times), "before_minutes": None}
    if before is not None:
        return {"minutes": (), "before_minutes": before}
    follows = onto is not None and onto.before_minutes is not None
    if onto is not None and "times" not in sent and not (follows and "purpose" in sent):
        return {}
    purpose = sent.get("purpose", onto.purpose if onto else None)
    return {
        "minutes": (),
        "before_minutes": SESSION_LEAD_MINUTES[purpose][0]
        if purpose in SESSION_LEAD_MINUTES
        else None,
    }


def _minutes_of_day(times: Sequence[time]) -> tuple[int, ...]:
    return tuple(sorted(at.hour * 60 + at.minute for at in times))


def _recurrence_days(sent: Mapping[str, Any]) -> dict[str, Any]:
    days, every = sent.get("days"), sent.get("every")
    if days is not None and every is not None:
        raise InvalidInput.of("every", "days_or_every", "Send days or every, not both.")
    if days is not None:
        mask = sum(1 << WEEKDAY_NAMES.index(name) for name in set(days))
        return {"weekdays": mask, "every_days": None, "every_from": None}
    if every is not None:
        return {"weekdays": None, "every_days": every["days"], "every_from": every["from"]}
    return {}


def _validate(plan: ReminderPlan, *, latest_start: date) -> None:
    dates = _date_errors(plan, latest_start)
    faults = [fault for fault in (_purpose_error(plan), _times_error(plan), *dates) if fault]
    if faults:
        raise InvalidInput(faults)


def _purpose_error(plan: ReminderPlan) -> FieldError | None:
    if plan.purpose in Purpose.values:
        return None
    return FieldError("purpose", "invalid_choice", "Not a purpose of ours.")


def _times_error(plan: ReminderPlan) -> FieldError | None:
    minutes = plan.minutes
    if plan.before_minutes is not None:
        return _lead_error(plan, plan.before_minutes)
    if not minutes:
        return FieldError("times", "required", "Name at least one time of the day.")
    if len(minutes) > MOST_TIMES:
        return FieldError("times", "out_of_range", f"Must be 1 to {MOST_TIMES} times a day.")
    following = [*minutes[1:], minutes[0] + 24 * 60]
    gaps = [later - earlier for earlier, later in zip(minutes, following, strict=True)]
    if min(gaps) < MIN_GAP_MINUTES:
        detail = f"Must be at least {MIN_GAP_MINUTES} minutes apart."
        return FieldError("times", "too_close", detail)
    return None


def _lead_error(plan: ReminderPlan, minutes: int) -> FieldError | None:
    if plan.purpose not in SESSION_LEAD_MINUTES:
        detail = "Only what is about sessions comes before them."
        return FieldError("before_minutes", "not_about_sessions", detail)
    _, least, most = SESSION_LEAD_MINUTES[plan.purpose]
    if not least <= minutes <= most:
        detail = f"Must be from {least} to {most}."
        return FieldError("before_minutes", "out_of_range", detail)
    return None


def _date_errors(plan: ReminderPlan, latest_start: date) -> list[FieldError | None]:
    dated = {
        "starts_on": (plan.starts_on, latest_start),
        "ends_on": (plan.ends_on, LATEST_DATE),
        "every.from": (plan.every_from, latest_start),
    }
    faults: list[FieldError | None] = [
        FieldError(name, "out_of_range", "Not a date that a reminder can have.")
        for name, (day, latest) in dated.items()
        if day is not None and not EARLIEST_DATE <= day <= latest
    ]
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        faults.append(FieldError("ends_on", "ends_before_start", "Must not be before the start."))
    if plan.weekdays == 0:
        faults.append(FieldError("days", "empty", "Name at least one day."))
    if plan.every_days is not None and not 1 <= plan.every_days <= LONGEST_STEP_DAYS:
        faults.append(
            FieldError("every.days", "out_of_range", f"Must be from 1 to {LONGEST_STEP_DAYS}.")
        )
    if not 1 <= plan.expires_minutes <= 24 * 60:
        faults.append(FieldError("expires_minutes", "out_of_range", "Must be from 1 to 1440."))
    return faults


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
