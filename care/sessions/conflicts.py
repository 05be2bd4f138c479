"""What a planned session conflicts with: other sessions, and when its people are busy.

A conflict never forbids anything: whoever plans is asked once, or told with the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit.timezones import local_day, local_to_utc
from care.access.data_categories import DataCategory
from care.access.roster import open_roster_of
from care.constants import MOST_OCCURRENCES_AT_ONCE
from care.models import GroupMembership, SessionSeries, TreatmentSession, User
from care.sessions import series
from care.sessions.availability import busy_spans_of, first_overlap, who_told_hours
from care.sessions.clashes import Clash, PlannedTimes, TimeSpan, find_clashes
from care.sessions.occurrences import WeeklyRecurrence, preview_occurrences, wall_clock
from care.sessions.plan import PlannedSession, is_session_planned

#: Why there is a conflict: what two sessions have in common, or that somebody is busy then.
CONFLICT_KINDS = ("patient", "group", "member", "therapist", "place", "busy")
#: Ours: more is a plan for another week.
MOST_CONFLICTS = 50


@dataclass(frozen=True, slots=True)
class Conflict:
    """A session that overlaps, or the first planned time at which one patient is busy.

    ``why`` is of ``CONFLICT_KINDS``; ``reason`` is why somebody is busy, empty where nobody is.
    Session and place stand where it is one.
    """

    why: str
    whom_id: UUID | None
    whom: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    clash: Clash | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A session as it stands after it was planned or changed, and what it conflicts with."""

    session: TreatmentSession
    is_new: bool
    conflicts: Sequence[Conflict]


def conflicts_of_plan(
    *, plan: PlannedSession, weekly: WeeklyRecurrence | None, now: datetime
) -> list[Conflict]:
    """List what a plan conflicts with, once or every week; nothing where it is planned already."""
    if _is_planned(plan, weekly):
        return []
    spans = _spans_of_plan(plan, weekly, now)
    planned = PlannedTimes(plan.patient_id, plan.group_id, plan.place, spans)
    return _find_conflicts(plan.clinician, planned, now)


def conflicts_of_change(
    *,
    viewer: User,
    session: TreatmentSession,
    changes: Mapping[str, Any],
    is_following: bool,
    now: datetime,
) -> list[Conflict]:
    """List what a session with new times or place conflicts with; nothing where these stay.

    ``changes`` may hold ``starts_at``, ``ends_at`` and ``place``. With ``is_following`` the
    sessions that follow in its series are looked at too.
    """
    before = {name: getattr(session, name) for name in ("starts_at", "ends_at", "place")}
    wanted = {name: changes.get(name, value) for name, value in before.items()}
    if wanted == before:
        return []
    rows = _rows_that_change(session) if is_following else [session]
    spans = _moved_spans(rows, session, wanted["starts_at"], wanted["ends_at"])
    planned = PlannedTimes(
        session.patient_id, session.group_id, wanted["place"], spans,
        beside=[row.pk for row in rows],
    )  # fmt: skip
    return _find_conflicts(viewer, planned, now)


def plan_and_tell(
    *, plan: PlannedSession, weekly: WeeklyRecurrence | None, now: datetime
) -> Planned:
    """Plan one session or its series all the same, and tell what it conflicts with.

    The same again tells the same.

    :raises care.sessions.plan.SessionDiffers: another of this kind stands at that instant.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises care.access.chart.NoSuchChart: a patient or group that isn't theirs; logged.
    """
    session, is_new = series.plan_once_or_weekly(plan=plan, weekly=weekly, now=now)
    spans = _spans_of_plan(plan, weekly, now)
    planned = PlannedTimes(
        plan.patient_id, plan.group_id, plan.place, spans, beside=_sessions_of_plan(plan, spans)
    )
    return Planned(session, is_new, _find_conflicts(plan.clinician, planned, now))


