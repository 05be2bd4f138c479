"""Reads of this room."""

from journaling.queries.caseload import Case, caseload
from journaling.queries.days import entries_of_day, numbers_of_days
from journaling.queries.entries import (
    NoSuchEntry,
    entries_between,
    entries_page,
    entry_of,
)
from journaling.queries.history import Change, history_of
from journaling.queries.openings import opened_at_of

__all__ = [
    "Case",
    "Change",
    "NoSuchEntry",
    "caseload",
    "entries_between",
    "entries_of_day",
    "entries_page",
    "entry_of",
    "history_of",
    "numbers_of_days",
    "opened_at_of",
]
