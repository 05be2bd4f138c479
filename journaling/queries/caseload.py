"""A clinician's patients at a glance: what is open, who wrote when, how strong cravings were."""

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

from backend.kit.prepared import Prepared
from care.access import DataClass
from care.queries.caseload import (
    Upcoming,
    attended_between,
    last_attended_at,
    next_sessions,
)
from care.roster import Levels, Listed, Roster, shared
from journaling import wording
from journaling.limits import RECENT_DAYS, SILENT_DAYS, SPARK_DAYS, STRONG_CRAVING
from journaling.models import Entry, Journal
from journaling.queries.safety_events import open_events
from journaling.queries.sums import Day, by_patient, days_of
from journaling.queries.unread import LOOKED_BACK, MINUTE, first_reviewed_at, unread

#: The furthest that days of two zones lie apart, so that no patient's 14 days are cut short.
_ZONES_APART = timedelta(hours=27)
SPARK = timedelta(days=SPARK_DAYS)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """One patient of a caseload.

    ``entries_since_last_session`` counts what occurred since the patient attended one, and what
    occurred before and is still told (``journaling/queries/unread.py``). ``days_without_entries``
    counts the patient's own days that went by since the last entry, or since enrolment.
    ``craving_spark`` is the strongest craving of each of the last 14 of their days, today last;
    None is a gap. ``cravings_apart`` of these days were written down or changed too late to stand
    in it: a gap is not "none".
    """

    patient_id: UUID
    name: str
    level_of_care: str | None
    next_session: Upcoming | None
    last_entry_at: datetime | None
    entries_since_last_session: int
    days_without_entries: int
    open_safety_events: int
    craving_spark: tuple[int | None, ...]
    cravings_apart: int
    entries_lately: int

    @property
    def gap_text(self) -> str:
        """Say why the spark is empty: silence is not "none", and late is not never."""
        if self.cravings_apart:
            count = wording.counted(self.cravings_apart, "craving")
            return f"{count} in {SPARK_DAYS} days, told too late for figures"
        if not self.entries_lately:
            return f"Nothing logged in {SPARK_DAYS} days"
        return f"No craving logged in {SPARK_DAYS} days"


@dataclass(frozen=True, slots=True)
class _Head:
    """The newest entry of a journal, and how many are told since the last session.

    Of a clock that can't be right the arrival counts.
    """

    last_entry_at: datetime | None = None
    since_session: int = 0
    unread: int = 0


def caseload(*, roster: Roster, now: datetime) -> list[Case]:
    """List the patients of a roster, most urgent first.

    Open safety events come first, then a strong craving of the last days, then silence, then the
    next session and the name.
    The number of statements does not grow with the number of patients.
    """
    since = now - timedelta(days=SPARK_DAYS) - _ZONES_APART
    heads = _heads(roster, now)
    days = by_patient(days_of(roster=roster, since=since, until=now))
    coming = next_sessions(roster=roster, now=now)
    sees = roster.sees
    told = roster.covering(DataClass.SAFETY_EVENTS)
    events = open_events(sees={patient_id: sees[patient_id] for patient_id in told})
    cases = [
        _case(
            person,
            head=heads.get(person.patient_id, _Head()),
            days=days.get(person.patient_id, []),
            coming=coming.get(person.patient_id),
            events=events.get(person.patient_id, 0),
            now=now,
        )
        for person in roster.people
    ]
    return sorted(cases, key=lambda case: _place(case, now))


def _heads(roster: Roster, now: datetime) -> dict[UUID, _Head]:
    rows = _heads_of(roster.levels).all(ids=roster.ids, primary=roster.primary, now=now)
    return {patient_id: _Head(*rest) for patient_id, *rest in rows}


@cache
def _heads_of(levels: Levels) -> Prepared:
    def build(*, ids: list[UUID], primary: list[UUID], now: datetime) -> Any:
        every = Entry.objects.filter(
            shared(levels, primary), patient_id=OuterRef("pk"), deleted_at__isnull=True
        )
        own = every.filter(shown_at__lt=now)
        newest = own.order_by("-shown_at")
        since = OuterRef("since")
        later, at_once = unread(
            every, since=since, until=now, back=since - LOOKED_BACK, between=attended_between
        )
        # Nothing is looked at of whom no brief was ever reviewed: most of a journal is then unread.
        at_once = at_once.filter(shown_at__gte=OuterRef("read_since"))
        ever = Value(_EVER, DateTimeField())
        return (
            Journal.objects.filter(pk__in=ids)
            .annotate(
                since=Coalesce(last_attended_at(now=now), ever),
                read_since=first_reviewed_at() - MINUTE,
            )
            .annotate(
                last_at=Subquery(newest.values("shown_at")[:1]),
                n=_number_of(own.filter(shown_at__gte=OuterRef("since"))),
                unread=_number_of(later) + _number_of(at_once),
            )
            .values_list("pk", "last_at", "n", "unread")
        )

    key = Journal._meta.get_field("patient")
    return Prepared(build, ids=key, primary=key, now=Entry._meta.get_field("occurred_at"))


def _number_of(rows: "QuerySet[Entry]") -> Coalesce:
    counted = rows.order_by().values("patient_id").annotate(n=Count("kind"))
    return Coalesce(Subquery(counted.values("n"), IntegerField()), 0)


def _case(
    person: Listed,
    *,
    head: _Head,
    days: list[Day],
    coming: Upcoming | None,
    events: int,
    now: datetime,
) -> Case:
    today = person.calendar.day_of(now)
    began = head.last_entry_at or person.enrolled_at or now
    recent = [day for day in days if day.on > today - SPARK]
    peaks = {day.on: day.craving_peak for day in days}
    spark = [peaks.get(today - timedelta(days=ago)) for ago in reversed(range(SPARK_DAYS))]
    return Case(
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


def _place(case: Case, now: datetime) -> tuple[int, bool, bool, datetime, str, UUID]:
    recent = [peak for peak in case.craving_spark[-RECENT_DAYS:] if peak is not None]
    far = now + timedelta(days=365)
    return (
        -case.open_safety_events,
        max(recent, default=0) < STRONG_CRAVING,
        case.days_without_entries < SILENT_DAYS,
        case.next_session.starts_at if case.next_session else far,
        case.name.casefold(),
        case.patient_id,
    )
