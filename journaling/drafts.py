"""From what a phone sent to an entry that may be stored."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from backend.kit.errors import FieldError, InvalidInput, fit_to_tell
from backend.kit.zones import local_day
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
    #: A card without a day of its own, by a clock that can't be believed: its day is its arrival's,
    #: and no part of what the patient said.
    is_dated_by_arrival: bool = False

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
        if not self.is_dated_by_arrival:
            return dict(self.plain)
        return {name: value for name, value in self.plain.items() if name != "date"}

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
    sent: Mapping[str, Any], *, now: datetime, known: Known = SHIPPED, clock: Clock = UNKNOWN_CLOCK
) -> Draft:
    """Check an entry that a phone sent; ``now`` is when it was received.

    ``known`` tells which skills, triggers and assignments exist for this patient; without it only
    what ships with this version does. ``clock`` tells what is known of the phone's clock.

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
    return _draft(kind, values, now, clock, is_dated=sent.get("date") is not None)


def _draft(
    kind: Kind, values: dict[str, Any], now: datetime, clock: Clock, *, is_dated: bool
) -> Draft:
    occurred_at, recorded_at = values["occurred_at"], values["recorded_at"]
    time_zone = values["time_zone"]
    is_behind = clock.is_behind(recorded_at=recorded_at, received_at=now)
    by_arrival = kind.is_of_a_day and is_behind and not is_dated
    if by_arrival:
        # A clock that restarts at one day would give every card that day.
        values["date"] = local_day(now, time_zone)
    day = values["date"] if kind.is_of_a_day else local_day(occurred_at, time_zone)
    why, news_at = news.of_arrival(occurred_at=occurred_at, received_at=now)
    counts = (
        provenance.day_counts(day=day, recorded_at=recorded_at, time_zone=time_zone)
        if kind.is_of_a_day
        else provenance.counts(occurred_at=occurred_at, recorded_at=recorded_at)
    )
    return Draft(
        id=values["id"],
        kind=kind.name,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        received_at=now,
        time_zone=time_zone,
        # A clock that fell back says nothing about the day; a card says of which day it speaks.
        local_date=local_day(now, time_zone) if is_behind and not kind.is_of_a_day else day,
        recall=provenance.recall_of(
            occurred_at=occurred_at, recorded_at=recorded_at, time_zone=time_zone, day=day
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
        is_dated_by_arrival=by_arrival,
    )


def changed(draft: Draft, *, before: Recorded | Draft) -> Draft:
    """Keep of an entry's provenance what no edit makes right: when it arrived, by which clock."""
    if not before.clock_suspect:
        return replace(draft, received_at=before.received_at)
    return replace(
        draft,
        received_at=before.received_at,
        clock_suspect=True,
        counts=draft.counts and before.counts,
        local_date=draft.local_date if KINDS[draft.kind].is_of_a_day else before.local_date,
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
    """Find a day that has not begun where the phone was; without a day it is the event's own."""
    own = local_day(values["occurred_at"], values["time_zone"])
    day = values.setdefault("date", own)
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
