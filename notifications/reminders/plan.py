"""A reminder's plan: what a patient asks for, validated as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

from backend.kit.errors import FieldError, InvalidInput
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.recurrence import EVERY_DAY, RecurrenceRule

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


def weekday_mask(names: Iterable[str]) -> int:
    """Return the names of weekdays as bits, Monday's the first."""
    return sum(1 << WEEKDAY_NAMES.index(name) for name in set(names))


def _recurrence_days(sent: Mapping[str, Any]) -> dict[str, Any]:
    days, every = sent.get("days"), sent.get("every")
    if days is not None and every is not None:
        raise InvalidInput.of("every", "days_or_every", "Send days or every, not both.")
    if days is not None:
        return {"weekdays": weekday_mask(days), "every_days": None, "every_from": None}
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
