"""Writes of this room."""

from journaling.actions.bulk import record_drafts
from journaling.actions.edits import (
    EntryChanged,
    NotACraving,
    change_entry,
    delete_entry,
    rate_afterwards,
)
from journaling.actions.entries import (
    DayTaken,
    EntryDeleted,
    EntryDiffers,
    NotTheOwner,
    record_entry,
)
from journaling.actions.reviewing import NotShown, acknowledge, mark_reviewed, open_brief
from journaling.actions.safety import respond

__all__ = [
    "DayTaken",
    "EntryChanged",
    "EntryDeleted",
    "EntryDiffers",
    "NotACraving",
    "NotShown",
    "NotTheOwner",
    "acknowledge",
    "change_entry",
    "delete_entry",
    "mark_reviewed",
    "open_brief",
    "rate_afterwards",
    "record_drafts",
    "record_entry",
    "respond",
]
