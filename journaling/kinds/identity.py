"""Sorts of value that identify or date an entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.kit import parsing
from backend.kit.zones import FURTHEST, NAMELESS, UnknownZone, fixed, kept
from journaling.kinds.fields import Json, Refused

_UUID_PATTERN = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"


@dataclass(frozen=True, slots=True)
class Uuid:
    """A UUID in its usual 36 characters."""

    def read(self, value: Json) -> UUID:
        """Take the textual form, upper or lower case."""
        try:
            return parsing.uuid(value)
        except parsing.Unreadable as fault:
            raise Refused(fault.code, fault.detail) from None

    def schema(self) -> dict[str, Json]:
        """Describe the id."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, slots=True)
class Instant:
    """An RFC 3339 instant with its offset."""

    def read(self, value: Json) -> datetime:
        """Take an instant; one without an offset is refused, since nobody could place it."""
        try:
            return parsing.instant(value)
        except parsing.Unreadable as fault:
            raise Refused(fault.code, fault.detail) from None

    def schema(self) -> dict[str, Json]:
        """Describe the instant."""
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The name of an IANA time zone, or what a phone says that knows its offset alone."""

    def read(self, value: Json) -> str:
        """Take a zone that exists, a fixed offset, or that the phone knows none (empty)."""
        name = value if isinstance(value, str) else "-"  # which is no zone
        if name in NAMELESS:
            return ""
        try:
            return kept(name)
        except UnknownZone:
            raise Refused("unknown_zone", "Must be an IANA time zone.") from None

    def schema(self) -> dict[str, Json]:
        """Describe the zone."""
        return {
            "type": "string",
            "maxLength": 64,
            "examples": ["America/Chicago"],
            "description": "An IANA time zone. Of a phone that names none (`GMT+02:00`, empty) the "
            "offset is kept: `zone_suspect` says so.",
        }


def zone_told(sent: Mapping[str, Json]) -> str:
    """Name the zone of an entry whose phone knows none: the offset of its own instant."""
    try:
        offset = parsing.placed(sent.get("occurred_at")).utcoffset()
    except parsing.Unreadable:  # which is told of that field
        offset = None
    return fixed(offset if offset is not None and abs(offset) <= FURTHEST else timedelta())


@dataclass(frozen=True, slots=True)
class Origin:
    """Why the entry was made: by oneself, in a session, or in answer to a reminder."""

    def read(self, value: Json) -> str:
        """Take ``self``, ``in_session`` or ``prompt:`` and the occurrence's id."""
        if isinstance(value, str):
            if value in {"self", "in_session"}:
                return value
            head, _, tail = value.partition(":")
            try:
                if head == "prompt":
                    return f"prompt:{parsing.uuid(tail)}"
            except parsing.Unreadable:
                pass
        raise Refused("unknown_choice", "Must be self, in_session or prompt:<occurrence id>.")

    def schema(self) -> dict[str, Json]:
        """Describe the origin."""
        return {
            "type": "string",
            "pattern": rf"^(self|in_session|prompt:{_UUID_PATTERN})$",
        }
