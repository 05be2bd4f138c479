"""Weekly sessions: planned once, made ahead of time, changed or ended from one of them on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from backend.kit.errors import InvalidInput, refuse_beyond
from backend.kit.rows import claim
from backend.kit.zones import at_local, local_day, zone
from care.access import on_team
from care.actions import programme
from care.actions.programme import PlannedSession, SessionChanged
from care.limits import (
    MOST_AT_ONCE,
    MOST_SERIES,
    SERIES_AHEAD,
    SERIES_BEHIND,
    SERIES_LONGEST,
    SERIES_REFILLED_AT,
)
from care.models import GroupMembership, SessionSeries, TreatmentSession, User

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """How a session repeats: on which weekdays (Monday is 0), every how many weeks, until when."""

    days: tuple[int, ...] = ()
    every_weeks: int = 1
    until: date | None = None


def plan_weekly(
    *, plan: PlannedSession, weekly: Weekly, now: datetime
) -> tuple[TreatmentSession, bool]:
    """Plan a session that comes back every week at the same wall-clock time of the clinic.

    Each weekday becomes a series of its own, so that a Monday can move and the Wednesday stay.
    Returns the first session, the one that starts at ``starts_at``, and whether anything is new.
    The same again, while it stands unchanged, is that series and not a second one.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.access.NoSuchChart: a patient or group that isn't theirs; logged.
    """
    programme.refuse_unplannable(plan=plan, now=now)
    first, days = _days_of(plan, weekly)
    _refuse_weekly(weekly, days, first)
    _refuse_past(first, now)
    _refuse_many(weekly, days, first, now)
    shared = _shared(plan, weekly)
    first_days: list[TreatmentSession] = []
    is_new = False
    with transaction.atomic():
        programme.lock_plan_of(clinician=plan.clinician)
        for starts_on in _first_days(first, days):
            found = _standing(starts_on, shared)
            if found is None:
                is_new = True
                _refuse_more_series(plan, now)
                found = _begun(starts_on, shared, now)
            first_days.append(found)
        if is_new:
            programme.log_planned(clinician=plan.clinician, patient_id=plan.patient_id, now=now)
    return min(first_days, key=lambda row: (row.starts_at, row.pk)), is_new


def _refuse_more_series(plan: PlannedSession, now: datetime) -> None:
    going_on = SessionSeries.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=now.date()), **plan.whose
    )
    refuse_beyond(
        going_on.count(), most=MOST_SERIES, what="weekly sessions with one patient or group"
    )


def is_planned(*, plan: PlannedSession, weekly: Weekly) -> bool:
    """Whether this very series stands already, so that planning it again makes no other."""
    first, days = _days_of(plan, weekly)
    shared = _shared(plan, weekly)
    return all(_standing(day, shared) is not None for day in _first_days(first, days))


def _days_of(plan: PlannedSession, weekly: Weekly) -> tuple[date, tuple[int, ...]]:
    """Tell the day of the first session at the clinic, and on which weekdays it comes back."""
    first = local_day(plan.starts_at, plan.clinician.clinic.time_zone)
    return first, weekly.days or (first.weekday(),)


def _first_days(first: date, days: tuple[int, ...]) -> list[date]:
    """List the first day of each weekday's series."""
    return [first + (weekday - first.weekday()) % 7 * _DAY for weekday in days]


def _shared(plan: PlannedSession, weekly: Weekly) -> dict[str, Any]:
    """Say what the series of all its weekdays have in common."""
    zone_name = plan.clinician.clinic.time_zone
    return {
        "clinic_id": plan.clinician.clinic_id,
        "clinician": plan.clinician,
        "kind": plan.kind,
        "title": plan.title,
        "place": plan.place,
        "time_zone": zone_name,
        "ends_on": weekly.until,
        "clock": _clock(plan.starts_at, zone_name),
        "minutes": (plan.ends_at - plan.starts_at) // timedelta(minutes=1),
        "every_weeks": weekly.every_weeks,
        **plan.whose,
    }


def _standing(starts_on: date, shared: Mapping[str, Any]) -> TreatmentSession | None:
    """Find the first session of a series that was planned just so and that nobody changed since."""
    asked = {name: value for name, value in shared.items() if name not in {"title", "place"}}
    # Title and place are sealed: no statement can ask for them. The rows of a day and time are few.
    series = [
        row
        for row in SessionSeries.objects.filter(starts_on=starts_on, rev=1, **asked)
        if (row.title, row.place) == (shared["title"], shared["place"])
    ]
    return TreatmentSession.objects.filter(
        series__in=series, series_day=starts_on, cancelled_at__isnull=True, is_exception=False
    ).order_by("created_at", "id").first()  # fmt: skip


