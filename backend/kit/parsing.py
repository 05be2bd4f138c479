"""Parse what clients send.

Dates, instants, clock times, numbers, ids, list positions and language tags.
Every date of ours lies between 1900 and 2999. Outside of that nothing of a patient's happens, while
the ends of the calendar (the years 1 and 9999) can't be moved to another zone.
"""

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(2999, 12, 31)
#: Before 2000 no phone of ours existed: such a clock can't be placed on a calendar.
EARLIEST_INSTANT, LATEST_INSTANT = (
    datetime(2000, 1, 1, tzinfo=UTC),
    datetime(2999, 12, 31, tzinfo=UTC),
)
#: What a column of ours holds: a revision, and the number of a row.
LARGEST_REV, LARGEST_ROW = 2**31 - 1, 2**63 - 1
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: RFC 3339, and what phones make of it: without seconds, and offsets without their colon.
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)
_INVALID_INSTANT = "Must be a date and time that exists."
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class ParseFailed(ValueError):
    """Something that can't be read; carries a stable code and words, never what was sent."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


def parse_day(text: Any) -> date:
    """Parse a local day, ``YYYY-MM-DD``.

    :raises ParseFailed: ``not_a_date``, or ``out_of_range`` outside of 1900 to 2999.
    """
    try:
        if not isinstance(text, str) or not _DAY.fullmatch(text):
            raise ValueError
        return check_day_range(date.fromisoformat(text))
    except ParseFailed:
        raise
    except ValueError:
        raise ParseFailed("not_a_date", "Must be a date as YYYY-MM-DD.") from None


def check_day_range(day: date) -> date:
    """Return a day that lies within 1900 and 2999.

    :raises ParseFailed: ``out_of_range`` outside of 1900 to 2999.
    """
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        detail = f"Must be a year from {EARLIEST_DAY.year} to {LATEST_DAY.year}."
        raise ParseFailed("out_of_range", detail)
    return day


def parse_instant(text: Any) -> datetime:
    """Parse an instant with its offset, and return it in UTC.

    Seconds may be left out, and the colon of the offset.

    :raises ParseFailed: ``not_an_instant``, or ``out_of_range`` outside of 2000 to 2999.
    """
    try:
        at = _parse_rfc3339(text).astimezone(UTC)
    except OverflowError:
        raise ParseFailed("not_an_instant", _INVALID_INSTANT) from None
    if not EARLIEST_INSTANT <= at <= LATEST_INSTANT:
        detail = f"Must be a year from {EARLIEST_INSTANT.year} to {LATEST_INSTANT.year}."
        raise ParseFailed("out_of_range", detail)
    return at


def parse_instant_with_offset(text: Any) -> datetime:
    """Parse an instant, and return it in the offset that it was written with.

    :raises ParseFailed: as ``parse_instant`` does.
    """
    parse_instant(text)
    return _parse_rfc3339(text)


def _parse_rfc3339(text: Any) -> datetime:
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        detail = "Must be an RFC 3339 date and time with an offset."
        raise ParseFailed("not_an_instant", detail)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ParseFailed("not_an_instant", _INVALID_INSTANT) from None


def parse_uuid(text: Any) -> UUID:
    """Parse an id in its usual 36 characters, in capitals as well.

    :raises ParseFailed: ``not_a_uuid``.
    """
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise ParseFailed("not_a_uuid", "Must be a UUID.")
    return UUID(text)


def parse_count(text: str, *, most: int = LARGEST_REV) -> int | None:
    """Parse a whole number from 0 in plain digits; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    count = int(text)
    return count if count <= most else None


def parse_position(at: Any, row: Any, *, by: type[int] | type[UUID]) -> tuple[datetime, Any]:
    """Parse a position in a list: an instant, and the id of a row among those of that instant.

    :raises ParseFailed: it is no place of any list of ours.
    """
    instant = parse_instant(at)
    if by is UUID:
        return instant, parse_uuid(row)
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row <= LARGEST_ROW:
        raise ParseFailed("not_a_row", "Must be the number of a row.")
    return instant, row


#: As a schema says it.
CLOCK_TIME_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
_CLOCK_TIME = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")


class InvalidClockTime(ValueError):
    """A text that is no time of the day in hours and minutes."""


def parse_clock_time(text: object) -> time:
    """Parse ``HH:MM``, and nothing that merely resembles it.

    Lenient readers take "08.30" for eight o'clock, and drop seconds: a reminder at another time
    than was written is worse than none.

    :raises InvalidClockTime: for anything else.
    """
    match = _CLOCK_TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidClockTime
    return time(int(match[1]), int(match[2]))


def format_clock_minute(minute: int) -> str:
    """Write a minute of the day as ``parse_clock_time`` reads it: "08:30"."""
    return f"{minute // 60:02}:{minute % 60:02}"


#: As many digits as a decimal number keeps on its way through a float.
_SIGNIFICANT_DIGITS = 15


def parse_integer(value: Any) -> int | None:
    """Parse a whole number as JSON Schema has it: 5 and 5.0 are one; None for anything else.

    Booleans, text, fractions and what is not finite are no whole numbers. An integer that no
    column of ours holds comes back as it is: its range is for the caller to judge.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def parse_number(value: Any) -> float | None:
    """Parse a finite number; minus zero is zero, and anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value) + 0.0
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def format_plain_number(value: float | Decimal) -> str:
    """Format a number without an exponent: "6", "6.5", "0.00005", "12345.67"."""
    exact = (
        value if isinstance(value, Decimal) else Decimal(format(value, f".{_SIGNIFICANT_DIGITS}g"))
    )
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


#: As much as RFC 5646 (4.4.1) asks everybody to keep of a tag.
MAX_LANGUAGE_TAG = 35
_LANGUAGE_TAG = re.compile(r"(?:[a-z]{2,8}|[ix](?=-))(?:-[a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE)
_TRAILING_SINGLETON = re.compile(r"(?:-[a-z0-9])+$", re.ASCII | re.IGNORECASE)


def normalize_language_tag(tag: str) -> str | None:
    """Return the language tag as it is stored; None where it is none.

    POSIX and ICU write ``en_US.UTF-8`` and ``en_US@rg=dezzzz``: the language of those is kept. Of a
    longer tag the last subtags go, the least telling ones, as RFC 5646 has it.
    """
    plain = re.split("[.@]", tag.strip(), maxsplit=1)[0].replace("_", "-")
    if not _LANGUAGE_TAG.fullmatch(plain):
        return None
    if len(plain) > MAX_LANGUAGE_TAG:
        whole = plain[: MAX_LANGUAGE_TAG + 1].rpartition("-")[0]
        plain = _TRAILING_SINGLETON.sub("", whole)
    return plain
