"""Entries in the schema of the API: one description of each kind, made from its own fields."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from api.http.answers import Component
from api.http.openapi import nullable_support_schema
from journaling.entries.edit import IMMUTABLE_FIELDS
from journaling.entries.kinds.field_types import JsonSchema, nullable_schema
from journaling.entries.kinds.header import EntryHeader
from journaling.entries.kinds.model import EntryField, EntryValues
from journaling.entries.kinds.registry import KINDS
from journaling.sync.protocol import OperationEnvelope

#: What the server notes of an entry: in answers only, by the names of its attributes.
SERVER_FIELDS: dict[str, JsonSchema] = {
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


class KindSerializer(serializers.Serializer[EntryValues]):
    """A kind of entry in the schema; it reads nothing, the kind's own fields do."""

    kind: type[EntryValues]


class EntryKindExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe a kind of entry by its fields."""

    target_class = "api.journal.entry_schema.KindSerializer"
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
        **SERVER_FIELDS,
        "support": support,
    }
    # Only the author is shown the number.
    required = sorted(properties.keys() - {"seq"})
    return {"type": "object", "properties": properties, "required": required}


@cache
def _kind_serializers(suffix: str) -> dict[str, type[KindSerializer]]:
    return {
        name: type(_camel(name) + suffix, (KindSerializer,), {"kind": kind, "__doc__": kind.title})
        for name, kind in KINDS.items()
    }


def entry_out_serializers() -> list[type[KindSerializer]]:
    """Return the output serializers of all kinds, for unions with other serializers."""
    return list(_kind_serializers("Out").values())


def _polymorphic(suffix: str) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=f"Entry{suffix}",
        serializers={**_kind_serializers(suffix)},
        resource_type_field_name="kind",
    )


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


ENTRY_IN = _polymorphic("In")
ENTRY_OUT = _polymorphic("Out")
OPERATION_IN = _polymorphic("Operation")


#: Entries of every kind, as ``entry_to_json`` makes them.
EntryList = Sequence[Annotated[Mapping[str, object], Component("EntryOut")]]


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