def _begun(starts_on: date, shared: Mapping[str, Any], now: datetime) -> TreatmentSession:
    """Open a series and make what comes into view; return its first session."""
    series = SessionSeries.objects.create(
        starts_on=starts_on, made_until=starts_on, created_at=now, **shared
    )
    until = max(starts_on + _DAY, (now + SERIES_AHEAD).date())
    made = _make(series, until=until, now=now)
    return min(made, key=lambda row: (row.starts_at, row.pk))


def spans(
    *, plan: PlannedSession, weekly: Weekly, now: datetime
) -> list[tuple[datetime, datetime]]:
    """List when the sessions would be that such a weekly plan makes now, for a look before it."""
    zone_name = plan.clinician.clinic.time_zone
    (first, days), clock = _days_of(plan, weekly), _clock(plan.starts_at, zone_name)
    last = max(first, (now + SERIES_AHEAD).date())
    until = min(last, weekly.until) if weekly.until is not None else last
    length, step = plan.ends_at - plan.starts_at, timedelta(weeks=weekly.every_weeks)
    found = []
    for begins_on in _first_days(first, days):
        for n in range((until - begins_on) // step + 1):
            begins = at_local(begins_on + n * step, clock, zone_name)
            found.append((begins, begins + length))
    return sorted(found)


def make_due(*, now: datetime, viewer: User | None = None) -> int:
    """Make the occurrences that come into view, of everybody or of one viewer; count them.

    However often and by however many it is called, every day of a series is made once.
    """
    due = SessionSeries.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=F("made_until")),
        made_until__lt=(now + SERIES_REFILLED_AT).date(),
    )
    if viewer is not None:
        due = _of(viewer, due, now)
    until = (now + SERIES_AHEAD).date()
    return sum(len(_make(series, until=until, now=now)) for series in due.order_by("id"))


def occurrences(series: SessionSeries, *, until: date, now: datetime) -> Iterator[TreatmentSession]:
    """Build, without storing them, the sessions of a series from what is made on before a day.

    Each begins at the series' wall-clock time in its zone, so its instant moves with the clocks.
    """
    for day in _days(series, until):
        yield _occurrence(series, day, now)


def change_following(
    *, clinician: User, session_id: UUID, rev: int, changes: Mapping[str, Any], now: datetime
) -> TreatmentSession:
    """Change or end a weekly session from one of its days on, if nobody changed it meanwhile.

    Days before stay as they were. What somebody set for one day alone, or who came, stays too.

    :raises care.actions.programme.NoSuchSession: none of theirs; logged.
    :raises care.actions.programme.SessionChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    session = programme.own_session(clinician=clinician, session_id=session_id, now=now)
    series, day = session.series, session.series_day
    if series is None or day is None:
        raise InvalidInput.of("scope", "not_repeating", "This session does not repeat.")
    if changes.get("cancelled") is False:
        raise InvalidInput.of("cancelled", "one_by_one", "Bring sessions back one by one.")
    fresh = _timed(session, changes, now)
    with transaction.atomic():
        unchanged = SessionSeries.objects.filter(pk=series.pk, rev=series.rev)
        if session.rev != rev or not claim(unchanged, ends_on=day - _DAY, rev=F("rev") + 1):
            raise SessionChanged
        following = TreatmentSession.objects.filter(
            series=series, series_day__gte=day, attendance__isnull=True
        )
        if changes.get("cancelled"):
            following.filter(cancelled_at__isnull=True).update(cancelled_at=now, rev=F("rev") + 1)
        else:
            onto = _continued(series, fresh, day=day, now=now)
            _move(following, onto, this=session, by=onto.starts_on - day)
        programme.log_planned(clinician=clinician, patient_id=session.patient_id, now=now)
    session.refresh_from_db()
    return session


def _timed(session: TreatmentSession, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Complete a new start by the end, or a new end by the start, of this one session."""
    if not changes.keys() & {"starts_at", "ends_at"}:
        return dict(changes)
    fresh = {"starts_at": session.starts_at, "ends_at": session.ends_at, **changes}
    programme.refuse_times(fresh["starts_at"], fresh["ends_at"], now=now)
    return fresh


