"""The exchange with a phone that was offline, in the schema."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from api.entry_schema import OPERATIONS_IN, kinds_out
from api.schema import ErrorOut
from api.support import SupportOut
from journaling.sync.book import STATUSES
from journaling.sync.operations import MOST


class TombstoneOut(serializers.Serializer[Any]):
    """What is left of a deleted entry."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    rev = serializers.IntegerField()
    seq = serializers.IntegerField()
    deleted = serializers.BooleanField(help_text="Always true.")


def _changes(*, many: bool) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name="Change",
        serializers=[*kinds_out(), TombstoneOut],
        resource_type_field_name=None,
        many=many,
    )


@extend_schema_field(_changes(many=True))
class ChangeList(serializers.ListField):
    """Entries and tombstones in the order of their numbers."""


@extend_schema_field(_changes(many=False))
class ServersCopy(serializers.DictField):
    """What stands in the way of an operation."""


class SyncResultOut(serializers.Serializer[Any]):
    """What became of one operation."""

    id = serializers.UUIDField(allow_null=True, help_text="Null where none could be read.")
    status = serializers.ChoiceField(choices=STATUSES)
    rev = serializers.IntegerField(required=False)
    seq = serializers.IntegerField(required=False)
    server = ServersCopy(required=False)
    errors = ErrorOut(many=True, required=False)  # type: ignore[assignment] # the contract's name


class SyncOut(serializers.Serializer[Any]):
    """What became of each operation, and what the phone has not read yet."""

    results = SyncResultOut(many=True)
    changes = ChangeList()
    cursor = serializers.CharField()
    more = serializers.BooleanField()
    support = SupportOut(allow_null=True)


@extend_schema_field(OPERATIONS_IN)
class OperationList(serializers.ListField):
    """What was done offline, in order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST, **kwargs)


class SyncIn(serializers.Serializer[Any]):
    """How far the phone has read, and what was done on it."""

    cursor = serializers.CharField(allow_null=True, required=False)
    ops = OperationList(required=False)
