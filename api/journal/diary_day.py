"""The dating of diary cards by the reminder that they answer.

A diary card is of one day and closes at noon of the next. One that an evening's reminder asked for
and that is saved after midnight is of that evening, unless it has another ``date``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from backend.kit.strict_json import Json
from backend.kit.timezones import local_day, local_to_utc
from care.access.chart import Chart
from journaling.entries.kinds.field_types import Instant, InvalidValue
from journaling.entries.kinds.header import ZoneName, zone_of_offset
from journaling.entries.kinds.registry import KINDS
from notifications.reminders.read import local_days_of
from notifications.reminders.receipts import PROMPT_PREFIX

#: CLINICAL §4: until then a diary card is of the evening before.
DIARY_CLOSES_AT = time(12)
_NOBODY = UUID(int=0)


def date_by_reminder(chart: Chart, sent: Sequence[Json]) -> list[Json]:
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
        if isinstance(item, dict)
        and (day := days.get(asking.get(place, _NOBODY))) is not None
        and _is_diary_open(item, day, chart.day_starts_hour)
        else item
        for place, item in enumerate(sent)
    ]


def _reminder_of(item: Json) -> UUID | None:
    """Return the reminder that a daily entry without ``date`` answers, or None."""
    if not isinstance(item, dict) or item.get("date") is not None:
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


def _is_diary_open(item: Mapping[str, Json], day: date, starts_hour: int) -> bool:
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


def _read_instant(item: Mapping[str, Json], name: str) -> datetime:
    return Instant().read(item.get(name))