def _of(viewer: User, due: "QuerySet[SessionSeries]", now: datetime) -> "QuerySet[SessionSeries]":
    if viewer.role == User.Role.CLINICIAN:
        return due.filter(clinician_id=viewer.pk)
    groups = GroupMembership.objects.filter(on_team(now), patient_id=viewer.pk)
    return due.filter(Q(patient_id=viewer.pk) | Q(group_id__in=groups.values("group_id")))


def _make(series: SessionSeries, *, until: date, now: datetime) -> list[TreatmentSession]:
    """Make what is missing before ``until``; of two who try at once, one makes it."""
    with transaction.atomic():
        untouched = SessionSeries.objects.filter(
            pk=series.pk, rev=series.rev, made_until=series.made_until
        )
        if until <= series.made_until or not claim(untouched, made_until=until):
            return []
        return TreatmentSession.objects.bulk_create(occurrences(series, until=until, now=now))


def _days(series: SessionSeries, until: date) -> Iterator[date]:
    step = timedelta(weeks=series.every_weeks)
    behind = max(timedelta(0), series.made_until - series.starts_on)
    day = series.starts_on + -(-behind // step) * step
    last = until - _DAY if series.ends_on is None else min(until - _DAY, series.ends_on)
    while day <= last:
        yield day
        day += step


def _occurrence(series: SessionSeries, day: date, now: datetime) -> TreatmentSession:
    starts_at = at_local(day, series.clock, series.time_zone)
    return TreatmentSession(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes),
        title=series.title,
        place=series.place,
        created_at=now,
        series=series,
        series_day=day,
        **_who(series),
    )


def _who(series: SessionSeries) -> dict[str, Any]:
    """Name what a series hands on to its sessions, and to the series that goes on from it."""
    return {
        "clinic_id": series.clinic_id,
        "clinician_id": series.clinician_id,
        "kind": series.kind,
        "patient_id": series.patient_id,
        "group_id": series.group_id,
    }


def _continued(
    series: SessionSeries, changes: Mapping[str, Any], *, day: date, now: datetime
) -> SessionSeries:
    """Open the series that goes on from ``day`` with the changes, where the old one ends."""
    starts_on, clock, minutes = day, series.clock, series.minutes
    if "starts_at" in changes:
        starts_on = local_day(changes["starts_at"], series.time_zone)
        clock = _clock(changes["starts_at"], series.time_zone)
        minutes = (changes["ends_at"] - changes["starts_at"]) // timedelta(minutes=1)
        _refuse_past(starts_on, now, field="starts_at")
    return SessionSeries.objects.create(
        **_who(series),
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


def _move(
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
        row.starts_at = at_local(row.series_day, onto.clock, onto.time_zone)
        row.ends_at = row.starts_at + timedelta(minutes=onto.minutes)
        row.title, row.place, row.is_exception = onto.title, onto.place, False
    TreatmentSession.objects.bulk_update(
        moved,
        ["series", "series_day", "starts_at", "ends_at", "title", "place", "is_exception", "rev"],
    )


def _clock(at: datetime, zone_name: str) -> Any:
    return at.astimezone(zone(zone_name)).time().replace(second=0, microsecond=0)


def _refuse_past(first: date, now: datetime, *, field: str = "starts_at") -> None:
    """Refuse a beginning so long ago that years of sessions would be made at once."""
    if first < (now - SERIES_BEHIND).date():
        detail = "A weekly session began at most two years ago."
        raise InvalidInput.of(field, "too_long_ago", detail)


def _refuse_many(weekly: Weekly, days: tuple[int, ...], first: date, now: datetime) -> None:
    """Refuse what would make more sessions at once than one transaction should."""
    last = (now + SERIES_AHEAD).date()
    if weekly.until is not None:
        last = min(last, weekly.until)
    weeks = max(0, (last - first).days) // (7 * weekly.every_weeks) + 1
    if weeks * len(days) > MOST_AT_ONCE:
        detail = f"These would be more than {MOST_AT_ONCE} sessions at once: begin later."
        raise InvalidInput.of("starts_at", "too_many", detail)


def _refuse_weekly(weekly: Weekly, days: tuple[int, ...], first: date) -> None:
    if first.weekday() not in days:
        detail = "The first session must be on one of the days."
        raise InvalidInput.of("repeats.days", "not_the_first_day", detail)
    if weekly.until is not None and not first <= weekly.until <= first + SERIES_LONGEST:
        detail = "Must be after the first session, and within two years of it."
        raise InvalidInput.of("repeats.until", "out_of_range", detail)
