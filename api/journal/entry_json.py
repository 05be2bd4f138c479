"""Entries in JSON and in the schema: one description of each, made from the kinds' own fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Self
from uuid import UUID

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from api.http.answers import Component, Page
from api.http.fields import OneOf
from api.http.openapi import nullable_support_schema
from api.http.support_answer import SupportOut
from backend.kit.timezones import get_zone
from journaling.entries.edit import IMMUTABLE_FIELDS
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.field_types import JsonSchema, nullable_schema
from journaling.entries.kinds.header import EntryHeader
from journaling.entries.kinds.model import (
    EntryField,
    EntryValues,
    getter_of,
)
from journaling.entries.kinds.registry import KINDS
from journaling.entries.read import RevisionChange
from journaling.safety.support import Support
from journaling.sync.protocol import OperationEnvelope

#: What the server notes of an entry: in answers only, by the names of its attributes.
_SERVER_FIELDS: dict[str, JsonSchema] = {
    "rev": {"type": "integer"},
    "seq": {"type": "integer", "description": "Its place in the journal; told to its author."},
    "received_at": {"type": "string", "format": "date-time"},
    "recall": {"type": "string", "enum": ["momentary", "same_day", "recalled"]},
    "local_date": {"type": "string", "format": "date"},
    "clock_suspect": {"type": "boolean"},
    "zone_suspect": {
        "type": "boolean",
        "description": "The phone named no place, only an offset: clock changes are not known.",
    },
    "reviewed_at": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When a clinician marked it as read before a session, as it stands.",
    },
    "acknowledged_at": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When somebody of the care team said: let's talk about this.",
    },
}
_get_server_values = getter_of(tuple(_SERVER_FIELDS))


def entry_to_json(entry: EntryValue, *, support: Support | None = None) -> dict[str, object]:
    """Return an entry as JSON: common fields, those of its kind, and what the server derived.

    ``support`` is in the answer to a save only.
    """
    derived = entry.values.derived()
    return {
        "id": entry.id,
        "kind": entry.kind,
        # With the offset of the entry's own zone: the wall clock is clinical data.
        "occurred_at": entry.occurred_at.astimezone(get_zone(entry.time_zone)).isoformat(),
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values.by_name(),
        **(derived.by_name() if derived else {}),
        **dict(zip(_SERVER_FIELDS, _get_server_values(entry))),  # noqa: B905 # as many, and hot
        "support": SupportOut.of(support) if support is not None else None,
    }


def entry_to_json_for_staff(entry: EntryValue) -> dict[str, object]:
    """Return an entry as JSON for others than its author, without ``seq``.

    ``seq`` counts private entries as well: its gaps would disclose how many there are.
    """
    return {name: value for name, value in entry_to_json(entry).items() if name != "seq"}


class KindSerializer(serializers.Serializer[Any]):
    """A kind of entry in the schema; it reads nothing, the kind's own fields do."""

    kind: type[EntryValues]


class EntryKindExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe a kind of entry by its fields."""

    target_class = "api.journal.entry_json.KindSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        """Build the JSON Schema of what is sent, or of what is answered."""
        kind: type[EntryValues] = self.target.kind
        ending = self.target.__class__.__name__
        if ending.endswith("Operation"):
            return _operation_schema(kind)
        if ending.endswith("In"):
            return _input_schema(kind)
        return _output_schema(kind, support=nullable_support_schema(auto_schema))


def _described(fields: Iterable[EntryField]) -> JsonSchema:
    """Describe fields by name; what is not required may be null."""
    return {
        field.name: field.type.schema() if field.required else nullable_schema(field.type.schema())
        for field in fields
    }


def _input_schema(kind: type[EntryValues]) -> JsonSchema:
    fields = (*EntryHeader.fields, *kind.fields)
    return {
        "type": "object",
        "properties": {"kind": {"type": "string", "const": kind.kind}, **_described(fields)},
        "required": ["kind", *(field.name for field in fields if field.required)],
        "additionalProperties": False,
    }


def _operation_schema(kind: type[EntryValues]) -> JsonSchema:
    """Describe the whole entry with its envelope; a deletion needs nothing but the id."""
    entry_schema = _input_schema(kind)
    return {
        **entry_schema,
        "properties": {**entry_schema["properties"], **_described(OperationEnvelope.fields)},
        "required": ["id", "kind"],
    }


def _output_schema(kind: type[EntryValues], *, support: JsonSchema) -> JsonSchema:
    common = {field.name: field.type.schema() for field in EntryHeader.fields}
    properties: JsonSchema = {
        "kind": {"type": "string", "const": kind.kind},
        **common,
        **_described(kind.fields),
        "unanswered": nullable_schema(common["unanswered"]),
        **kind.derived_type.schema(),
        **_SERVER_FIELDS,
        "support": support,
    }
    # Only the author is shown the number.
    required = sorted(properties.keys() - {"seq"})
    return {"type": "object", "properties": properties, "required": required}


@cache
def _kind_serializers(suffix: str) -> dict[str, Any]:
    return {
        name: type(_camel(name) + suffix, (KindSerializer,), {"kind": kind, "__doc__": kind.title})
        for name, kind in KINDS.items()
    }


def entry_out_serializers() -> list[Any]:
    """Return the output serializers of all kinds, for unions with other serializers."""
    return list(_kind_serializers("Out").values())


def _polymorphic(suffix: str) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=f"Entry{suffix}",
        serializers=_kind_serializers(suffix),
        resource_type_field_name="kind",
    )


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


ENTRY_IN = _polymorphic("In")
ENTRY_OUT = _polymorphic("Out")
OPERATION_IN = _polymorphic("Operation")


#: Entries of every kind, as ``entry_to_json`` makes them.
EntryList = Sequence[Annotated[Mapping[str, object], Component("EntryOut")]]


@dataclass(frozen=True, slots=True)
class EntriesOut(Page):
    """A page of entries."""

    results: EntryList


def _changes_schema() -> JsonSchema:
    """Describe what may be changed: any field of the entry's kind, null to take it back."""
    described: dict[str, list[JsonSchema]] = {}
    for field in (*EntryHeader.fields, *(f for kind in KINDS.values() for f in kind.fields)):
        schemas = described.setdefault(field.name, [])
        if nullable_schema(field.type.schema()) not in schemas:
            schemas.append(nullable_schema(field.type.schema()))
    return {
        "type": "object",
        "properties": {
            # Where kinds differ, as in how many emotions they take, the kind decides.
            name: schemas[0]
            if len(schemas) == 1
            else {"description": "As the entry's kind has it."}
            for name, schemas in described.items()
            if name not in IMMUTABLE_FIELDS
        },
        "additionalProperties": False,
    }


CHANGES_IN = {"application/json": _changes_schema()}


@dataclass(frozen=True, slots=True)
class AuthorOut:
    """Who made a change."""

    id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class FieldChangeOut:
    """One field before and after; null is an answer that is missing."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class RevisionOut:
    """One revision of an entry."""

    rev: int
    at: datetime
    author: AuthorOut
    action: Annotated[str, OneOf(["created", "changed", "deleted"])]
    changes: Sequence[FieldChangeOut]

    @classmethod
    def of(cls, revision: RevisionChange) -> Self:
        """Show a revision."""
        return cls(
            rev=revision.rev,
            at=revision.at,
            author=AuthorOut(revision.author_id, revision.author_role),
            action=revision.action,
            changes=[
                FieldChangeOut(change.field, change.before, change.after)
                for change in revision.changes
            ],
        )


@dataclass(frozen=True, slots=True)
class HistoryOut:
    """Every revision of an entry, the first one first."""

    results: Sequence[RevisionOut]
