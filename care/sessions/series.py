"""Weekly series of sessions: plan one once, and change or end it from one of its days on."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.timezones import local_day, local_to_utc
from care.constants import (
    MOST_OCCURRENCES_AT_ONCE,
    MOST_SERIES,
    ONE_DAY,
    SERIES_CREATED_AHEAD,
    SERIES_LONGEST,
    SERIES_MAY_BEGIN_BEFORE,
)
from care.models import SessionSeries, TreatmentSession, User
from care.sessions.occurrences import (
    WeeklyRecurrence,
    create_occurrences,
    first_day_and_weekdays,
    first_day_per_weekday,
    series_participants,
    wall_clock,
)
from care.sessions.plan import (
    PlannedSession,
    SessionChanged,
    change_session,
    lock_plan,
    log_plan_change,
    own_session,
    plan_session,
    tell_of_session,
    validate_plan,
    validate_times,
)


def plan_once_or_weekly(
    *, plan: PlannedSession, weekly: WeeklyRecurrence | None, now: datetime
) -> tuple[TreatmentSession, bool]:
    """Plan one session, or the series that it begins; return the first, and whether it is new."""
    if weekly is None:
        return plan_session(plan=plan, now=now)
    return plan_series(plan=plan, weekly=weekly, now=now)


def change_one_or_following(
    *,
    clinician: User,
    session_id: UUID,
    rev: int,
    changes: Mapping[str, Any],
    now: datetime,
    is_following: bool,
) -> TreatmentSession:
    """Change one session, or its series from it on."""
    change = change_series_from if is_following else change_session
    return change(clinician=clinician, session_id=session_id, rev=rev, changes=changes, now=now)


def plan_series(
    *, plan: PlannedSession, weekly: WeeklyRecurrence, now: datetime
) -> tuple[TreatmentSession, bool]:
    """Plan a session that repeats every week at the same wall-clock time of the clinic.

    Each weekday becomes a series of its own, so that a Monday can move and the Wednesday stay.
    Returns the first session, the one that starts at ``starts_at``, and whether anything is new.
    The same again, while it is unchanged, is that series and not a second one.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.access.chart.NoSuchChart: a patient or group that isn't theirs; logged.
    """
    validate_plan(plan=plan, now=now)
    first, days = first_day_and_weekdays(plan, weekly)
    _validate_recurrence(weekly, days, first)
    _validate_not_long_ago(first, now)
    _validate_occurrence_count(weekly, days, first, now)
    shared = _common_fields(plan, weekly)
    first_days: list[TreatmentSession] = []
    is_new = False
    with transaction.atomic():
        lock_plan(clinician=plan.clinician)
        for starts_on in first_day_per_weekday(first, days):
            first_session = _existing_first_session(starts_on, shared)
            if first_session is None:
                is_new = True
                _validate_series_count(plan, now)
                first_session = _start_series(starts_on, shared, now)
            first_days.append(first_session)
        first_of_all = min(first_days, key=lambda row: (row.starts_at, row.pk))
        if is_new:
            log_plan_change(clinician=plan.clinician, patient_id=plan.patient_id, now=now)
            tell_of_session(session_id=first_of_all.pk, now=now)
    return first_of_all, is_new


def change_series_from(
    *, clinician: User, session_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> TreatmentSession:
    """Change or end a weekly session from one of its days on, if nobody changed it meanwhile.

    Days before stay as they were. What somebody set for one day alone, or who came, stays too.

    :raises care.sessions.plan.NoSuchSession: none of theirs; logged.
    :raises care.sessions.plan.SessionChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    session = own_session(clinician=clinician, session_id=session_id, now=now)
    series, day = session.series, session.series_day
    if series is None or day is None:
        raise InvalidInput.of("scope", "not_repeating", "This session does not repeat.")
    if changes.get("cancelled") is False:
        raise InvalidInput.of("cancelled", "one_by_one", "Bring sessions back one by one.")
    new_values = _complete_times(session, changes, now)
    with transaction.atomic():
        unchanged = SessionSeries.objects.filter(pk=series.pk, rev=series.rev)
        if session.rev != rev or not claim(unchanged, ends_on=day - ONE_DAY, rev=F("rev") + 1):
            raise SessionChanged
        following = TreatmentSession.objects.filter(
            series=series, series_day__gte=day, attendance__isnull=True
        )
        if changes.get("cancelled"):
            following.filter(cancelled_at__isnull=True).update(cancelled_at=now, rev=F("rev") + 1)
        else:
            successor = _create_successor(series, new_values, day=day, now=now)
            _move_sessions(following, successor, this=session, by=successor.starts_on - day)
        log_plan_change(clinician=clinician, patient_id=session.patient_id, now=now)
        tell_of_session(session_id=session.pk, now=now)
    session.refresh_from_db()
    return session


def is_series_planned(*, plan: PlannedSession, weekly: WeeklyRecurrence) -> bool:
    """Whether this very series is planned already, so that planning it again adds none."""
    first, days = first_day_and_weekdays(plan, weekly)
    shared = _common_fields(plan, weekly)
    return all(
        _existing_first_session(day, shared) is not None
        for day in first_day_per_weekday(first, days)
    )


def _validate_series_count(plan: PlannedSession, now: datetime) -> None:
    going_on = SessionSeries.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=now.date()), **plan.whose
    )
    enforce_limit(
        going_on.count(), most=MOST_SERIES, what="weekly sessions with one patient or group"
    )


