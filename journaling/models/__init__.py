"""The tables of this room."""

from journaling.models.entries import Entry, Journal
from journaling.models.revisions import EntryRevision

__all__ = ["Entry", "EntryRevision", "Journal"]