def change_and_tell(
    *,
    clinician: User,
    session_id: UUID,
    rev: int,
    changes: Mapping[str, Any],
    now: datetime,
    is_following: bool,
) -> Planned:
    """Change one session or its series from it on, and tell what its new times conflict with.

    :raises care.sessions.plan.NoSuchSession: none of theirs; logged.
    :raises care.sessions.plan.SessionChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    session = series.change_one_or_following(
        clinician=clinician, session_id=session_id, rev=rev, changes=changes, now=now,
        is_following=is_following,
    )  # fmt: skip
    if session.cancelled_at is not None or not changes.keys() & {"starts_at", "ends_at", "place"}:
        return Planned(session, is_new=False, conflicts=())
    rows = _rows_that_change(session) if is_following else [session]
    planned = PlannedTimes(
        session.patient_id, session.group_id, session.place,
        [(row.starts_at, row.ends_at) for row in rows], beside=[row.pk for row in rows],
    )  # fmt: skip
    return Planned(session, is_new=False, conflicts=_find_conflicts(clinician, planned, now))


def _is_planned(plan: PlannedSession, weekly: WeeklyRecurrence | None) -> bool:
    if weekly is None:
        return is_session_planned(plan=plan)
    return series.is_series_planned(plan=plan, weekly=weekly)


def _spans_of_plan(
    plan: PlannedSession, weekly: WeeklyRecurrence | None, now: datetime
) -> list[TimeSpan]:
    if weekly is None:
        return [(plan.starts_at, plan.ends_at)]
    return preview_occurrences(plan=plan, weekly=weekly, now=now)


def _sessions_of_plan(plan: PlannedSession, spans: Sequence[TimeSpan]) -> list[UUID]:
    """Find the sessions that are this very plan, which has been stored."""
    rows = TreatmentSession.objects.filter(
        clinician=plan.clinician, kind=plan.kind, cancelled_at__isnull=True,
        starts_at__in=[starts for starts, _ in spans], **plan.whose,
    )  # fmt: skip
    wanted = set(spans)
    return [row.pk for row in rows if (row.starts_at, row.ends_at) in wanted]


def _rows_that_change(session: TreatmentSession) -> list[TreatmentSession]:
    """List a session and those that follow it in its series, as a change of the series has them."""
    if session.series_id is None or session.series_day is None:
        return [session]
    following = TreatmentSession.objects.filter(
        series_id=session.series_id, series_day__gte=session.series_day, attendance__isnull=True,
        cancelled_at__isnull=True,
    )  # fmt: skip
    kept = following.exclude(is_exception=True) | following.filter(pk=session.pk)
    return list(kept.order_by("starts_at")[:MOST_OCCURRENCES_AT_ONCE]) or [session]


def _moved_spans(
    rows: Sequence[TreatmentSession],
    session: TreatmentSession,
    starts_at: datetime,
    ends_at: datetime,
) -> list[TimeSpan]:
    """Return the times that sessions would have, at the same wall clock in every week."""
    weekly: SessionSeries | None = session.series
    if weekly is None or session.series_day is None:
        return [(starts_at, ends_at)]
    zone, length = weekly.time_zone, ends_at - starts_at
    by: timedelta = local_day(starts_at, zone) - session.series_day
    clock = wall_clock(starts_at, zone)
    days: list[date] = [row.series_day + by for row in rows if row.series_day is not None]
    begin = [local_to_utc(day, clock, zone) for day in days]
    return [(begins, begins + length) for begins in begin]


def _find_conflicts(viewer: User, planned: PlannedTimes, now: datetime) -> list[Conflict]:
    """List conflicts by their start; the patients named are logged."""
    found = [
        Conflict(clash.why, clash.whom_id, clash.whom, clash.starts_at, clash.ends_at, clash=clash)
        for clash in find_clashes(viewer=viewer, planned=planned, now=now)
    ]
    found += _busy_conflicts(viewer, planned, now)
    return sorted(found, key=lambda one: one.starts_at)[:MOST_CONFLICTS]


def _busy_conflicts(viewer: User, planned: PlannedTimes, now: datetime) -> list[Conflict]:
    """List the first planned time that lies over each span in which somebody is busy.

    Looked at are the patients whom the viewer treats and whose consent covers sessions: what
    others of a group said is not the viewer's to know of.
    """
    people = who_told_hours(_expected_people(planned))
    roster = open_roster_of(
        viewer=viewer, patient_ids=people, what=DataCategory.SESSIONS, reason="choosing", now=now
    )
    busy = busy_spans_of(roster.people)
    return [
        Conflict("busy", person.patient_id, person.name, *overlap, reason=span.reason)
        for person in roster.people
        for span in busy.get(person.patient_id, ())
        if (overlap := first_overlap(span, planned.spans, person.calendar.zone)) is not None
    ]


def _expected_people(planned: PlannedTimes) -> set[UUID]:
    """Find who is expected at any of the times: the patient, or who is in the group then."""
    if planned.patient_id is not None:
        return {planned.patient_id}
    if planned.group_id is None or not planned.spans:
        return set()
    members = GroupMembership.objects.filter(
        group_id=planned.group_id, starts_at__lte=max(starts for starts, _ in planned.spans)
    ).values_list("patient_id", "ends_at")
    first = min(starts for starts, _ in planned.spans)
    return {patient_id for patient_id, ends in members if ends is None or ends > first}
