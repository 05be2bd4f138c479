"""Sorts of value that identify or date an entry."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from backend.kit.zones import UnknownZone, zone
from journaling.kinds.fields import Json, Refused

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
)
#: Before this no phone of ours existed: such a clock can't be placed on a calendar.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Uuid:
    """A UUID in its usual 36 characters."""

    def read(self, value: Json) -> UUID:
        """Take the textual form, upper or lower case."""
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            raise Refused("not_a_uuid", "Must be a UUID.")
        return UUID(value)

    def schema(self) -> dict[str, Json]:
        """Describe the id."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, slots=True)
class Instant:
    """An RFC 3339 instant with its offset."""

    def read(self, value: Json) -> datetime:
        """Take an instant; one without an offset is refused, since nobody could place it."""
        if not isinstance(value, str) or not _RFC3339.fullmatch(value):
            raise Refused("not_an_instant", "Must be an RFC 3339 date and time with an offset.")
        try:
            at = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refused("not_an_instant", "Must be a date and time that exists.") from None
        if not EARLIEST <= at <= LATEST:
            raise Refused("out_of_range", "Must be a year from 2000.")
        return at

    def schema(self) -> dict[str, Json]:
        """Describe the instant."""
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The name of an IANA time zone."""

    def read(self, value: Json) -> str:
        """Take a zone that exists."""
        try:
            zone(value if isinstance(value, str) else "")
        except UnknownZone:
            raise Refused("unknown_zone", "Must be an IANA time zone.") from None
        return str(value)

    def schema(self) -> dict[str, Json]:
        """Describe the zone."""
        return {"type": "string", "maxLength": 64, "examples": ["America/Chicago"]}


@dataclass(frozen=True, slots=True)
class Origin:
    """Why the entry was made: by oneself, in a session, or in answer to a reminder."""

    def read(self, value: Json) -> str:
        """Take ``self``, ``in_session`` or ``prompt:`` and the occurrence's id."""
        if isinstance(value, str):
            if value in {"self", "in_session"}:
                return value
            head, _, tail = value.partition(":")
            if head == "prompt" and _UUID.fullmatch(tail):
                return f"prompt:{tail.lower()}"
        raise Refused("unknown_choice", "Must be self, in_session or prompt:<occurrence id>.")

    def schema(self) -> dict[str, Json]:
        """Describe the origin."""
        return {
            "type": "string",
            "pattern": rf"^(self|in_session|prompt:{_UUID.pattern})$",
        }
