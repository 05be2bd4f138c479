"""Checking the shape of what a client sent."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from api.refusals import PreconditionFailed, Problem
from backend.kit import clocks
from backend.kit.errors import InvalidInput, fit_to_tell
from backend.kit.zones import UnknownZone, zone
from journaling.kinds.fields import Refused
from journaling.kinds.identity import Instant

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Input(serializers.Serializer[Any]):
    """A body of which every field is known; unknown ones are refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what isn't an object, and fields that nobody reads."""
        if not isinstance(data, Mapping):
            raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(
                {fit_to_tell(name): [serializers.ErrorDetail("No such field.", "unknown_field")]
                 for name in unknown}
            )  # fmt: skip
        return super().to_internal_value(data)


class PlainText(serializers.CharField):
    """Text that is sent as a JSON string; numbers are not read as text."""

    def to_internal_value(self, data: Any) -> str:
        """Take strings only, without NUL or lone surrogates."""
        if not isinstance(data, str):
            self.fail("invalid")
        if any("\ud800" <= char <= "\udfff" for char in data):
            raise serializers.ValidationError(
                "Has characters that are not text.", "invalid_characters"
            )
        return super().to_internal_value(data)


class OneLine(PlainText):
    """A name on one line, with outer spaces removed."""

    def to_internal_value(self, data: Any) -> str:
        """Take what can be printed on one line."""
        name = super().to_internal_value(data)
        if not name.isprintable():
            raise serializers.ValidationError("Must be a name on one line.", "invalid_characters")
        return name


class ZoneField(PlainText):
    """The name of an IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Take a zone that exists."""
        name = super().to_internal_value(data)
        try:
            zone(name)
        except UnknownZone:
            raise serializers.ValidationError(
                "Must be an IANA time zone.", "unknown_zone"
            ) from None
        return name


@extend_schema_field({"type": "string", "pattern": clocks.PATTERN, "examples": ["08:30"]})
class ClockField(PlainText):
    """A wall-clock time such as ``08:30``; ``code`` is what a refusal says of it."""

    def __init__(self, *, code: str = "invalid_time", **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.code = code

    def to_internal_value(self, data: Any) -> Any:
        """Take hours and minutes as two digits each, nothing finer and nothing else."""
        try:
            return clocks.clock_of(super().to_internal_value(data))
        except clocks.NotAClock:
            raise serializers.ValidationError("Must be a time such as 08:30.", self.code) from None


class DayField(serializers.DateField):
    """A calendar day such as ``2026-03-02``; other forms of ISO 8601 are not read as one."""

    def to_internal_value(self, value: Any) -> Any:
        """Take year, month and day only."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class WholeNumber(serializers.IntegerField):
    """A whole number that is sent as a JSON number; text and booleans are not read as one."""

    def to_internal_value(self, data: Any) -> int:
        """Take integers only."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class ChoiceOf(serializers.ChoiceField):
    """One of a few words; what was sent instead is never repeated in the refusal."""

    def to_internal_value(self, data: Any) -> Any:
        """Take strings only, and only those of the list."""
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(
                "Must be one of: " + ", ".join(map(str, self.choices)) + ".", "invalid_choice"
            )
        return data


class IdField(serializers.UUIDField):
    """A UUID that is sent as a JSON string; numbers are not read as one."""

    def to_internal_value(self, data: Any) -> UUID:
        """Take strings only."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class YesNoField(serializers.BooleanField):
    """A JSON boolean; words such as "yes" are not read as one."""

    def to_internal_value(self, data: Any) -> bool:
        """Take booleans only."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class InstantField(serializers.DateTimeField):
    """An RFC 3339 instant with its offset; one without an offset is refused."""

    def to_internal_value(self, value: Any) -> Any:
        """Take what the journal takes as an instant."""
        try:
            return Instant().read(value)
        except Refused as refusal:
            raise serializers.ValidationError(refusal.detail, refusal.code) from None


def checked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Read the body in this shape.

    :raises rest_framework.exceptions.ValidationError: naming every field at fault.
    """
    reader = shape(data=request.data)
    reader.is_valid(raise_exception=True)
    found: dict[str, Any] = reader.validated_data
    return found


def asked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Read the query string in this shape."""
    reader = shape(data=request.query_params.dict())
    reader.is_valid(raise_exception=True)
    found: dict[str, Any] = reader.validated_data
    return found


def sent_rev(request: Request) -> int:
    """Read which revision the caller edits, from ``If-Match: "<rev>"``.

    :raises Problem: 428 without the header, 412 where it names no revision of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        detail = 'Send If-Match with the rev that you read, such as If-Match: "3".'
        raise Problem(status=428, code="precondition_required", detail=detail)
    number = header.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise PreconditionFailed
    return int(number)
