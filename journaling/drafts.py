"""From what a phone sent to an entry that may be stored."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from backend.kit.errors import FieldError, InvalidInput, fit_to_tell
from backend.kit.zones import LocalCalendar, local_day
from journaling import news, provenance
from journaling.entries import Recorded, in_order
from journaling.kinds import KINDS, SHIPPED
from journaling.kinds.fields import raise_if_any, read_fields
from journaling.kinds.identity import zone_told
from journaling.kinds.kind import Kind
from journaling.kinds.unanswered import contradictions
from journaling.kinds.vocabulary import Known, unknown_words
from journaling.provenance import UNKNOWN_CLOCK, Clock

#: What every kind of entry has, by the names of its columns.
COMMON_NAMES = (
    "id", "kind", "occurred_at", "recorded_at", "received_at", "time_zone", "local_date",
    "recall", "clock_suspect", "counts", "share", "discuss", "origin", "unanswered", "news",
    "news_at", "changed_late",
)  # fmt: skip
#: Their values, of a draft or a recorded entry.
COMMON_OF = attrgetter(*COMMON_NAMES)
#: What tells the day of an entry that names none.
_WHEN = attrgetter("occurred_at", "recorded_at", "time_zone")


@dataclass(frozen=True, slots=True)
class Draft:
    """Checked input: plain values of the kind, and its free text apart."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    time_zone: str
    local_date: date
    recall: str
    clock_suspect: bool
    counts: bool
    share: str
    discuss: bool
    origin: str
    unanswered: Mapping[str, str] | None
    plain: Mapping[str, Any]
    words: Mapping[str, str]
    #: What its own time does not tell, and whether an edit came too late (journaling/news.py).
    news: str | None = None
    news_at: datetime | None = None
    changed_late: bool = False
    #: Of a card that names no day the one on the phone's calendar, which is all that was said about
    #: it: on which day it stands depends on its arrival, and on when the patient's day begins.
    said_date: date | None = None
    #: How many hours after midnight the patient's day began when this was read.
    starts_hour: int = 0

    def common(self) -> dict[str, Any]:
        """List what every kind of entry has, by the names of its columns."""
        return dict(zip(COMMON_NAMES, COMMON_OF(self), strict=True))

    def content(self) -> bytes:
        """Serialise what the patient said, so that the same content always gives the same bytes."""
        said = {
            "kind": self.kind,
            "occurred_at": self.occurred_at,
            "recorded_at": self.recorded_at,
            "time_zone": self.time_zone,
            "share": self.share,
            "discuss": self.discuss,
            "origin": self.origin,
            "unanswered": self.unanswered,
            "plain": self._said_plainly(),
            "words": dict(self.words),
        }
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def _said_plainly(self) -> dict[str, Any]:
        return {**self.plain, **({"date": self.said_date} if self.said_date else {})}

    def recorded(self, *, rev: int, seq: int, acknowledged_at: datetime | None = None) -> Recorded:
        """Give the entry that it becomes under these numbers, as it will be read."""
        kind, plain, words = KINDS[self.kind], self.plain, self.words
        values = {name: plain.get(name) for name in kind.plain}
        values.update({name: words.get(name) for name in kind.sealed})
        return Recorded(
            **self.common(),
            reviewed_at=None,
            reviewed_by=None,
            acknowledged_at=acknowledged_at,
            rev=rev,
            seq=seq,
            values=in_order(self.kind, values),
        )


def read_draft(
    sent: Mapping[str, Any],
    *,
    now: datetime,
    known: Known = SHIPPED,
    clock: Clock = UNKNOWN_CLOCK,
    starts_hour: int = 0,
) -> Draft:
    """Check an entry that a phone sent; ``now`` is when it was received.

    ``known`` tells which skills, triggers and assignments exist for this patient; without it only
    what ships with this version does. ``clock`` tells what is known of the phone's clock,
    ``starts_hour`` how many hours after midnight the patient's day begins.

    :raises backend.kit.errors.InvalidInput: naming every field at fault; nothing was stored.
    """
    kind = _kind_of(sent)
    faults = _unknown(sent, kind.names)
    values, found = read_fields(kind.all_fields, sent)
    faults += found
    if values.get("time_zone") == "":
        values["time_zone"] = zone_told(sent)
    faults += unknown_words(kind.own_fields, values, known)
    if not faults:
        faults += kind.check(values)
        if "unanswered" in values:
            faults += contradictions(values, askable=_askable(kind, values))
    faults += _time_faults(values, now)
    if not faults and kind.is_of_a_day:
        faults += _day_faults(values)
    raise_if_any(faults)
    return _draft(kind, values, now, clock, LocalCalendar(values["time_zone"], starts_hour))


