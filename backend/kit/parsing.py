"""Reading what strangers write: dates, instants, whole numbers and places in lists.

Every date of ours lies between 1900 and 2999. Outside of that nothing of a patient's happens, while
the ends of the calendar (the years 1 and 9999) can't be moved to another zone.
"""

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(2999, 12, 31)
#: Before 2000 no phone of ours existed: such a clock can't be placed on a calendar.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
#: What a column of ours holds: a revision, and the number of a row.
LARGEST_REV, LARGEST_ROW = 2**31 - 1, 2**63 - 1
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: RFC 3339, and what phones make of it: without seconds, and offsets without their colon.
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)
_NO_INSTANT = "Must be a date and time that exists."
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class Unreadable(ValueError):
    """Something that can't be read; carries a stable code and words, never what was sent."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


def day(text: Any) -> date:
    """Read a local day as ``YYYY-MM-DD``.

    :raises Unreadable: ``not_a_date``, or ``out_of_range`` outside of 1900 to 2999.
    """
    try:
        if not isinstance(text, str) or not _DAY.fullmatch(text):
            raise ValueError
        return possible_day(date.fromisoformat(text))
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("not_a_date", "Must be a date as YYYY-MM-DD.") from None


def possible_day(found: date) -> date:
    """Give back a day that a patient, or a plan of ours, can have.

    :raises Unreadable: ``out_of_range`` outside of 1900 to 2999.
    """
    if not EARLIEST_DAY <= found <= LATEST_DAY:
        detail = f"Must be a year from {EARLIEST_DAY.year} to {LATEST_DAY.year}."
        raise Unreadable("out_of_range", detail)
    return found


def instant(text: Any) -> datetime:
    """Read an instant with its offset, and give it as UTC.

    Seconds may be left out, and the colon of the offset.

    :raises Unreadable: ``not_an_instant``, or ``out_of_range`` outside of 2000 to 2999.
    """
    try:
        at = _written(text).astimezone(UTC)
    except OverflowError:
        raise Unreadable("not_an_instant", _NO_INSTANT) from None
    if not EARLIEST <= at <= LATEST:
        detail = f"Must be a year from {EARLIEST.year} to {LATEST.year}."
        raise Unreadable("out_of_range", detail)
    return at


def placed(text: Any) -> datetime:
    """Read an instant in the offset that it was written with.

    :raises Unreadable: as ``instant`` does.
    """
    instant(text)
    return _written(text)


def _written(text: Any) -> datetime:
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        detail = "Must be an RFC 3339 date and time with an offset."
        raise Unreadable("not_an_instant", detail)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise Unreadable("not_an_instant", _NO_INSTANT) from None


def uuid(text: Any) -> UUID:
    """Read an id in its usual 36 characters, in capitals as well.

    :raises Unreadable: ``not_a_uuid``.
    """
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise Unreadable("not_a_uuid", "Must be a UUID.")
    return UUID(text)


def counted(text: str, *, most: int = LARGEST_REV) -> int | None:
    """Read a whole number from 0 that is written in plain digits; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    found = int(text)
    return found if found <= most else None


def place(at: Any, row: Any, *, by: type[int] | type[UUID]) -> tuple[datetime, Any]:
    """Read a place in a list: an instant, and the row that stands there among equals.

    :raises Unreadable: it is no place of any list of ours.
    """
    found = instant(at)
    if by is UUID:
        return found, uuid(row)
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row <= LARGEST_ROW:
        raise Unreadable("not_a_row", "Must be the number of a row.")
    return found, row
