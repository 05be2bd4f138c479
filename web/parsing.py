"""Reading what a page's address or form says; what can't be read counts as not said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.kit import parsing, strict_json


def day(text: str) -> date | None:
    """Read a day of our calendar."""
    try:
        return parsing.day(text)
    except parsing.Unreadable:
        return None


def rev(text: str) -> int:
    """Read which revision a page showed; 0 is none."""
    return parsing.counted(text) or 0


def position(text: str, *, by: type[int] | type[UUID]) -> tuple[datetime, Any] | None:
    """Read where a page of a list begins, as ``place`` wrote it."""
    at, _, row = text.partition("~")
    try:
        return parsing.place(at, row if by is UUID else _number(row), by=by)
    except parsing.Unreadable:
        return None


def place(at: datetime, row: int | UUID) -> str:
    """Write where a page of a list begins."""
    return f"{at.isoformat()}~{row}"


def uuid(text: str) -> UUID | None:
    """Read an id."""
    try:
        return parsing.uuid(text)
    except parsing.Unreadable:
        return None


def document(text: str) -> dict[str, Any] | None:
    """Read a JSON object that a script of ours put into a form."""
    try:
        found = strict_json.parse(text.encode("utf-8", "replace"))
    except strict_json.NotStrict:
        return None
    return found if isinstance(found, dict) else None


def _number(text: str) -> int | None:
    return parsing.counted(text, most=parsing.LARGEST_ROW)
