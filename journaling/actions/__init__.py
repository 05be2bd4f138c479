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
from journaling.actions.forgetting import forget_deleted
from journaling.actions.reviewing import NotShown, acknowledge, mark_reviewed, open_brief
from journaling.actions.safety import respond
from journaling.actions.sync import CursorGone, Exchange, exchange

__all__ = [
    "CursorGone",
    "DayTaken",
    "EntryChanged",
    "EntryDeleted",
    "EntryDiffers",
    "Exchange",
    "NotACraving",
    "NotShown",
    "NotTheOwner",
    "acknowledge",
    "change_entry",
    "delete_entry",
    "exchange",
    "forget_deleted",
    "mark_reviewed",
    "open_brief",
    "rate_afterwards",
    "record_drafts",
    "record_entry",
    "respond",
]
