"""What every entry has beside its answers: who, when, where, for whom, and what was passed over.

A field that is missing was not asked. One that was asked and passed over is named in
``unanswered``, with how. A part of a field is named with a dot: ``urges.suicide``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated
from uuid import UUID

from backend.kit import parsing
from backend.kit.errors import FieldError
from backend.kit.strict_json import Json
from backend.kit.timezones import (
    MAX_UTC_OFFSET,
    UNKNOWN_ZONE_NAMES,
    UnknownZone,
    canonical_zone_name,
    fixed_offset_name,
)
from journaling.entries.kinds.field_types import (
    Choice,
    Instant,
    InvalidValue,
    JsonSchema,
    Uuid,
    YesNo,
    nullable_schema,
)
from journaling.entries.kinds.model import EntryModel, EntryValues, entry_model

UNANSWERED_WAYS = ("skipped", "prefer_not_to_say")
#: More questions than any kind of entry asks.
MAX_UNANSWERED = 100
SHARING_LEVELS = ("care_team", "individual_therapist_only", "private")
#: How the origin of a practice begins that was done from a situation plan; the plan's id follows.
PLAN_PREFIX = "plan:"
_QUESTION_NAME = re.compile(r"[a-z_]{1,40}(\.[^\x00-\x1f.\ud800-\udfff]{1,60})?")
_UUID_PATTERN = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The name of an IANA time zone, or what a phone says that knows its offset alone."""

    def read(self, value: Json) -> str:
        """Read a zone that exists, a fixed offset, or that the phone knows none (empty)."""
        name = value if isinstance(value, str) else "-"  # which is no zone
        if name in UNKNOWN_ZONE_NAMES:
            return ""
        try:
            return canonical_zone_name(name)
        except UnknownZone:
            raise InvalidValue("unknown_zone", "Must be an IANA time zone.") from None

    def schema(self) -> JsonSchema:
        """Describe the zone."""
        return {
            "type": "string",
            "maxLength": 64,
            "examples": ["America/Chicago"],
            "description": "An IANA time zone. Of a phone that names none (`GMT+02:00`, empty) the "
            "offset is kept: `zone_suspect` says so.",
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """Why the entry was made: by oneself, in a session, for a reminder or by a situation plan."""

    def read(self, value: Json) -> str:
        """Read ``self``, ``in_session``, or ``prompt:`` or ``plan:`` and an id."""
        if isinstance(value, str):
            if value in {"self", "in_session"}:
                return value
            head, _, tail = value.partition(":")
            try:
                if head in {"prompt", "plan"}:
                    return f"{head}:{parsing.parse_uuid(tail)}"
            except parsing.ParseFailed:
                pass
        raise InvalidValue(
            "unknown_choice",
            "Must be self, in_session, prompt:<occurrence id> or plan:<situation plan id>.",
        )

    def schema(self) -> JsonSchema:
        """Describe the origin."""
        return {
            "type": "string",
            "pattern": rf"^(self|in_session|(prompt|plan):{_UUID_PATTERN})$",
        }


def plan_of_origin(origin: str) -> UUID | None:
    """Return the id of the situation plan that an origin names, or None."""
    return UUID(origin.removeprefix(PLAN_PREFIX)) if origin.startswith(PLAN_PREFIX) else None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Names of questions, each with how it was passed over."""

    def read(self, value: Json) -> dict[str, str] | None:
        """Read an object of names and ways; an empty one says nothing."""
        if not isinstance(value, dict):
            raise InvalidValue(
                "not_an_object", "Must be an object of fields and how they were left."
            )
        if len(value) > MAX_UNANSWERED:
            raise InvalidValue("too_many", f"At most {MAX_UNANSWERED}.")
        if not all(_QUESTION_NAME.fullmatch(name) for name in value):
            raise InvalidValue("unknown_field", "Names must be fields of this kind of entry.")
        given = {name: way for name in sorted(value) if (way := value[name]) is not None}
        ways = {
            name: way
            for name, way in given.items()
            if isinstance(way, str) and way in UNANSWERED_WAYS
        }
        if len(ways) < len(given):
            raise InvalidValue(
                "unknown_choice", "Must be one of: " + ", ".join(UNANSWERED_WAYS) + "."
            )
        return ways or None

    def schema(self) -> JsonSchema:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Questions that were put and passed over; a missing field was not put.",
            "additionalProperties": nullable_schema(
                {"type": "string", "enum": list(UNANSWERED_WAYS)}
            ),
            "maxProperties": MAX_UNANSWERED,
        }


@entry_model
class EntryHeader(EntryModel):
    """What a phone sends with the answers of every kind."""

    id: Annotated[UUID, Uuid()]
    occurred_at: Annotated[datetime, Instant()]
    recorded_at: Annotated[datetime, Instant()]
    time_zone: Annotated[str, ZoneName()]
    share: Annotated[str | None, Choice(SHARING_LEVELS)] = None
    discuss: Annotated[bool | None, YesNo()] = None
    origin: Annotated[str | None, Origin()] = None
    unanswered: Annotated[dict[str, str] | None, Unanswered()] = None


@cache
def accepted_names(own_names: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the name of everything that a phone may send beside a kind's own names."""
    return frozenset(["kind", *EntryHeader.names, *own_names])


def zone_of_offset(sent: Mapping[str, Json]) -> str:
    """Return the zone of an entry whose phone knows none: the offset of its own instant."""
    try:
        offset = parsing.parse_instant_with_offset(sent.get("occurred_at")).utcoffset()
    except parsing.ParseFailed:  # which is told of that field
        offset = None
    return fixed_offset_name(
        offset if offset is not None and abs(offset) <= MAX_UTC_OFFSET else timedelta()
    )


def unanswered_contradictions(
    unanswered: Mapping[str, str], values: EntryValues
) -> list[FieldError]:
    """Find names that no optional field has, and fields that were answered all the same.

    What can be passed over is an optional field, or a part of one that is made of parts.
    """
    answers = values.by_name()
    askable = {
        field.name
        for field in values.fields
        if not field.required or isinstance(answers[field.name], dict)
    }
    faults = []
    for name in unanswered:
        head, _, part = name.partition(".")
        given = answers.get(head)
        if head not in askable:
            detail = "This kind of entry has no such question."
            faults.append(FieldError(f"unanswered.{name}", "unknown_field", detail))
        elif given is not None and (not part or (isinstance(given, dict) and part in given)):
            detail = "It was answered in this entry."
            faults.append(FieldError(f"unanswered.{name}", "contradicts", detail))
    return faults
