"""The days of a weekly recurrence, and creating its sessions ahead of time, each day once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from backend.kit.db.claims import claim
from backend.kit.timezones import get_zone, local_day, local_to_utc
from care.access.rules import membership_holds
from care.constants import ONE_DAY, SERIES_CREATED_AHEAD, SERIES_REFILLED_AT
from care.models import GroupMembership, SessionSeries, TreatmentSession, User
from care.sessions.plan import PlannedSession


@dataclass(frozen=True, slots=True)
class WeeklyRecurrence:
    """How a session repeats: on which weekdays (Monday is 0), every how many weeks, until when."""

    days: tuple[int, ...] = ()
    every_weeks: int = 1
    until: date | None = None


def first_day_and_weekdays(
    plan: PlannedSession, weekly: WeeklyRecurrence
) -> tuple[date, tuple[int, ...]]:
    """Return the first session's day at the clinic, and the weekdays on which it comes back."""
    first = local_day(plan.starts_at, plan.clinician.clinic.time_zone)
    return first, weekly.days or (first.weekday(),)


def first_day_per_weekday(first: date, days: tuple[int, ...]) -> list[date]:
    """List the first day of each weekday's series."""
    return [first + (weekday - first.weekday()) % 7 * ONE_DAY for weekday in days]


def preview_occurrences(
    *, plan: PlannedSession, weekly: WeeklyRecurrence, now: datetime
) -> list[tuple[datetime, datetime]]:
    """List the times of the sessions that such a weekly plan would create now."""
    zone_name = plan.clinician.clinic.time_zone
    (first, days), clock = (
        first_day_and_weekdays(plan, weekly),
        wall_clock(plan.starts_at, zone_name),
    )
    last = max(first, (now + SERIES_CREATED_AHEAD).date())
    until = min(last, weekly.until) if weekly.until is not None else last
    length, step = plan.ends_at - plan.starts_at, timedelta(weeks=weekly.every_weeks)
    spans = []
    for begins_on in first_day_per_weekday(first, days):
        for n in range((until - begins_on) // step + 1):
            begins = local_to_utc(begins_on + n * step, clock, zone_name)
            spans.append((begins, begins + length))
    return sorted(spans)


def create_due_occurrences(*, now: datetime, viewer: User | None = None) -> int:
    """Create the occurrences that are due, of everybody or of one viewer; return how many.

    However often and by however many it is called, every day of a series is created once.
    """
    due = SessionSeries.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=F("made_until")),
        made_until__lt=(now + SERIES_REFILLED_AT).date(),
    )
    if viewer is not None:
        due = _due_of_viewer(viewer, due, now)
    until = (now + SERIES_CREATED_AHEAD).date()
    return sum(
        len(create_occurrences(series, until=until, now=now)) for series in due.order_by("id")
    )


def create_occurrences(
    series: SessionSeries, *, until: date, now: datetime
) -> list[TreatmentSession]:
    """Create what is missing before ``until``; of two who try at once, one creates it."""
    with transaction.atomic():
        untouched = SessionSeries.objects.filter(
            pk=series.pk, rev=series.rev, made_until=series.made_until
        )
        if until <= series.made_until or not claim(untouched, made_until=until):
            return []
        return TreatmentSession.objects.bulk_create(build_occurrences(series, until=until, now=now))


def build_occurrences(
    series: SessionSeries, *, until: date, now: datetime
) -> Iterator[TreatmentSession]:
    """Build, without storing them, the sessions of a series that are missing before a day.

    Each begins at the series' wall-clock time in its zone, so its instant moves with the clocks.
    """
    for day in _occurrence_days(series, until):
        yield _build_occurrence(series, day, now)


def series_participants(series: SessionSeries) -> dict[str, Any]:
    """Return the columns that a series hands on to its sessions and to its successor."""
    return {
        "clinic_id": series.clinic_id,
        "clinician_id": series.clinician_id,
        "kind": series.kind,
        "patient_id": series.patient_id,
        "group_id": series.group_id,
    }


def wall_clock(at: datetime, zone_name: str) -> Any:
    """Return the minute of the wall clock of a zone at an instant."""
    return at.astimezone(get_zone(zone_name)).time().replace(second=0, microsecond=0)


def _due_of_viewer(
    viewer: User, due: "QuerySet[SessionSeries]", now: datetime
) -> "QuerySet[SessionSeries]":
    if viewer.role == User.Role.CLINICIAN:
        return due.filter(clinician_id=viewer.pk)
    groups = GroupMembership.objects.filter(membership_holds(now), patient_id=viewer.pk)
    return due.filter(Q(patient_id=viewer.pk) | Q(group_id__in=groups.values("group_id")))


def _occurrence_days(series: SessionSeries, until: date) -> Iterator[date]:
    step = timedelta(weeks=series.every_weeks)
    behind = max(timedelta(0), series.made_until - series.starts_on)
    day = series.starts_on + -(-behind // step) * step
    last = until - ONE_DAY if series.ends_on is None else min(until - ONE_DAY, series.ends_on)
    while day <= last:
        yield day
        day += step


def _build_occurrence(series: SessionSeries, day: date, now: datetime) -> TreatmentSession:
    starts_at = local_to_utc(day, series.clock, series.time_zone)
    return TreatmentSession(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes),
        title=series.title,
        place=series.place,
        created_at=now,
        series=series,
        series_day=day,
        **series_participants(series),
    )
