"""The entries of every kind in the schema, described from the same field lists that read them."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from api.support import support_or_null
from journaling.actions.edits import FIXED
from journaling.kinds import KINDS
from journaling.kinds.fields import or_null
from journaling.kinds.kind import COMMON, SHARES, Kind
from journaling.kinds.unanswered import Unanswered
from journaling.sync.operations import ENVELOPE

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

    kind: Kind


class DescribeKind(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe a kind of entry by its fields."""

    target_class = "api.entry_schema.KindSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Json:
        """Build the JSON Schema of what is sent, or of what is answered."""
        kind: Kind = self.target.kind
        ending = self.target.__class__.__name__
        if ending.endswith("Operation"):
            return _operation(kind)
        if ending.endswith("In"):
            return _sent(kind)
        return _shown(kind, support=support_or_null(auto_schema))


def _sent(kind: Kind) -> Json:
    fields = COMMON + kind.own_fields
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "const": kind.name},
            **{f.name: f.sort.schema() if f.required else or_null(f.sort.schema()) for f in fields},
        },
        "required": ["kind", *(field.name for field in fields if field.required)],
        "additionalProperties": False,
    }


def _operation(kind: Kind) -> Json:
    """Describe the whole entry with its envelope; a deletion needs nothing but the id."""
    found = _sent(kind)
    envelope = {f.name: or_null(f.sort.schema()) for f in ENVELOPE}
    return {**found, "properties": {**found["properties"], **envelope}, "required": ["id", "kind"]}


def _shown(kind: Kind, *, support: Json) -> Json:
    own = kind.own_fields
    properties: Json = {
        "kind": {"type": "string", "const": kind.name},
        **{field.name: field.sort.schema() for field in COMMON},
        "share": {"type": "string", "enum": list(SHARES)},
        **{f.name: f.sort.schema() if f.required else or_null(f.sort.schema()) for f in own},
        "unanswered": or_null(Unanswered().schema()),
        **kind.derived.schema,
        **_READ_ONLY,
        "support": support,
    }
    # Whoever is not the author is told no number.
    required = sorted(properties.keys() - {"seq"})
    return {"type": "object", "properties": properties, "required": required}


@cache
def _of_kinds(suffix: str) -> dict[str, Any]:
    return {
        kind.name: type(
            _camel(kind.name) + suffix, (KindSerializer,), {"kind": kind, "__doc__": kind.title}
        )
        for kind in KINDS.values()
    }


def kinds_out() -> list[Any]:
    """List how an entry of each kind is answered, for what answers other things as well."""
    return list(_of_kinds("Out").values())


def _polymorphic(suffix: str, *, many: bool = False) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=f"Entry{suffix}",
        serializers=_of_kinds(suffix),
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


def _changes() -> Json:
    """Describe what may be changed: any field of the entry's kind, null to take it back."""
    described: dict[str, list[Json]] = {}
    for field in (*COMMON, *(field for kind in KINDS.values() for field in kind.own_fields)):
        found = described.setdefault(field.name, [])
        if or_null(field.sort.schema()) not in found:
            found.append(or_null(field.sort.schema()))
    return {
        "type": "object",
        "properties": {
            # Where kinds differ, as in how many emotions they take, the kind decides.
            name: found[0] if len(found) == 1 else {"description": "As the entry's kind has it."}
            for name, found in described.items()
            if name not in FIXED
        },
        "additionalProperties": False,
    }


CHANGES_IN = {"application/json": _changes()}


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
