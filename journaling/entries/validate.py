"""Validate what a phone sent into an entry that may be stored.

This also classes the entry's recall and judges whether the phone's clock can be trusted.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Protocol
from uuid import UUID

import orjson

from backend.kit.errors import FieldError, InvalidInput, safe_field_name
from backend.kit.strict_json import Json
from backend.kit.timezones import LocalCalendar, local_day
from journaling.entries.entry import EntryValue, Recall, news_of_arrival
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.header import (
    EntryHeader,
    accepted_names,
    plan_of_origin,
    unanswered_contradictions,
    zone_of_offset,
)
from journaling.entries.kinds.model import EntryValues, raise_faults, read_fields
from journaling.entries.kinds.registry import KINDS, SHIPPED_VOCABULARY
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.entries.kinds.vocabulary import Vocabulary, unknown_word_faults

#: Recorded so soon after that it is still the moment.
MOMENTARY_WITHIN = timedelta(minutes=15)
#: Recalled later than this: kept and shown as uncounted, but in no statistic.
COUNTABLE_WITHIN = timedelta(hours=48)
#: Clocks drift; more than this ahead of ours is a wrong clock.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: A phone a day ahead is a wrong clock or a wrong zone; further ahead is no entry of the past.
MAX_AHEAD = timedelta(hours=24)
#: Dates before 2000 mean a wrong clock: refused.
EARLIEST_DAY = date(2000, 1, 1)
#: What every kind of entry has, by the names of its columns.
STORED_COMMON_COLUMNS = (
    "id", "kind", "occurred_at", "recorded_at", "received_at", "time_zone", "local_date",
    "recall", "clock_suspect", "is_countable", "share", "discuss", "origin", "unanswered", "news",
    "news_at", "changed_late",
)  # fmt: skip
#: Their values, of a draft or a recorded entry.
common_values_of = attrgetter(*STORED_COMMON_COLUMNS)
#: The times and the zone of an entry, which decide the day of one that names none.
times_of = attrgetter("occurred_at", "recorded_at", "time_zone")


@dataclass(frozen=True, slots=True)
class ValidEntry:
    """Checked input: what a phone sent of an entry, and what we note of it."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    time_zone: str
    local_date: date
    recall: str
    clock_suspect: bool
    is_countable: bool
    share: str
    discuss: bool
    origin: str
    unanswered: Mapping[str, str] | None
    values: EntryValues
    #: Why and since when it is news (``journaling.entries.entry.News``), and whether an edit came
    #: too late to count.
    news: str | None = None
    news_at: datetime | None = None
    changed_late: bool = False
    #: Of a card that names no day the one on the phone's calendar, which is all that was said about
    #: it: on which day it stands depends on its arrival, and on when the patient's day begins.
    phone_date: date | None = None
    #: How many hours after midnight the patient's day began when this was read.
    starts_hour: int = 0

    def common(self) -> dict[str, object]:
        """List what every kind of entry has, by the names of its columns."""
        return dict(zip(STORED_COMMON_COLUMNS, common_values_of(self), strict=True))

    def content(self) -> bytes:
        """Serialise what the patient said, so that the same content always gives the same bytes."""
        content = {
            "kind": self.kind,
            "occurred_at": self.occurred_at,
            "recorded_at": self.recorded_at,
            "time_zone": self.time_zone,
            "share": self.share,
            "discuss": self.discuss,
            "origin": self.origin,
            "unanswered": self.unanswered,
            "plain": self.values.columns() | ({"date": self.phone_date} if self.phone_date else {}),
            "words": self.values.texts(),
        }
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)

    def recorded(
        self, *, rev: int, seq: int, acknowledged_at: datetime | None = None
    ) -> EntryValue:
        """Return the entry that it becomes under these numbers, as it will be read."""
        return EntryValue(
            id=self.id,
            kind=self.kind,
            occurred_at=self.occurred_at,
            time_zone=self.time_zone,
            recorded_at=self.recorded_at,
            received_at=self.received_at,
            local_date=self.local_date,
            recall=self.recall,
            clock_suspect=self.clock_suspect,
            is_countable=self.is_countable,
            origin=self.origin,
            share=self.share,
            discuss=self.discuss,
            unanswered=self.unanswered,
            news=self.news,
            news_at=self.news_at,
            changed_late=self.changed_late,
            reviewed_at=None,
            reviewed_by=None,
            acknowledged_at=acknowledged_at,
            rev=rev,
            seq=seq,
            values=self.values.arranged(),
        )


