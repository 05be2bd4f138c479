"""A clinician's patients at a glance: what is open, who wrote when, how strong cravings were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from backend.kit.db.compiled import CompiledQuery
from care.access.data_categories import DataCategory
from care.access.roster import LevelSets, Roster, RosterPatient, shown_to_viewer
from care.models import User
from care.people.patients import UnshownPatient, unshown_patients
from care.sessions.read import (
    UpcomingSession,
    attended_between,
    last_attended_at,
    next_individual_sessions,
    next_sessions_by_patient,
)
from care.sessions.week_outlook import missing_minutes_of
from journaling import formatting
from journaling.briefs.limits import RECENT_DAYS, SILENT_DAYS, SPARKLINE_DAYS, STRONG_CRAVING
from journaling.briefs.read import LOOKED_BACK, MINUTE, first_reviewed_at, unread
from journaling.briefs.roster_data import DayTotals, days_of_roster, group_by_patient
from journaling.models import Entry, Journal
from journaling.safety.read_events import count_open_events

#: The furthest that days of two zones lie apart, so that no patient's 14 days are cut short.
_MAX_ZONE_OFFSET = timedelta(hours=27)
SPARKLINE_PERIOD = timedelta(days=SPARKLINE_DAYS)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseloadPatient:
    """One patient of a caseload.

    ``entries_since_last_session`` counts what occurred since the patient attended one, and what
    occurred before and is still reported (``journaling/briefs/read.py``). ``days_without_entries``
    counts the patient's own days that went by since the last entry, or since enrolment.
    ``craving_spark`` is the strongest craving of each of the last 14 of their days, today last;
    None is a gap. ``cravings_apart`` of these days were written down or changed too late to stand
    in it: a gap is not "none".
    """

    patient_id: UUID
    name: str
    level_of_care: str | None
    next_session: UpcomingSession | None
    last_entry_at: datetime | None
    entries_since_last_session: int
    days_without_entries: int
    open_safety_events: int
    craving_spark: tuple[int | None, ...]
    cravings_apart: int
    entries_lately: int

    @property
    def gap_text(self) -> str:
        """Explain an empty sparkline: silence is not "none", and late is not never."""
        if self.cravings_apart:
            count = formatting.pluralize(self.cravings_apart, "craving")
            return f"{count} in {SPARKLINE_DAYS} days, told too late for figures"
        if not self.entries_lately:
            return f"Nothing logged in {SPARKLINE_DAYS} days"
        return f"No craving logged in {SPARKLINE_DAYS} days"


@dataclass(frozen=True, slots=True)
class Caseload:
    """A clinician's patients, the next session with each of them alone, and who isn't shown yet.

    ``missing_minutes`` are what this week lacks of the hours of a patient's level, from its middle
    on, where consent covers sessions.
    """

    patients: Sequence[CaseloadPatient]
    next_sessions: Mapping[UUID, UUID]
    waiting: Sequence[UnshownPatient]
    missing_minutes: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class _JournalHead:
    """The newest entry of a journal, and how many count since the last session.

    Of a clock that can't be right the arrival counts.
    """

    last_entry_at: datetime | None = None
    since_session: int = 0
    unread: int = 0


def read_caseload(*, viewer: User, roster: Roster, now: datetime) -> Caseload:
    """Read the caseload as ``caseload_of`` lists it, and whom the clinician treats beside it."""
    return Caseload(
        patients=caseload_of(roster=roster, now=now),
        next_sessions=next_individual_sessions(viewer=viewer, patients=roster.ids, now=now),
        waiting=unshown_patients(viewer=viewer, shown=roster.ids, now=now),
        missing_minutes=missing_minutes_of(
            patient_ids=[one.patient_id for one in roster.people if one.level_of_care],
            zone=viewer.clinic.time_zone, now=now,
        ),
    )  # fmt: skip


def caseload_of(*, roster: Roster, now: datetime) -> list[CaseloadPatient]:
    """List the patients of a roster, most urgent first.

    Open safety events come first, then a strong craving of the last days, then silence, then the
    next session and the name.
    The number of statements does not grow with the number of patients.
    """
    since = now - timedelta(days=SPARKLINE_DAYS) - _MAX_ZONE_OFFSET
    heads = _heads(roster, now)
    days = group_by_patient(days_of_roster(roster=roster, since=since, until=now))
    coming = next_sessions_by_patient(roster=roster, now=now)
    sharing_levels = roster.sharing_levels
    consenting_ids = roster.ids_with_consent(DataCategory.SAFETY_EVENTS)
    events = count_open_events(
        sharing_levels={patient_id: sharing_levels[patient_id] for patient_id in consenting_ids}
    )
    cases = [
        _caseload_patient(
            person,
            head=heads.get(person.patient_id, _JournalHead()),
            days=days.get(person.patient_id, []),
            coming=coming.get(person.patient_id),
            events=events.get(person.patient_id, 0),
            now=now,
        )
        for person in roster.people
    ]
    return sorted(cases, key=lambda case: _urgency(case, now))


def _heads(roster: Roster, now: datetime) -> dict[UUID, _JournalHead]:
    rows = _heads_query(roster.levels).all(ids=roster.ids, primary=roster.primary, now=now)
    return {patient_id: _JournalHead(*rest) for patient_id, *rest in rows}


@cache
def _heads_query(levels: LevelSets) -> CompiledQuery:
    def build(*, ids: list[UUID], primary: list[UUID], now: datetime) -> Any:
        every = Entry.objects.filter(
            shown_to_viewer(levels, primary), patient_id=OuterRef("pk"), deleted_at__isnull=True
        )
        own = every.filter(timeline_at__lt=now)
        newest = own.order_by("-timeline_at")
        since = OuterRef("since")
        later, at_once = unread(
            every, since=since, until=now, back=since - LOOKED_BACK, between=attended_between
        )
        # Nothing is looked at of whom no brief was ever reviewed: most of a journal is then unread.
        at_once = at_once.filter(timeline_at__gte=OuterRef("read_since"))
        ever = Value(_EVER, DateTimeField())
        return (
            Journal.objects.filter(pk__in=ids)
            .annotate(
                since=Coalesce(last_attended_at(now=now), ever),
                read_since=first_reviewed_at() - MINUTE,
            )
            .annotate(
                last_at=Subquery(newest.values("timeline_at")[:1]),
                n=_count_rows(own.filter(timeline_at__gte=OuterRef("since"))),
                unread=_count_rows(later) + _count_rows(at_once),
            )
            .values_list("pk", "last_at", "n", "unread")
        )

    key = Journal._meta.get_field("patient")
    return CompiledQuery(build, ids=key, primary=key, now=Entry._meta.get_field("occurred_at"))


def _count_rows(rows: "QuerySet[Entry]") -> Coalesce:
    counted = rows.order_by().values("patient_id").annotate(n=Count("kind"))
    return Coalesce(Subquery(counted.values("n"), IntegerField()), 0)


def _caseload_patient(
    person: RosterPatient,
    *,
    head: _JournalHead,
    days: list[DayTotals],
    coming: UpcomingSession | None,
    events: int,
    now: datetime,
) -> CaseloadPatient:
    today = person.calendar.day_of(now)
    began = head.last_entry_at or person.enrolled_at or now
    recent = [day for day in days if day.on > today - SPARKLINE_PERIOD]
    peaks = {day.on: day.craving_peak for day in days}
    spark = [peaks.get(today - timedelta(days=ago)) for ago in reversed(range(SPARKLINE_DAYS))]
    return CaseloadPatient(
        patient_id=person.patient_id,
        name=person.name,
        level_of_care=person.level_of_care,
        next_session=coming,
        last_entry_at=head.last_entry_at,
        entries_since_last_session=head.since_session + head.unread,
        days_without_entries=(today - person.calendar.day_of(began)).days,
        open_safety_events=events,
        craving_spark=tuple(spark),
        cravings_apart=sum(day.cravings_apart for day in recent),
        entries_lately=sum(day.entries for day in recent),
    )


def _urgency(case: CaseloadPatient, now: datetime) -> tuple[int, bool, bool, datetime, str, UUID]:
    recent = [peak for peak in case.craving_spark[-RECENT_DAYS:] if peak is not None]
    no_session = now + timedelta(days=365)
    return (
        -case.open_safety_events,
        max(recent, default=0) < STRONG_CRAVING,
        case.days_without_entries < SILENT_DAYS,
        case.next_session.starts_at if case.next_session else no_session,
        case.name.casefold(),
        case.patient_id,
    )
