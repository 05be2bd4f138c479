"""Serializer fields and helpers that validate request bodies and query strings."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from backend.kit import parsing, text
from backend.kit.errors import MAX_ERRORS, InvalidInput, safe_field_name
from backend.kit.parsing import parse_integer
from backend.kit.timezones import UNKNOWN_ZONE_NAMES, UnknownZone, canonical_zone_name
from care.models.people import normalize_password

#: More than anybody types as one secret, in any spelling.
MAX_SECRET_LENGTH = 1_024


class StrictInput(serializers.Serializer[Any]):
    """Serializer that rejects unknown fields."""

    def to_internal_value(self, data: Any) -> Any:
        """Reject what isn't an object, and unknown fields."""
        if not isinstance(data, Mapping):
            raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(
                {safe_field_name(name): [serializers.ErrorDetail("No such field.", "unknown_field")]
                 for name in unknown[:MAX_ERRORS]}
            )  # fmt: skip
        is_change = bool(self.context.get("is_change"))
        return super().to_internal_value(
            data if is_change else _without_optional_nulls(self.fields, data)
        )


def _without_optional_nulls(
    fields: Mapping[str, serializers.Field[Any, Any, Any, Any]], data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body without optional fields that are null: phones send an empty field either way.

    Not used for changes: there null would clear what can't be cleared.
    """
    return {
        name: value
        for name, value in data.items()
        if value is not None or fields[name].required or fields[name].allow_null
    }


class StringField(serializers.CharField):
    """Text that is sent as a JSON string; numbers are not read as text."""

    def to_internal_value(self, data: Any) -> str:
        """Take strings only, without NUL or lone surrogates."""
        if not isinstance(data, str):
            self.fail("invalid")
        if any("\ud800" <= char <= "\udfff" for char in data):
            raise serializers.ValidationError(
                "Has characters that are not text.", "invalid_characters"
            )
        if not self.allow_blank and text.is_blank(data):
            self.fail("blank")
        return super().to_internal_value(data)


class OneLineField(StringField):
    """A name on one line, with outer spaces removed."""

    def to_internal_value(self, data: Any) -> str:
        """Take what can stand on one line as it was typed."""
        name = super().to_internal_value(data)
        if not text.is_one_line(name):
            raise serializers.ValidationError(text.NOT_ONE_LINE, "invalid_characters")
        return name


class SecretField(StringField):
    """A password or a code as it was typed, in the spelling that it is compared in."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        # Composed and decomposed spellings differ in length: the composed one is measured.
        self.longest = max_length
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return it in the normalized spelling."""
        if isinstance(data, str) and len(data) > MAX_SECRET_LENGTH:
            self.fail("max_length", max_length=self.longest)
        typed = normalize_password(super().to_internal_value(data))
        if len(typed) > self.longest:
            raise serializers.ValidationError(f"At most {self.longest} characters.", "max_length")
        return typed


class ZoneField(StringField):
    """The name of an IANA time zone, or an offset from UTC as phones without a place tell it."""

    def __init__(self, *, may_be_nameless: bool = False, **kwargs: Any) -> None:
        self.may_be_nameless = may_be_nameless
        super().__init__(max_length=64, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return an empty name for a phone that knows no zone, where the stored one may stay."""
        if self.may_be_nameless and isinstance(data, str) and data.strip() in UNKNOWN_ZONE_NAMES:
            return ""
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        """Return the canonical name of a zone that exists."""
        name = super().to_internal_value(data)
        try:
            return canonical_zone_name(name)
        except UnknownZone:
            raise serializers.ValidationError(
                "Must be an IANA time zone.", "unknown_zone"
            ) from None


@extend_schema_field(
    {"type": "string", "pattern": parsing.CLOCK_TIME_PATTERN, "examples": ["08:30"]}
)
class ClockField(StringField):
    """A wall-clock time such as ``08:30``; ``code`` is what a refusal says of it."""

    def __init__(self, *, code: str = "invalid_time", **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.code = code

    def to_internal_value(self, data: Any) -> Any:
        """Take hours and minutes as two digits each, nothing finer and nothing else."""
        try:
            return parsing.parse_clock_time(super().to_internal_value(data))
        except parsing.InvalidClockTime:
            raise serializers.ValidationError("Must be a time such as 08:30.", self.code) from None


class WholeNumberField(serializers.IntegerField):
    """A whole number that is sent as a JSON number; text and booleans are not read as one."""

    def to_internal_value(self, data: Any) -> int:
        """Take integers only; 5.0 is one."""
        number = parse_integer(data)
        if number is None:
            self.fail("invalid")
        return super().to_internal_value(number)


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


class DayField(serializers.DateField):
    """A local day as ``YYYY-MM-DD``, of the years 1900 to 2999."""

    def to_internal_value(self, value: Any) -> date:
        """Take a day that every zone can place."""
        try:
            return parsing.parse_day(value)
        except parsing.ParseFailed as fault:
            code = "invalid" if fault.code == "not_a_date" else fault.code
            raise serializers.ValidationError(fault.detail, code) from None


class InstantField(serializers.DateTimeField):
    """An RFC 3339 instant with its offset; one without an offset is refused."""

    def to_internal_value(self, value: Any) -> Any:
        """Take instants as the journal does."""
        try:
            return parsing.parse_instant(value)
        except parsing.ParseFailed as fault:
            raise serializers.ValidationError(fault.detail, fault.code) from None


class ListOf(serializers.ListField):
    """A JSON list; one that is too long is refused before anything in it is looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Take lists up to ``max_length``."""
        longest = self.max_length
        if isinstance(data, list) and longest is not None and len(data) > longest:
            raise serializers.ValidationError(f"At most {longest}.", "max_length")
        return super().to_internal_value(data)


def validated_body(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the body, validated by this serializer.

    :raises rest_framework.exceptions.ValidationError: naming every field at fault.
    """
    reader = shape(data=request.data, context={"is_change": request.method == "PATCH"})
    reader.is_valid(raise_exception=True)
    body: dict[str, Any] = reader.validated_data
    return body


class SerializedPageQuery(StrictInput):
    """What the query string of a list may say: from where on, and how many rows."""

    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


def validated_query(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the query string, validated by this serializer."""
    reader = shape(data=request.query_params.dict())
    reader.is_valid(raise_exception=True)
    query: dict[str, Any] = reader.validated_data
    return query
