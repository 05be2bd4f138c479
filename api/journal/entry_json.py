"""Entries as JSON, and the dating of diary cards by the reminder that they answer.

A diary card is of one day and closes at noon of the next. One that an evening's reminder asked for
and that is saved after midnight is of that evening, unless it has another ``date``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.kit.timezones import get_zone, local_day, local_to_utc
from care.access.chart import Chart
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.field_types import Instant, InvalidValue
from journaling.entries.kinds.kind import ZoneName, zone_of_offset
from journaling.entries.kinds.registry import KINDS
from journaling.safety.support import Support
from notifications.reminders.read import local_days_of
from notifications.reminders.receipts import PROMPT_PREFIX

#: CLINICAL §4: until then a diary card is of the evening before.
DIARY_CLOSES_AT = time(12)
_NOBODY = UUID(int=0)


def entry_to_json(entry: EntryValue, *, support: Support | None = None) -> dict[str, Any]:
    """Return an entry as JSON: common fields, those of its kind, and what the server derived.

    ``support`` is in the answer to a save only.
    """
    return {
        "id": entry.id,
        "kind": entry.kind,
        # With the offset of the entry's own zone: the wall clock is clinical data.
        "occurred_at": entry.occurred_at.astimezone(get_zone(entry.time_zone)).isoformat(),
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values,
        **entry.derived,
        "rev": entry.rev,
        "seq": entry.seq,
        "received_at": entry.received_at,
        "recall": entry.recall,
        "local_date": entry.local_date,
        "clock_suspect": entry.clock_suspect,
        "zone_suspect": entry.zone_suspect,
        "reviewed_at": entry.reviewed_at,
        "acknowledged_at": entry.acknowledged_at,
        "support": support.to_json() if support is not None else None,
    }


def entry_to_json_for_staff(entry: EntryValue) -> dict[str, Any]:
    """Return an entry as JSON for others than its author, without ``seq``.

    ``seq`` counts private entries as well: its gaps would disclose how many there are.
    """
    return {name: value for name, value in entry_to_json(entry).items() if name != "seq"}


def date_by_reminder(chart: Chart, sent: Sequence[Any]) -> list[Any]:
    """Set the ``date`` of daily entries without one to the day of the reminder that they answer.

    What isn't an entry, or can't be dated, is left for validation. It makes no query where no entry
    needs a date, and one or two however many do.
    """
    asking = {place: name for place, item in enumerate(sent) if (name := _reminder_of(item))}
    if not asking:
        return list(sent)
    days = local_days_of(chart=chart, occurrences=set(asking.values()))
    return [
        {**item, "date": day.isoformat()}
        if (day := days.get(asking.get(place, _NOBODY))) is not None
        and _is_diary_open(item, day, chart.day_starts_hour)
        else item
        for place, item in enumerate(sent)
    ]


def _reminder_of(item: Any) -> UUID | None:
    """Return the reminder that a daily entry without ``date`` answers, or None."""
    if not isinstance(item, Mapping) or item.get("date") is not None:
        return None
    kind, origin = item.get("kind"), item.get("origin")
    if not (isinstance(kind, str) and kind in KINDS and KINDS[kind].is_daily):
        return None
    if not (isinstance(origin, str) and origin.startswith(PROMPT_PREFIX)):
        return None
    try:
        return UUID(origin.removeprefix(PROMPT_PREFIX))
    except ValueError:
        return None


def _is_diary_open(item: Mapping[str, Any], day: date, starts_hour: int) -> bool:
    """Whether the diary of that day was still open, and the entry's own day is not earlier."""
    try:
        occurred_at, recorded_at = (
            _read_instant(item, name) for name in ("occurred_at", "recorded_at")
        )
        zone_name = ZoneName().read(item.get("time_zone")) or zone_of_offset(item)
    except InvalidValue:
        return False
    closes_at = local_to_utc(day + timedelta(days=1), DIARY_CLOSES_AT, zone_name)
    return local_day(occurred_at, zone_name, starts_hour) >= day and recorded_at < closes_at


def _read_instant(item: Mapping[str, Any], name: str) -> datetime:
    return Instant().read(item.get(name))
