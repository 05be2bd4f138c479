"""Hours of treatment per patient and day of the clinic's calendar, as attendance has them.

What a day had is counted from what was recorded; nothing is assumed. A session that nobody
recorded, and time whose length nobody noted, are told apart from time that was missed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day, monday_of, start_of_day
from care.access.chart import Chart
from care.models import Attendance, GroupMembership, TreatmentSession

#: A payer's day of intensive outpatient care has at least three hours (HCPCS H0015).
LONG_DAY_MINUTES = 180
#: Why less was attended than planned where no attendance was recorded.
NOT_RECORDED = "not_recorded"
#: Ours: a quarter and some days; a longer report is made of several.
MAX_DAYS = 100
DEFAULT_DAYS = 28


@dataclass(frozen=True, slots=True)
class Service:
    """One session of one patient that took place or was to, on a day of the clinic's calendar.

    ``status`` is of ``Attendance.Status``, "" where nobody recorded it; ``minutes`` is how long the
    patient was there, None where nobody noted it.
    """

    patient_id: UUID
    session_id: UUID
    day: date
    kind: str
    planned_minutes: int
    status: str
    minutes: int | None

    @property
    def is_attended(self) -> bool:
        """Whether the patient was there, also in part."""
        return self.status in Attendance.ATTENDED


@dataclass(frozen=True, slots=True)
class DayHours:
    """What one patient had on one day.

    ``minutes`` are those noted of the sessions attended, ``services`` how many these were, and
    ``kinds``
    how many of each kind. ``unknown`` sessions were attended for a time that nobody noted.
    ``shortfall`` is what is known to be missing of the minutes planned, ``reasons`` why.
    """

    day: date
    planned_minutes: int
    minutes: int
    services: int
    kinds: Mapping[str, int]
    unknown: int
    shortfall: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeekHours:
    """What one patient had in a week from Monday on, as far as its days were asked for."""

    monday: date
    planned_minutes: int
    minutes: int
    services: int
    service_days: int
    long_days: int


@dataclass(frozen=True, slots=True)
class Hours:
    """What one patient had, by day and by week."""

    days: Sequence[DayHours]
    weeks: Sequence[WeekHours]


def period_of_hours(*, first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day that are asked for; without them the last four weeks.

    :raises backend.kit.errors.InvalidInput: the last lies before the first, or there are too many
        between.
    """
    last = last or today
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    if last < first:
        raise InvalidInput.of("to", "before_from", "Must not lie before the first day.")
    if (last - first).days >= MAX_DAYS:
        raise InvalidInput.of("from", "too_many_days", f"At most {MAX_DAYS} days at once.")
    return first, last


def hours_of_patient(*, chart: Chart, first: date, last: date, zone: str, now: datetime) -> Hours:
    """Compute the hours of one patient from the first day to the last, of the clinic's zone."""
    found = hours_of_patients(
        patient_ids=[chart.patient_id], first=first, last=last, zone=zone, now=now
    )
    days = found.get(chart.patient_id, [])
    return Hours(days, weeks_of(days))


def hours_of_patients(
    *, patient_ids: Collection[UUID], first: date, last: date, zone: str, now: datetime
) -> dict[UUID, list[DayHours]]:
    """Compute the hours of several patients by day, in four statements; a day without any is left
    out.

    Only sessions that have begun by ``now`` count; cancelled ones never do. A session with a group
    is of who was in it when it began, or has attendance of it.
    """
    by_patient: dict[UUID, dict[date, list[Service]]] = {}
    for service in services_of(patient_ids=patient_ids, first=first, last=last, zone=zone, now=now):
        by_patient.setdefault(service.patient_id, {}).setdefault(service.day, []).append(service)
    return {
        patient_id: [day_hours(day, services) for day, services in sorted(days.items())]
        for patient_id, days in by_patient.items()
    }


def day_hours(day: date, services: Sequence[Service]) -> DayHours:
    """Sum up one patient's day."""
    attended = [one for one in services if one.is_attended]
    short = [(one, _missing(one)) for one in services]
    reasons = {one.status or NOT_RECORDED for one, missing in short if missing}
    return DayHours(
        day=day,
        planned_minutes=sum(one.planned_minutes for one in services),
        minutes=sum(one.minutes or 0 for one in attended),
        services=len(attended),
        kinds=dict(sorted(Counter(one.kind for one in attended).items())),
        unknown=sum(one.minutes is None for one in attended),
        shortfall=sum(missing for _, missing in short),
        reasons=tuple(sorted(reasons)),
    )


def weeks_of(days: Iterable[DayHours]) -> list[WeekHours]:
    """Sum up weeks from Monday on."""
    by_monday: dict[date, list[DayHours]] = {}
    for one in days:
        by_monday.setdefault(monday_of(one.day), []).append(one)
    return [
        WeekHours(
            monday,
            sum(one.planned_minutes for one in found),
            sum(one.minutes for one in found),
            sum(one.services for one in found),
            sum(one.services > 0 for one in found),
            sum(one.minutes >= LONG_DAY_MINUTES for one in found),
        )
        for monday, found in sorted(by_monday.items())
    ]


def services_of(
    *, patient_ids: Collection[UUID], first: date, last: date, zone: str, now: datetime
) -> list[Service]:
    """List the services of several patients that have begun, by patient and start."""
    begins, ends = start_of_day(first, zone), start_of_day(last + timedelta(days=1), zone)
    within = TreatmentSession.objects.filter(
        cancelled_at__isnull=True, starts_at__gte=begins, starts_at__lt=min(ends, now)
    )
    marks = {
        (session_id, patient_id): (status, minutes)
        for session_id, patient_id, status, minutes in Attendance.objects.filter(
            patient_id__in=patient_ids, session__in=within
        ).values_list("session_id", "patient_id", "status", "minutes")
    }
    planned = dict(_expected(within, patient_ids))
    missing = {session_id for session_id, patient_id in marks if (session_id, patient_id)
               not in planned}  # fmt: skip
    rows = {row[0]: row for row in within.filter(pk__in=missing).values_list(*_COLUMNS)}
    planned |= {key: rows[key[0]] for key in marks if key not in planned}
    services = [
        Service(
            patient_id, session_id, local_day(row[2], zone), row[1],
            round((row[3] - row[2]).total_seconds() / 60), *marks.get(key, ("", None)),
        )
        for key, row in planned.items()
        for session_id, patient_id in [key]
    ]  # fmt: skip
    return sorted(services, key=attrgetter("patient_id", "day", "session_id"))


_COLUMNS = ("id", "kind", "starts_at", "ends_at")


def _expected(within: Any, patient_ids: Collection[UUID]) -> Iterable[tuple[Any, tuple[Any, ...]]]:
    """Pair each session with the patients who were expected at it."""
    for patient_id, *row in within.filter(patient_id__in=patient_ids).values_list(
        "patient_id", *_COLUMNS
    ):
        yield (row[0], patient_id), tuple(row)
    in_group = GroupMembership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=F("group__sessions__starts_at")),
        patient_id__in=patient_ids, group__sessions__in=within,
        starts_at__lte=F("group__sessions__starts_at"),
    )  # fmt: skip
    for patient_id, *row in in_group.values_list(
        "patient_id", *(f"group__sessions__{name}" for name in _COLUMNS)
    ):
        yield (row[0], patient_id), tuple(row)


def _missing(service: Service) -> int:
    """Return the minutes known to be missing of what was planned."""
    if not service.is_attended:
        return service.planned_minutes
    if service.minutes is None:
        return 0
    return max(0, service.planned_minutes - service.minutes)