def _draft(
    kind: Kind, values: dict[str, Any], now: datetime, clock: Clock, calendar: LocalCalendar
) -> Draft:
    occurred_at, recorded_at = values["occurred_at"], values["recorded_at"]
    is_behind = clock.is_behind(recorded_at=recorded_at, received_at=now)
    # A clock that fell back says nothing about the day: one that restarts would give all the same.
    own_day = calendar.day_of(now if is_behind else occurred_at)
    said_date = None
    if kind.is_of_a_day and "date" not in values:
        said_date, values["date"] = local_day(occurred_at, calendar.zone), own_day
    # A card says of which day it speaks.
    day = values["date"] if kind.is_of_a_day else None
    why, news_at = news.of_arrival(occurred_at=occurred_at, received_at=now)
    counts = (
        provenance.day_counts(day=day, recorded_at=recorded_at, calendar=calendar)
        if day is not None
        else provenance.counts(occurred_at=occurred_at, recorded_at=recorded_at)
    )
    return Draft(
        id=values["id"],
        kind=kind.name,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        received_at=now,
        time_zone=calendar.zone,
        local_date=day or own_day,
        recall=provenance.recall_of(
            occurred_at=occurred_at, recorded_at=recorded_at, calendar=calendar, day=day
        ),
        clock_suspect=is_behind
        or provenance.is_clock_suspect(
            occurred_at=occurred_at, recorded_at=recorded_at, received_at=now
        ),
        counts=counts and not is_behind,
        share=values.get("share", "care_team"),
        discuss=values.get("discuss", False),
        origin=values.get("origin", "self"),
        unanswered=values.get("unanswered"),
        plain={name: values[name] for name in kind.plain if name in values},
        words={name: values[name] for name in kind.sealed if name in values},
        news=why,
        news_at=news_at,
        said_date=said_date,
        starts_hour=calendar.starts_hour,
    )


def changed(draft: Draft, *, before: Recorded | Draft) -> Draft:
    """Keep of an entry's provenance what no edit makes right: when it arrived, by which clock.

    An edit that leaves the times leaves the day as well, whenever the patient's days begin by now.
    """
    draft = replace(draft, received_at=before.received_at)
    is_card = KINDS[draft.kind].is_of_a_day
    if _WHEN(draft) == _WHEN(before) and not (is_card and draft.local_date != before.local_date):
        draft = replace(
            draft, local_date=before.local_date, recall=before.recall, counts=before.counts
        )
    if not before.clock_suspect:
        return draft
    return replace(
        draft,
        clock_suspect=True,
        counts=draft.counts and before.counts,
        local_date=draft.local_date if is_card else before.local_date,
    )


def _askable(kind: Kind, values: Mapping[str, Any]) -> set[str]:
    """Name what can be passed over: what is optional, and parts of the rest, such as an item."""
    return {
        field.name
        for field in kind.own_fields
        if not field.required or isinstance(values[field.name], dict)
    }


def _kind_of(sent: Mapping[str, Any]) -> Kind:
    name = sent.get("kind")
    if name is None:
        raise InvalidInput.of("kind", "required", "This field is required.")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidInput.of("kind", "unknown_kind", "Must be one of: " + ", ".join(KINDS) + ".")
    return kind


def _unknown(sent: Mapping[str, Any], known: Set[str]) -> list[FieldError]:
    if sent.keys() <= known:
        return []
    return [
        FieldError(fit_to_tell(name), "unknown_field", "This kind of entry has no such field.")
        for name in sent
        if name not in known
    ]


def _day_faults(values: dict[str, Any]) -> list[FieldError]:
    """Find a day that has not begun on the calendar where the phone was.

    When the patient's own day begins refuses nothing: past midnight a phone may name either day.
    """
    own = local_day(values["occurred_at"], values["time_zone"])
    day = values.get("date", own)
    last = max(own, local_day(values["recorded_at"], values["time_zone"]))
    if day > last:
        return [FieldError("date", "in_future", "Must not be a day to come.")]
    if day < provenance.EARLIEST_DAY:
        return [FieldError("date", "out_of_range", "Must be a year from 2000.")]
    return []


def _time_faults(values: Mapping[str, Any], now: datetime) -> list[FieldError]:
    return [
        FieldError(name, "in_future", "Must not be more than 24 hours ahead.")
        for name in ("occurred_at", "recorded_at", "completed_at")
        if name in values and values[name] - now > provenance.FURTHEST_AHEAD
    ]