class DeviceClock(Protocol):
    """What is known of a phone's clock, from what it sent before."""

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Whether the phone wrote something down at a time that was over for it."""


class _UnknownDeviceClock:
    """The clock of a phone of which nothing is known: times in the past prove nothing."""

    def is_behind(self, *, recorded_at: datetime, received_at: datetime) -> bool:
        """Return False: nothing is doubted."""
        return False


UNKNOWN_DEVICE_CLOCK: DeviceClock = _UnknownDeviceClock()


def validate_entry(
    sent: Mapping[str, Json],
    *,
    now: datetime,
    vocabulary: Vocabulary = SHIPPED_VOCABULARY,
    clock: DeviceClock = UNKNOWN_DEVICE_CLOCK,
    starts_hour: int = 0,
) -> ValidEntry:
    """Check an entry that a phone sent; ``now`` is when it was received.

    ``vocabulary`` holds the skills, triggers, assignments and situation plans that exist for this
    patient; by default only what ships with this version. ``clock`` judges the phone's clock;
    ``starts_hour`` is how many hours after midnight the patient's day begins.

    :raises backend.kit.errors.InvalidInput: naming every field at fault; nothing was stored.
    """
    kind = _kind_of(sent)
    faults = _unknown_field_faults(sent, accepted_names(kind.names))
    common, common_faults = read_fields(EntryHeader.fields, sent)
    answers, answer_faults = read_fields(kind.fields, sent)
    faults += [*common_faults, *answer_faults]
    if common.get("time_zone") == "":
        common["time_zone"] = zone_of_offset(sent)
    faults += unknown_word_faults(kind.fields, answers, vocabulary)
    header, values = EntryHeader.from_values(common), kind.from_values(answers)
    faults += _origin_faults(header.origin or "self", kind, vocabulary)
    if not faults:
        faults += values.contradictions(header.unanswered or {})
        if header.unanswered:
            faults += unanswered_contradictions(header.unanswered, values)
    faults += _time_faults(common | answers, now)
    if not faults and isinstance(values, DiaryCard):
        faults += _day_faults(values, header)
    raise_faults(faults)
    return _build_entry(header, values, now, clock, starts_hour)


def classify_recall(
    *,
    occurred_at: datetime,
    recorded_at: datetime,
    calendar: LocalCalendar,
    day: date | None = None,
) -> Recall:
    """Class an entry by the phone's own two times; the local day is the one at the event.

    ``day`` is the local day that the entry is about, if that isn't the day of ``occurred_at``: a
    diary card filled in the next morning is recalled, however fresh its own instant.
    """
    own = calendar.day_of(occurred_at)
    day = day or own
    if recorded_at - occurred_at <= MOMENTARY_WITHIN and day == own:
        return Recall.MOMENTARY
    if day == calendar.day_of(recorded_at):
        return Recall.SAME_DAY
    return Recall.RECALLED


def is_clock_suspect(
    *, occurred_at: datetime, recorded_at: datetime, received_at: datetime
) -> bool:
    """Whether the phone claims a time that our clock says has not come yet.

    A phone that was offline sends late, so times in the past prove nothing by themselves: see
    ``journaling.entries.record``.
    """
    ahead = max(recorded_at - received_at, occurred_at - recorded_at)
    return ahead > CLOCK_TOLERANCE


def is_moment_in_time(*, occurred_at: datetime, recorded_at: datetime) -> bool:
    """Whether an entry may stand in a statistic."""
    return recorded_at - occurred_at <= COUNTABLE_WITHIN


def is_day_in_time(*, day: date, recorded_at: datetime, calendar: LocalCalendar) -> bool:
    """Whether an entry about a whole local day may stand in a statistic.

    Until the day is over it can't be late: the 48 hours begin when the next one does.
    """
    over_at = calendar.start_of(day + timedelta(days=1))
    return recorded_at - over_at <= COUNTABLE_WITHIN


def _build_entry(
    header: EntryHeader,
    values: EntryValues,
    now: datetime,
    clock: DeviceClock,
    starts_hour: int,
) -> ValidEntry:
    calendar = LocalCalendar(header.time_zone, starts_hour)
    occurred_at, recorded_at = header.occurred_at, header.recorded_at
    is_behind = clock.is_behind(recorded_at=recorded_at, received_at=now)
    # A clock that fell back says nothing about the day: one that restarts would give all the same.
    own_day = calendar.day_of(now if is_behind else occurred_at)
    day, phone_date = None, None
    if isinstance(values, DiaryCard):
        if values.date is None:
            phone_date = local_day(occurred_at, calendar.zone)
            values = replace(values, date=own_day)
        # A card names the day that it is about.
        day = values.date
    why, news_at = news_of_arrival(occurred_at=occurred_at, received_at=now)
    is_in_time = (
        is_day_in_time(day=day, recorded_at=recorded_at, calendar=calendar)
        if day is not None
        else is_moment_in_time(occurred_at=occurred_at, recorded_at=recorded_at)
    )
    return ValidEntry(
        id=header.id,
        kind=values.kind,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        received_at=now,
        time_zone=calendar.zone,
        local_date=day or own_day,
        recall=classify_recall(
            occurred_at=occurred_at, recorded_at=recorded_at, calendar=calendar, day=day
        ),
        clock_suspect=is_behind
        or is_clock_suspect(occurred_at=occurred_at, recorded_at=recorded_at, received_at=now),
        is_countable=is_in_time and not is_behind,
        share=header.share or "care_team",
        discuss=header.discuss or False,
        origin=header.origin or "self",
        unanswered=header.unanswered,
        values=values,
        news=why,
        news_at=news_at,
        phone_date=phone_date,
        starts_hour=calendar.starts_hour,
    )


def _kind_of(sent: Mapping[str, Json]) -> type[EntryValues]:
    name = sent.get("kind")
    if name is None:
        raise InvalidInput.of("kind", "required", "This field is required.")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidInput.of("kind", "unknown_kind", "Must be one of: " + ", ".join(KINDS) + ".")
    return kind


def _unknown_field_faults(sent: Mapping[str, Json], known: Set[str]) -> list[FieldError]:
    if sent.keys() <= known:
        return []
    return [
        FieldError(safe_field_name(name), "unknown_field", "This kind of entry has no such field.")
        for name in sent
        if name not in known
    ]


def _origin_faults(
    origin: str, kind: type[EntryValues], vocabulary: Vocabulary
) -> list[FieldError]:
    """Find a situation plan that the patient never had, or that no skill was practised by."""
    plan_id = plan_of_origin(origin)
    if plan_id is None:
        return []
    if kind is not SkillPractice:
        return [FieldError("origin", "contradicts", "Only a skill practice comes of a plan.")]
    if not vocabulary.has("plan", plan_id):
        return [FieldError("origin", "unknown_plan", "There is no such situation plan.")]
    return []


def _day_faults(card: DiaryCard, header: EntryHeader) -> list[FieldError]:
    """Find a day that has not begun on the calendar where the phone was.

    When the patient's own day begins refuses nothing: past midnight a phone may name either day.
    """
    own = local_day(header.occurred_at, header.time_zone)
    day = card.date or own
    last = max(own, local_day(header.recorded_at, header.time_zone))
    if day > last:
        return [FieldError("date", "in_future", "Must not be a day to come.")]
    if day < EARLIEST_DAY:
        return [FieldError("date", "out_of_range", "Must be a year from 2000.")]
    return []


def _time_faults(values: Mapping[str, object], now: datetime) -> list[FieldError]:
    return [
        FieldError(name, "in_future", "Must not be more than 24 hours ahead.")
        for name in ("occurred_at", "recorded_at", "completed_at")
        if isinstance(at := values.get(name), datetime) and at - now > MAX_AHEAD
    ]
