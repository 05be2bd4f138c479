"""Writes of this room."""

from journaling.actions.entries import EntryDiffers, NotTheOwner, record_entry

__all__ = ["EntryDiffers", "NotTheOwner", "record_entry"]
