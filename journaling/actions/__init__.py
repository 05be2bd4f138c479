"""Writes of this room."""

from journaling.actions.bulk import record_drafts
from journaling.actions.entries import DayTaken, EntryDiffers, NotTheOwner, record_entry

__all__ = ["DayTaken", "EntryDiffers", "NotTheOwner", "record_drafts", "record_entry"]
