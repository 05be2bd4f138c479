"""The tables of this room."""

from journaling.models.entries import Entry, Journal

__all__ = ["Entry", "Journal"]
