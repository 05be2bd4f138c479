"""Inputs and answers of reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from api.http.answers import Page
from api.http.fields import A_DAY, AN_ID, YES_OR_NO, Count, Day, Instant, ListOf, OneOf, WholeNumber
from api.http.inputs import Change, Input
from api.http.text_fields import ClockTime
from backend.kit.parsing import format_clock_minute
from notifications import wording
from notifications.engine.forecast import FORECAST_HORIZON, UpcomingOccurrence
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.edit import TIME_ANSWERS
from notifications.reminders.next_due import unspread_due_at
from notifications.reminders.plan import WEEKDAY_NAMES

#: A phone may plan as far ahead as a fortnight.
MAX_HOURS_AHEAD = int(FORECAST_HORIZON.total_seconds()) // 3600
PURPOSES = [purpose.value for purpose in Purpose]


class EveryIn(Input):
    """Every so many days, counted from a local day."""

    days: Annotated[int, WholeNumber(1, 366)]
    from_: Annotated[date, A_DAY, Field(alias="from")]


class ReminderChangeIn(Change):
    """What changes about a reminder; what is left out stays.

    Times are wall-clock times in the patient's own zone; ``days`` and ``every`` exclude each other.
    Reminders of purpose ``session`` and ``pre_session`` may follow the patient's sessions instead:
    ``before_minutes`` before each (120 to 180 for ``pre_session``), in place of ``times``.
    """

    purpose: Annotated[str | None, OneOf(PURPOSES)] = None
    times: Annotated[list[Annotated[time, ClockTime()]] | None, ListOf(24)] = None
    before_minutes: Annotated[int, WholeNumber(5, 1440)] | None = None
    days: Annotated[list[Annotated[str, OneOf(WEEKDAY_NAMES)]], ListOf(7, least=1)] | None = None
    every: EveryIn | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    expires_minutes: Annotated[int | None, WholeNumber(1, 1440)] = None
    nudge: Annotated[bool | None, YES_OR_NO] = None
    skip_if_logged: Annotated[bool | None, YES_OR_NO] = None
    active: Annotated[bool | None, YES_OR_NO] = None


class ReminderIn(ReminderChangeIn):
    """A reminder to plan. Without ``days`` and ``every`` it is every day.

    ``times`` may be left out for ``session`` and ``pre_session`` only, which then follow sessions.
    """

    partial: ClassVar[bool] = False

    id: Annotated[UUID | None, AN_ID] = None
    purpose: Annotated[str, OneOf(PURPOSES)]


class PauseIn(Input):
    """Until when nothing is sent."""

    until: Instant


#: A mapping, for ``from`` is a word of the language.
EveryOut = TypedDict("EveryOut", {"days": int, "from": date})
EveryOut.__doc__ = "Every so many days, counted from a local day."


@dataclass(frozen=True, slots=True)
class ReminderOut:
    """A reminder. ``days`` or ``every`` stands, the other is null.

    One that follows sessions has ``before_minutes`` and no ``times``. ``halved``: three in a row
    were missed, so only every second one is sent; ``question`` asks the patient what to do about
    it (``reminders/{id}/time-question``).
    """

    id: UUID
    purpose: Annotated[str, OneOf(PURPOSES)]
    times: Sequence[str]
    days: Sequence[Annotated[str, OneOf(WEEKDAY_NAMES)]] | None
    every: EveryOut | None
    starts_on: date | None
    ends_on: date | None
    before_minutes: int | None
    expires_minutes: int
    nudge: bool
    skip_if_logged: bool
    active: bool
    next_due_at: datetime | None
    halved: bool
    question: str | None
    rev: int

    @classmethod
    def of(cls, reminder: Reminder, language: str) -> Self:
        """Show a reminder to its patient, who reads this language."""
        return cls(
            id=reminder.id,
            purpose=reminder.purpose,
            times=clock_times(reminder.minutes),
            days=weekday_names(reminder.weekdays),
            every=None
            if reminder.every_days is None or reminder.every_from is None
            else EveryOut({"days": reminder.every_days, "from": reminder.every_from}),
            starts_on=reminder.starts_on,
            ends_on=reminder.ends_on,
            before_minutes=reminder.before_minutes,
            expires_minutes=reminder.expires_minutes,
            nudge=reminder.nudge,
            skip_if_logged=reminder.skip_if_logged,
            active=reminder.active,
            next_due_at=unspread_due_at(reminder),
            halved=reminder.halved_at is not None,
            question=None if reminder.asked_at is None else wording.TIME_QUESTION.spoken(language),
            rev=reminder.rev,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindersOut(Page):
    """All reminders; ``paused_until`` is null where nothing is paused."""

    results: Sequence[ReminderOut]
    paused_until: datetime | None


class UpcomingQuery(Input):
    """How far ahead to look."""

    hours: Annotated[int, Count(1, MAX_HOURS_AHEAD)] = 48


@dataclass(frozen=True, slots=True)
class ComingOut:
    """An occurrence to come; a local notification carries the same tag."""

    id: UUID
    reminder: UUID
    purpose: Annotated[str, OneOf(PURPOSES)]
    due_at: datetime
    expires_at: datetime
    tag: str

    @classmethod
    def of(cls, occurrence: UpcomingOccurrence) -> Self:
        """Show an occurrence to come."""
        return cls(
            id=occurrence.id, reminder=occurrence.reminder_id, purpose=occurrence.purpose,
            due_at=occurrence.due_at, expires_at=occurrence.expires_at, tag=occurrence.tag,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComingListOut(Page):
    """What comes, soonest first."""

    results: Sequence[ComingOut]


@dataclass(frozen=True, slots=True)
class PauseOut:
    """The pause that holds."""

    until: datetime


class TimeAnswerIn(Input):
    """``keep`` it as it was, ``fewer`` as it is now, or ``move`` it to other ``times``."""

    answer: Annotated[str, OneOf(TIME_ANSWERS)]
    times: Annotated[list[Annotated[time, ClockTime()]], ListOf(24)] = Field(default_factory=list)


def clock_times(minutes: Sequence[int]) -> list[str]:
    """Return minutes of the day as wall-clock times."""
    return list(map(format_clock_minute, minutes))


def weekday_names(mask: int | None) -> list[str] | None:
    """Return the weekdays of a mask, Monday first; None for a reminder of every n days."""
    if mask is None:
        return None
    return [name for place, name in enumerate(WEEKDAY_NAMES) if mask >> place & 1]
