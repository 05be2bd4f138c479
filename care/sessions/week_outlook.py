"""What a week has of the hours that a level of care asks for, before the week is over.

Counted is what was attended and what can still be: sessions ahead, and those that have begun and
nobody recorded yet. What was missed is gone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kit.timezones import local_day, monday_of, start_of_day
from care.access.chart import Chart
from care.constants import ONE_DAY
from care.models import User
from care.programme.required_hours import RequiredHours, required_hours_of
from care.sessions.availability import AvailabilityView, availability_of
from care.sessions.hours import LONG_DAY_MINUTES, Service, services_of

#: From Wednesday on a gap is told: earlier in the week much is planned yet, later little can be.
TOLD_FROM_WEEKDAY = 2
#: CLINICAL §1: intensive outpatient care is on three to five days a week.
FEWEST_DAYS, MOST_DAYS = 3, 5
#: Why a planned week is not what the level asks for.
FINDINGS = ("too_few_hours", "too_few_days", "too_many_days", "too_few_long_days")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekOutlook:
    """One week from Monday on: minutes attended, and those that still can be, by day.

    ``required`` is None where no level asks for hours in the whole of it. Of a session that was
    attended for a time that nobody noted, all of its planned time counts.
    """

    monday: date
    required: RequiredHours | None
    attended_minutes: int
    open_minutes: int
    days: Mapping[date, int]

    @property
    def missing_minutes(self) -> int:
        """Return how much less than what is asked for it has, whatever is still attended."""
        if self.required is None:
            return 0
        return max(0, self.required.minutes - self.attended_minutes - self.open_minutes)

    @property
    def findings(self) -> tuple[str, ...]:
        """Return what it lacks of its level, of ``FINDINGS``."""
        found = ["too_few_hours"] if self.missing_minutes else []
        if self.required is not None and self.required.is_intensive:
            long_days = sum(minutes >= LONG_DAY_MINUTES for minutes in self.days.values())
            found += ["too_few_days"] if len(self.days) < FEWEST_DAYS else []
            found += ["too_many_days"] if len(self.days) > MOST_DAYS else []
            found += ["too_few_long_days"] if long_days < FEWEST_DAYS <= len(self.days) else []
        return tuple(found)


@dataclass(frozen=True, slots=True)
class PatientWeek:
    """This week and the next of one patient, and when they are busy or free, by their own clock."""

    weeks: Sequence[WeekOutlook]
    availability: AvailabilityView
    patient_zone: str


def read_week(*, chart: Chart, zone: str, now: datetime) -> PatientWeek:
    """Read what stands in one patient's week; weeks are of the clinic's calendar."""
    today = local_day(now, zone)
    monday = monday_of(today)
    weeks = [
        _outlooks([chart.patient_id], first, today, zone)[chart.patient_id]
        for first in (monday, monday + _WEEK)
    ]
    own_zone = User.objects.values_list("time_zone", flat=True).get(pk=chart.patient_id)
    return PatientWeek(weeks, availability_of(chart=chart), own_zone)


def missing_minutes_of(
    *, patient_ids: Collection[UUID], zone: str, now: datetime
) -> dict[UUID, int]:
    """Compute how much this week lacks of what is asked for, from its middle on.

    Who lacks nothing, or is in no level that asks for hours, is left out; before Wednesday it is
    everybody. However many they are, it costs the same few statements.
    """
    today = local_day(now, zone)
    if today.weekday() < TOLD_FROM_WEEKDAY or not patient_ids:
        return {}
    outlooks = _outlooks(patient_ids, monday_of(today), today, zone)
    return {
        patient_id: week.missing_minutes
        for patient_id, week in outlooks.items()
        if week.missing_minutes
    }


def _outlooks(
    patient_ids: Collection[UUID], monday: date, today: date, zone: str
) -> dict[UUID, WeekOutlook]:
    required = required_hours_of(patient_ids=patient_ids, monday=monday, today=today)
    last = monday + _WEEK - ONE_DAY
    services: dict[UUID, list[Service]] = {}
    for service in services_of(
        patient_ids=patient_ids, first=monday, last=last, zone=zone,
        now=start_of_day(last + ONE_DAY, zone),
    ):  # fmt: skip
        services.setdefault(service.patient_id, []).append(service)
    return {
        patient_id: _outlook(monday, required.get(patient_id), services.get(patient_id, ()))
        for patient_id in patient_ids
    }


def _outlook(
    monday: date, required: RequiredHours | None, services: Iterable[Service]
) -> WeekOutlook:
    attended = still_open = 0
    days: dict[date, int] = {}
    for one in services:
        minutes = one.planned_minutes if one.minutes is None else one.minutes
        if one.is_attended:
            attended += minutes
        elif not one.status:
            still_open += one.planned_minutes
        else:
            continue
        days[one.day] = days.get(one.day, 0) + (minutes if one.is_attended else one.planned_minutes)
    return WeekOutlook(monday, required, attended, still_open, dict(sorted(days.items())))