def _common_fields(plan: PlannedSession, weekly: WeeklyRecurrence) -> dict[str, Any]:
    """Return the columns that the series of all its weekdays have in common."""
    zone_name = plan.clinician.clinic.time_zone
    return {
        "clinic_id": plan.clinician.clinic_id,
        "clinician": plan.clinician,
        "kind": plan.kind,
        "title": plan.title,
        "place": plan.place,
        "time_zone": zone_name,
        "ends_on": weekly.until,
        "clock": wall_clock(plan.starts_at, zone_name),
        "minutes": (plan.ends_at - plan.starts_at) // timedelta(minutes=1),
        "every_weeks": weekly.every_weeks,
        **plan.whose,
    }


def _existing_first_session(starts_on: date, shared: Mapping[str, Any]) -> TreatmentSession | None:
    """Find the first session of the same series, if nobody changed it since."""
    queryable = {name: value for name, value in shared.items() if name not in {"title", "place"}}
    # Title and place are sealed: no statement can ask for them. The rows of a day and time are few.
    series = [
        row
        for row in SessionSeries.objects.filter(starts_on=starts_on, rev=1, **queryable)
        if (row.title, row.place) == (shared["title"], shared["place"])
    ]
    return TreatmentSession.objects.filter(
        series__in=series, series_day=starts_on, cancelled_at__isnull=True, is_exception=False
    ).order_by("created_at", "id").first()  # fmt: skip


def _start_series(starts_on: date, shared: Mapping[str, Any], now: datetime) -> TreatmentSession:
    """Create a series and its first occurrences; return its first session."""
    series = SessionSeries.objects.create(
        starts_on=starts_on, made_until=starts_on, created_at=now, **shared
    )
    until = max(starts_on + ONE_DAY, (now + SERIES_CREATED_AHEAD).date())
    occurrences = create_occurrences(series, until=until, now=now)
    return min(occurrences, key=lambda row: (row.starts_at, row.pk))


def _complete_times(
    session: TreatmentSession, changes: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Complete a new start by the old end, or a new end by the old start."""
    if not changes.keys() & {"starts_at", "ends_at"}:
        return dict(changes)
    new_values = {"starts_at": session.starts_at, "ends_at": session.ends_at, **changes}
    validate_times(new_values["starts_at"], new_values["ends_at"], now=now)
    return new_values


def _create_successor(
    series: SessionSeries, changes: Mapping[str, Any], *, day: date, now: datetime
) -> SessionSeries:
    """Create the series that goes on from ``day`` with the changes, where the old one ends."""
    starts_on, clock, minutes = day, series.clock, series.minutes
    if "starts_at" in changes:
        starts_on = local_day(changes["starts_at"], series.time_zone)
        clock = wall_clock(changes["starts_at"], series.time_zone)
        minutes = (changes["ends_at"] - changes["starts_at"]) // timedelta(minutes=1)
        _validate_not_long_ago(starts_on, now, field="starts_at")
    return SessionSeries.objects.create(
        **series_participants(series),
        title=changes.get("title", series.title),
        place=changes.get("place", series.place),
        time_zone=series.time_zone,
        starts_on=starts_on,
        ends_on=series.ends_on,
        clock=clock,
        minutes=minutes,
        every_weeks=series.every_weeks,
        made_until=max(starts_on, series.made_until + (starts_on - day)),
        created_at=now,
    )


def _move_sessions(
    rows: "QuerySet[TreatmentSession]",
    onto: SessionSeries,
    *,
    this: TreatmentSession,
    by: timedelta,
) -> None:
    moved = list(rows)
    for row in moved:
        row.series, row.series_day = onto, (row.series_day or onto.starts_on) + by
        row.rev += 1
        if row.is_exception and row.pk != this.pk:
            continue
        row.starts_at = local_to_utc(row.series_day, onto.clock, onto.time_zone)
        row.ends_at = row.starts_at + timedelta(minutes=onto.minutes)
        row.title, row.place, row.is_exception = onto.title, onto.place, False
    TreatmentSession.objects.bulk_update(
        moved,
        ["series", "series_day", "starts_at", "ends_at", "title", "place", "is_exception", "rev"],
    )


def _validate_not_long_ago(first: date, now: datetime, *, field: str = "starts_at") -> None:
    """Refuse a beginning so long ago that years of sessions would be made at once."""
    if first < (now - SERIES_MAY_BEGIN_BEFORE).date():
        detail = "A weekly session began at most two years ago."
        raise InvalidInput.of(field, "too_long_ago", detail)


def _validate_occurrence_count(
    weekly: WeeklyRecurrence, days: tuple[int, ...], first: date, now: datetime
) -> None:
    """Refuse what would make more sessions at once than one transaction should."""
    last = (now + SERIES_CREATED_AHEAD).date()
    if weekly.until is not None:
        last = min(last, weekly.until)
    weeks = max(0, (last - first).days) // (7 * weekly.every_weeks) + 1
    if weeks * len(days) > MOST_OCCURRENCES_AT_ONCE:
        detail = (
            f"These would be more than {MOST_OCCURRENCES_AT_ONCE} sessions at once: begin later."
        )
        raise InvalidInput.of("starts_at", "too_many", detail)


def _validate_recurrence(weekly: WeeklyRecurrence, days: tuple[int, ...], first: date) -> None:
    if first.weekday() not in days:
        detail = "The first session must be on one of the days."
        raise InvalidInput.of("repeats.days", "not_the_first_day", detail)
    if weekly.until is not None and not first <= weekly.until <= first + SERIES_LONGEST:
        detail = "Must be after the first session, and within two years of it."
        raise InvalidInput.of("repeats.until", "out_of_range", detail)
