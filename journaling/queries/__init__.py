"""Reads of this room."""

from journaling.queries.entries import (
    NoSuchEntry,
    entries_between,
    entries_page,
    entry_of,
)

__all__ = ["NoSuchEntry", "entries_between", "entries_page", "entry_of"]
