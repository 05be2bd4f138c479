"""The entries of every kind in the schema, described from the same field lists that read them."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from api.http.openapi import nullable_support_schema
from journaling.entries.edit import IMMUTABLE_FIELDS
from journaling.entries.kinds.field_types import nullable_schema
from journaling.entries.kinds.kind import COMMON_FIELDS, SHARING_LEVELS, EntryKind, Unanswered
from journaling.entries.kinds.registry import KINDS
from journaling.sync.protocol import ENVELOPE_FIELDS

Json = dict[str, Any]

_READ_ONLY: Json = {
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


class KindSerializer(serializers.Serializer[Any]):
    """A kind of entry in the schema; it reads nothing, the kind's own fields do."""

    kind: EntryKind


class EntryKindExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe a kind of entry by its fields."""

    target_class = "api.journal.entry_schema.KindSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Json:
        """Build the JSON Schema of what is sent, or of what is answered."""
        kind: EntryKind = self.target.kind
        ending = self.target.__class__.__name__
        if ending.endswith("Operation"):
            return _operation_schema(kind)
        if ending.endswith("In"):
            return _input_schema(kind)
        return _output_schema(kind, support=nullable_support_schema(auto_schema))


def _input_schema(kind: EntryKind) -> Json:
    fields = COMMON_FIELDS + kind.own_fields
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "const": kind.name},
            **{
                f.name: f.type.schema() if f.required else nullable_schema(f.type.schema())
                for f in fields
            },
        },
        "required": ["kind", *(field.name for field in fields if field.required)],
        "additionalProperties": False,
    }


def _operation_schema(kind: EntryKind) -> Json:
    """Describe the whole entry with its envelope; a deletion needs nothing but the id."""
    entry_schema = _input_schema(kind)
    envelope = {f.name: nullable_schema(f.type.schema()) for f in ENVELOPE_FIELDS}
    return {
        **entry_schema,
        "properties": {**entry_schema["properties"], **envelope},
        "required": ["id", "kind"],
    }


def _output_schema(kind: EntryKind, *, support: Json) -> Json:
    own = kind.own_fields
    properties: Json = {
        "kind": {"type": "string", "const": kind.name},
        **{field.name: field.type.schema() for field in COMMON_FIELDS},
        "share": {"type": "string", "enum": list(SHARING_LEVELS)},
        **{
            f.name: f.type.schema() if f.required else nullable_schema(f.type.schema()) for f in own
        },
        "unanswered": nullable_schema(Unanswered().schema()),
        **kind.derived.schema,
        **_READ_ONLY,
        "support": support,
    }
    # Only the author is shown the number.
    required = sorted(properties.keys() - {"seq"})
    return {"type": "object", "properties": properties, "required": required}


@cache
def _kind_serializers(suffix: str) -> dict[str, Any]:
    return {
        kind.name: type(
            _camel(kind.name) + suffix, (KindSerializer,), {"kind": kind, "__doc__": kind.title}
        )
        for kind in KINDS.values()
    }


def entry_out_serializers() -> list[Any]:
    """Return the output serializers of all kinds, for unions with other serializers."""
    return list(_kind_serializers("Out").values())


def _polymorphic(suffix: str, *, many: bool = False) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=f"Entry{suffix}",
        serializers=_kind_serializers(suffix),
        resource_type_field_name="kind",
        many=many,
    )


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


ENTRY_IN = _polymorphic("In")
ENTRY_OUT = _polymorphic("Out")
OPERATIONS_IN = _polymorphic("Operation", many=True)


@extend_schema_field(_polymorphic("Out", many=True))
class EntryList(serializers.ListField):
    """Entries of every kind."""


class EntriesOut(serializers.Serializer[Any]):
    """A page of entries."""

    results = EntryList()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def _changes_schema() -> Json:
    """Describe what may be changed: any field of the entry's kind, null to take it back."""
    described: dict[str, list[Json]] = {}
    for field in (*COMMON_FIELDS, *(field for kind in KINDS.values() for field in kind.own_fields)):
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


class AuthorOut(serializers.Serializer[Any]):
    """Who made a change."""

    id = serializers.UUIDField()
    role = serializers.CharField()


class FieldChangeOut(serializers.Serializer[Any]):
    """One field before and after; null is an answer that is missing."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class RevisionOut(serializers.Serializer[Any]):
    """One revision of an entry."""

    rev = serializers.IntegerField()
    at = serializers.DateTimeField()
    author = AuthorOut()
    action = serializers.ChoiceField(choices=["created", "changed", "deleted"])
    changes = FieldChangeOut(many=True)


class HistoryOut(serializers.Serializer[Any]):
    """Every revision of an entry, the first one first."""

    results = RevisionOut(many=True)
