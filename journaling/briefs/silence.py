"""Read what a brief says of days without an entry, and how far reminders came on them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from journaling.briefs.facts import ReminderCounts, Window, days_through
from journaling.entries.entry import EntryValue
from journaling.entries.read import entries_shared_at
from journaling.insights.silence import (
    Reached,
    Silence,
    has_enough_days,
    present_silence,
    reached_by_day,
    weekday_silence,
)
from journaling.insights.thresholds import MIN_SILENT_DAYS, SILENCE_WEEKS
from journaling.models import Entry


def read_silence(
    *, chart: Chart, window: Window, entries: Iterable[EntryValue], reminders: ReminderCounts,
    enrolled_at: datetime | None,
) -> Silence:  # fmt: skip
    """Look for silence in the weeks before the window's end, of days that are over.

    ``entries`` are those of the brief. Only where they leave something to be found are the days of
    all weeks read, by one statement more. What is shared with others only is silence to the reader,
    but a reminder that was answered by it is not.
    """
    reached = reached_by_day(reminders.traces, window.calendar)
    days = _days_looked_at(window, enrolled_at, reached)
    shown = [day for day in days if reached.get(day) == Reached.SHOWN]
    known = {
        entry.local_date
        for entry in entries
        if entry.timeline_at >= window.since or entry.received_at < window.until
    }
    is_silent = not any(day in known for day in days[-MIN_SILENT_DAYS:])
    if not days or not (is_silent or has_enough_days(shown)):
        return Silence()
    logged = known | _days_logged(chart, window, days) | _days_answered(reminders, window)
    return Silence(
        weekday_silence(shown, logged=logged),
        present_silence(days, first=window.first_day, logged=logged, reached=reached),
    )


def _days_looked_at(
    window: Window, enrolled_at: datetime | None, reached: Mapping[date, Reached]
) -> Sequence[date]:
    """List the days of the last weeks that are over, from the patient's first whole day here."""
    first = min([window.first_day, *reached])
    if enrolled_at is not None:
        first = window.calendar.day_of(enrolled_at) + timedelta(days=1)
    earliest = window.today - timedelta(weeks=SILENCE_WEEKS)
    return days_through(max(first, earliest), window.today - timedelta(days=1))


def _days_answered(reminders: ReminderCounts, window: Window) -> set[date]:
    answers = (trace.answered_at for trace in reminders.traces)
    return {window.calendar.day_of(at) for at in answers if at is not None}


def _days_logged(chart: Chart, window: Window, days: Sequence[date]) -> set[date]:
    rows = _days_query(chart.visible_levels).all(
        patient_id=chart.patient_id, since=window.calendar.start_of(days[0]), until=window.until
    )
    return {day for (day,) in rows}


@lru_cache(maxsize=16)
def _days_query(sharing_levels: frozenset[str] | None) -> CompiledQuery:
    def build(*, patient_id: UUID, since: datetime, until: datetime) -> Any:
        rows = entries_shared_at(patient_id, sharing_levels)
        # What had not arrived by then is left to the next brief.
        within = rows.filter(timeline_at__gte=since, timeline_at__lt=until, received_at__lt=until)
        return within.values_list("local_date").distinct()

    at = Entry._meta.get_field("occurred_at")
    return CompiledQuery(build, patient_id=Entry._meta.get_field("patient"), since=at, until=at)
