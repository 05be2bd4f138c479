"""The tables of this room."""

from journaling.models.entries import Entry, Journal
from journaling.models.openings import BriefOpening
from journaling.models.revisions import EntryRevision

__all__ = ["BriefOpening", "Entry", "EntryRevision", "Journal"]
