"""What a phone sent in answer to a reminder, put on the day that the reminder asked about.

A diary card is of one day and closes at noon of the next. One that an evening's reminder asked for
and that is saved after midnight speaks of that evening, unless it names another day itself.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.kit.zones import at_local, local_day
from care.access import Chart
from journaling.kinds import KINDS
from journaling.kinds.fields import Refused
from journaling.kinds.identity import Instant, ZoneName, zone_told
from notifications import queries
from notifications.actions.receipts import PROMPT

#: CLINICAL §4: until then a diary card is of the evening before.
CLOSES_AT = time(12)


def dated(chart: Chart, sent: Sequence[Any]) -> list[Any]:
    """Give each entry of a day that names none the day of the reminder that it answers.

    What isn't an entry, or can't be placed, is left for whoever checks it. It costs nothing where
    nothing asks for it, and one or two statements however many do.
    """
    asking = {place: name for place, one in enumerate(sent) if (name := _prompt_of(one))}
    if not asking:
        return list(sent)
    days = queries.days_of_prompts(chart=chart, occurrences=set(asking.values()))
    return [
        {**one, "date": day.isoformat()}
        if (day := days.get(asking.get(place, _NOBODY))) is not None
        and _is_open(one, day, chart.day_starts_hour)
        else one
        for place, one in enumerate(sent)
    ]


def _prompt_of(one: Any) -> UUID | None:
    """Read which reminder asked for an entry that is of a day and doesn't name it."""
    if not isinstance(one, Mapping) or one.get("date") is not None:
        return None
    kind, origin = one.get("kind"), one.get("origin")
    if not (isinstance(kind, str) and kind in KINDS and KINDS[kind].is_of_a_day):
        return None
    if not (isinstance(origin, str) and origin.startswith(PROMPT)):
        return None
    try:
        return UUID(origin.removeprefix(PROMPT))
    except ValueError:
        return None


def _is_open(one: Mapping[str, Any], day: date, starts_hour: int) -> bool:
    """Whether the diary of that day was open still, and the entry's own day is no earlier one."""
    try:
        occurred_at, recorded_at = (_read(one, name) for name in ("occurred_at", "recorded_at"))
        zone_name = ZoneName().read(one.get("time_zone")) or zone_told(one)
    except Refused:
        return False
    closes_at = at_local(day + timedelta(days=1), CLOSES_AT, zone_name)
    return local_day(occurred_at, zone_name, starts_hour) >= day and recorded_at < closes_at


def _read(one: Mapping[str, Any], name: str) -> datetime:
    return Instant().read(one.get(name))


_NOBODY = UUID(int=0)
