"""What a kind of entry is, and the fields that every kind shares.

A field that is missing was not asked. One that was asked and passed over is named in
``unanswered``, with how. A part of a field is named with a dot: ``urges.suicide``.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from backend.kit import parsing
from backend.kit.errors import FieldError
from backend.kit.timezones import (
    MAX_UTC_OFFSET,
    UNKNOWN_ZONE_NAMES,
    UnknownZone,
    canonical_zone_name,
    fixed_offset_name,
)
from journaling.entries.kinds.field_types import (
    Choice,
    EntryField,
    Instant,
    InvalidValue,
    Json,
    Text,
    Uuid,
    YesNo,
    nullable_schema,
)

UNANSWERED_WAYS = ("skipped", "prefer_not_to_say")
#: More questions than any kind of entry asks.
MAX_UNANSWERED = 100
MAX_NOTE_LENGTH = 10_000
SHARING_LEVELS = ("care_team", "individual_therapist_only", "private")
Values = Mapping[str, Json]
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

    def schema(self) -> dict[str, Json]:
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
    """Why the entry was made: by oneself, in a session, or in answer to a reminder."""

    def read(self, value: Json) -> str:
        """Read ``self``, ``in_session`` or ``prompt:`` and the occurrence's id."""
        if isinstance(value, str):
            if value in {"self", "in_session"}:
                return value
            head, _, tail = value.partition(":")
            try:
                if head == "prompt":
                    return f"prompt:{parsing.parse_uuid(tail)}"
            except parsing.ParseFailed:
                pass
        raise InvalidValue("unknown_choice", "Must be self, in_session or prompt:<occurrence id>.")

    def schema(self) -> dict[str, Json]:
        """Describe the origin."""
        return {
            "type": "string",
            "pattern": rf"^(self|in_session|prompt:{_UUID_PATTERN})$",
        }


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
        given = {name: value[name] for name in sorted(value) if value[name] is not None}
        if not all(isinstance(way, str) and way in UNANSWERED_WAYS for way in given.values()):
            raise InvalidValue(
                "unknown_choice", "Must be one of: " + ", ".join(UNANSWERED_WAYS) + "."
            )
        return given or None

    def schema(self) -> dict[str, Json]:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Questions that were put and passed over; a missing field was not put.",
            "additionalProperties": nullable_schema(
                {"type": "string", "enum": list(UNANSWERED_WAYS)}
            ),
            "maxProperties": MAX_UNANSWERED,
        }


COMMON_FIELDS = (
    EntryField("id", Uuid(), required=True),
    EntryField("occurred_at", Instant(), required=True),
    EntryField("recorded_at", Instant(), required=True),
    EntryField("time_zone", ZoneName(), required=True),
    EntryField("share", Choice(SHARING_LEVELS)),
    EntryField("discuss", YesNo()),
    EntryField("origin", Origin()),
    EntryField("unanswered", Unanswered()),
)
NOTE_FIELD = EntryField("note", Text(MAX_NOTE_LENGTH), sealed=True)


def _no_faults(_values: Values) -> list[FieldError]:
    return []


def _no_values(_values: Values) -> dict[str, Json]:
    return {}


@dataclass(frozen=True)
class DerivedValues:
    """Values computed from what was stored, each time it is read; never stored, never sent.

    ``schema`` describes them, by name, as JSON Schema.
    """

    schema: Mapping[str, Mapping[str, Json]]
    of: Callable[[Values], dict[str, Json]]


NO_DERIVED_VALUES = DerivedValues({}, _no_values)


@dataclass(frozen=True)
class EntryKind:
    """One kind of entry: its fields, its checks, how it is described, what it says about safety.

    ``check`` finds facts that contradict each other. ``describe`` puts an entry into a phrase, each
    number with its scale. ``safety_signals`` returns the structured answers that safety rules look
    at (``journaling/safety/rules.py``); an answer that was not given is left out. A kind that
    ``is_daily`` is about the local day in its field ``date``, not about a moment. ``in_order`` puts
    the parts of an answer in the order in which they were asked: a database keeps no order of its
    own within a JSON value.
    """

    name: str
    title: str
    fields: tuple[EntryField, ...]
    check: Callable[[Values], list[FieldError]] = _no_faults
    describe: Callable[[Values], str] | None = None
    safety_signals: Callable[[Values], dict[str, Json]] = _no_values
    derived: DerivedValues = NO_DERIVED_VALUES
    in_order: Callable[[Values], dict[str, Json]] | None = None
    plural: str = ""
    is_daily: bool = False

    @cached_property
    def own_fields(self) -> tuple[EntryField, ...]:
        """List the kind's fields with the note that every kind may carry."""
        has_note = any(field.name == NOTE_FIELD.name for field in self.fields)
        return self.fields if has_note else (*self.fields, NOTE_FIELD)

    @cached_property
    def all_fields(self) -> tuple[EntryField, ...]:
        """List the fields that a phone may send beside the kind's name."""
        return COMMON_FIELDS + self.own_fields

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the name of everything that a phone may send."""
        return frozenset(["kind", *(field.name for field in self.all_fields)])

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Return the names of the fields that have a column of their own."""
        return tuple(field.name for field in self.own_fields if not field.sealed)

    @cached_property
    def sealed(self) -> tuple[str, ...]:
        """Return the names of the fields that are stored encrypted."""
        return tuple(field.name for field in self.own_fields if field.sealed)

    def description(self, values: Values) -> str:
        """Describe an entry of this kind, or return just its title."""
        return self.describe(values) if self.describe is not None else self.title.lower()


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
    values: Mapping[str, Json], *, askable: Collection[str]
) -> list[FieldError]:
    """Find names that no optional field has, and fields that were answered all the same."""
    faults = []
    for name in values.get("unanswered") or ():
        head, _, part = name.partition(".")
        given = values.get(head)
        if head not in askable:
            detail = "This kind of entry has no such question."
            faults.append(FieldError(f"unanswered.{name}", "unknown_field", detail))
        elif given is not None and (not part or (isinstance(given, dict) and part in given)):
            detail = "It was answered in this entry."
            faults.append(FieldError(f"unanswered.{name}", "contradicts", detail))
    return faults
