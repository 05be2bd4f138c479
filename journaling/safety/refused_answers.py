"""What a refused body answers about safety, as far as it can be read."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from backend.kit.ids import new_id
from backend.kit.strict_json import Json
from backend.kit.timezones import local_day
from journaling.entries.kinds.field_types import (
    Instant,
    LocalDate,
    Uuid,
    YesNo,
    read_or_none,
    read_valid_parts,
)
from journaling.entries.kinds.header import SHARING_LEVELS, ZoneName
from journaling.entries.kinds.measure import Measure
from journaling.entries.kinds.model import (
    SAFETY_QUESTIONS,
    EntryValues,
    SafetySignals,
    read_valid_fields,
)
from journaling.entries.kinds.registry import KINDS
from journaling.entries.validate import CLOCK_TOLERANCE
from journaling.measures import instruments
from journaling.safety.rules import SafetyAnswers

#: A share that can't be read may have been meant to be narrow: it goes to the own therapist alone.
UNREADABLE_SHARE = "individual_therapist_only"


def answers_of_refused(
    sent: Json, *, now: datetime, starts_hour: int = 0, entry_id: UUID | None = None
) -> SafetyAnswers | None:
    """Read what can be read of a body that was refused; None where it answers nothing.

    Every answer stands for itself: a field that is unknown, missing or off its scale takes no other
    one away. A deletion says nothing. ``entry_id`` is the address's, where the body names none.
    """
    if not isinstance(sent, dict) or sent.get("deleted") is True:
        return None
    signals = safety_signals_in(sent)
    if not signals:
        return None
    entry_id = entry_id or read_or_none(Uuid(), sent.get("id"))
    at, day = _occurrence(sent, now, starts_hour)
    share = _share_of(sent)
    answered: dict[str, object] = {"id": entry_id, "share": share, "signals": signals}
    if entry_id is None:
        answered["times"] = [repr(sent.get(name))[:80] for name in ("occurred_at", "recorded_at")]
    return SafetyAnswers(
        key=entry_id or new_id(),
        entry_id=entry_id,
        entry_rev=None,
        kind=kind.kind if (kind := _kind_of(sent)) else "",
        share=share,
        at=at or now,
        day=day,
        occurred_at=at,
        signals=signals,
        content=json.dumps(answered, default=str, sort_keys=True).encode(),
    )


def safety_signals_in(sent: Mapping[str, Json]) -> SafetySignals:
    """Return the structured answers about safety that a body holds, whatever its kind says.

    What was used counts for the kind that the body names, or for any where it names none.
    """
    named = _kind_of(sent)
    signals: SafetySignals = {}
    for kind in KINDS.values():
        kind_signals = _readable_values(kind, sent).safety_signals()
        if named is not None and named is not kind:
            kind_signals.pop("substance", None)
        signals |= {name: value for name, value in kind_signals.items() if value is not None}
    if named is not None and "substance" in _readable_values(named, sent).safety_signals():
        # It reports use, though of what can't be read.
        signals.setdefault("substance", "")
    # Also where a phone put the question beside the fields instead of into theirs.
    return {**read_valid_parts(YesNo(), dict(sent), SAFETY_QUESTIONS), **signals}


def _readable_values(kind: type[EntryValues], sent: Mapping[str, Json]) -> EntryValues:
    """Read what can be read of one kind; what can't is None, also where the kind requires it."""
    readable = read_valid_fields(kind.fields, sent)
    for name in {"substance", "target"}.intersection(kind.names):
        # A name that is too long to be stored is still one that can be read.
        if isinstance(sent.get(name), str):
            readable.setdefault(name, sent[name])
    values = kind.from_values(readable)
    return _with_shipped_version(values) if isinstance(values, Measure) else values


def _with_shipped_version(measure: Measure) -> Measure:
    """Take a questionnaire that this release doesn't have for the newest one of its name."""
    if measure.answers:
        by_item = {name.casefold(): value for name, value in measure.answers.items()}
        measure = replace(measure, answers=by_item)
    if measure.questionnaire() is not None:
        return measure
    newest = {_plain_slug(one.slug): one for one in instruments.newest_instruments()}
    shipped = newest.get(_plain_slug(measure.instrument or ""))
    if shipped is None:
        return measure
    return replace(measure, instrument=shipped.slug, version=shipped.version)


def _plain_slug(slug: str) -> str:
    return "".join(filter(str.isalnum, slug.casefold()))


def _kind_of(sent: Mapping[str, Json]) -> type[EntryValues] | None:
    name = sent.get("kind")
    return KINDS.get(name) if isinstance(name, str) else None


def _share_of(sent: Mapping[str, Json]) -> str:
    share = sent.get("share")
    if share is None:
        return SHARING_LEVELS[0]
    plain = share.strip().casefold() if isinstance(share, str) else ""
    return plain if plain in SHARING_LEVELS else UNREADABLE_SHARE


def _occurrence(
    sent: Mapping[str, Json], now: datetime, starts_hour: int
) -> tuple[datetime | None, date]:
    """Find when it happened, and on which local day; of a time that can't be, today is taken."""
    at = read_or_none(Instant(), sent.get("occurred_at"))
    if at is not None and at - now > CLOCK_TOLERANCE:
        at = None
    kind, day = _kind_of(sent), read_or_none(LocalDate(), sent.get("date"))
    if kind is not None and kind.is_daily and day is not None and day <= now.date():
        return at, day
    zone = read_or_none(ZoneName(), sent.get("time_zone")) or "UTC"
    return at, local_day(at or now, zone, starts_hour)
