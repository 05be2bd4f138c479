"""The types of value an entry can hold: each reads untrusted JSON and describes itself."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias, TypeVar
from uuid import UUID

from backend.kit import parsing, text
from backend.kit.parsing import format_plain_number, parse_integer, parse_number
from backend.kit.strict_json import Json

#: A description of a value as JSON Schema has it.
JsonSchema: TypeAlias = dict[str, Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class InvalidValue(Exception):
    """A value that can't be taken; carries a stable code and words, never the value."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


class FieldType(Protocol[T_co]):
    """One type of value.

    A type of several answers can have ``read_partly``, which refuses nothing: an answer that is
    bad is left out, and hides no other from safety.
    """

    def read(self, value: Json) -> T_co | None:
        """Check and normalise a value that is not null; None where nothing in it was answered.

        :raises InvalidValue: when it isn't of this type.
        """

    def schema(self) -> JsonSchema:
        """Describe the type as JSON Schema."""


def nullable_schema(schema: JsonSchema) -> JsonSchema:
    """Describe a value that may be null as well: what was not answered."""
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in nullable:
        nullable["enum"] = [*nullable["enum"], None]
    return nullable


def validate_text(value: Json, *, longest: int) -> str:
    """Check text: no NUL, no lone surrogates, at most so many characters."""
    if not isinstance(value, str):
        raise InvalidValue("not_text", "Must be text.")
    if len(value) > longest:
        raise InvalidValue("too_long", f"At most {longest:,} characters.")
    if not text.is_encodable(value):
        raise InvalidValue("invalid_characters", "Has characters that are not text.")
    return value


@dataclass(frozen=True, slots=True)
class IntegerScale:
    """A whole number on a named scale, such as 0-10; scales are never converted."""

    low: int
    high: int
    meaning: str

    def read(self, value: Json) -> int:
        """Read an integer within the scale, also as 5.0; never a boolean, 5.5 or a string."""
        number = parse_integer(value)
        if number is None:
            raise InvalidValue("not_a_whole_number", "Must be a whole number.")
        if not self.low <= number <= self.high:
            raise InvalidValue("off_scale", f"Must be from {self.low} to {self.high}.")
        return number

    def schema(self) -> JsonSchema:
        """Describe the scale."""
        return {
            "type": "integer",
            "minimum": self.low,
            "maximum": self.high,
            "description": f"{self.meaning}, {self.low} to {self.high}",
        }


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity that may be a fraction; its unit stands in a field beside it."""

    most: float

    def read(self, value: Json) -> float:
        """Read a finite number from 0; minus zero is zero."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidValue("not_a_number", "Must be a number.")
        number = parse_number(value)
        if number is None or not 0 <= number <= self.most:
            raise InvalidValue(
                "out_of_range", f"Must be from 0 to {format_plain_number(self.most)}."
            )
        return number

    def schema(self) -> JsonSchema:
        """Describe the quantity."""
        return {"type": "number", "minimum": 0, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no; not asked is null."""

    def read(self, value: Json) -> bool:
        """Read a JSON boolean only."""
        if not isinstance(value, bool):
            raise InvalidValue("not_yes_or_no", "Must be true or false.")
        return value

    def schema(self) -> JsonSchema:
        """Describe the answer."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a fixed vocabulary."""

    options: tuple[str, ...]

    def read(self, value: Json) -> str:
        """Read one of the options."""
        if not isinstance(value, str) or value not in self.options:
            raise InvalidValue("unknown_choice", "Must be one of: " + ", ".join(self.options) + ".")
        return value

    def schema(self) -> JsonSchema:
        """Describe the vocabulary."""
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Text:
    """Free text in the patient's own words."""

    longest: int

    def read(self, value: Json) -> str:
        """Read text as it is; nothing is trimmed, the words are theirs."""
        return validate_text(value, longest=self.longest)

    def schema(self) -> JsonSchema:
        """Describe the text."""
        return {"type": "string", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class ShortText:
    """A short name on one line, such as a substance or a unit."""

    longest: int

    def read(self, value: Json) -> str:
        """Read a name that is not blank, with outer spaces removed."""
        name = validate_text(value, longest=self.longest).strip()
        if text.is_blank(name):
            raise InvalidValue("blank", "Must not be blank.")
        if not text.is_one_line(name):
            raise InvalidValue("invalid_characters", text.NOT_ONE_LINE)
        return name

    def schema(self) -> JsonSchema:
        """Describe the name."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Uuid:
    """A UUID in its usual 36 characters."""

    def read(self, value: Json) -> UUID:
        """Read the textual form, upper or lower case."""
        try:
            return parsing.parse_uuid(value)
        except parsing.ParseFailed as fault:
            raise InvalidValue(fault.code, fault.detail) from None

    def schema(self) -> JsonSchema:
        """Describe the id."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, slots=True)
class Instant:
    """An RFC 3339 instant with its offset."""

    def read(self, value: Json) -> datetime:
        """Read an instant; one without an offset is refused, since nobody could place it."""
        try:
            return parsing.parse_instant(value)
        except parsing.ParseFailed as fault:
            raise InvalidValue(fault.code, fault.detail) from None

    def schema(self) -> JsonSchema:
        """Describe the instant."""
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class LocalDate:
    """A day of the patient's own calendar."""

    def read(self, value: Json) -> date:
        """Read YYYY-MM-DD."""
        try:
            return parsing.parse_day(value)
        except parsing.ParseFailed as fault:
            raise InvalidValue(fault.code, fault.detail) from None

    def schema(self) -> JsonSchema:
        """Describe the day."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of distinct words of one type, in the order given."""

    item_type: FieldType[str]
    most: int

    def read(self, value: Json) -> list[str]:
        """Read a list; a value given twice counts once, and null is none."""
        if not isinstance(value, list):
            raise InvalidValue("not_a_list", "Must be a list.")
        if len(value) > self.most:
            raise InvalidValue("too_many", f"At most {self.most}.")
        words = [self.item_type.read(item) for item in value if item is not None]
        return [word for word in dict.fromkeys(words) if word is not None]

    def schema(self) -> JsonSchema:
        """Describe the list."""
        return {"type": "array", "items": self.item_type.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Ratings:
    """Named things, each on the same scale, such as emotions 0-5."""

    names: tuple[str, ...]
    scale: IntegerScale
    most: int

    def read(self, value: Json) -> dict[str, int] | None:
        """Read an object of known names; a name left out, or null, was not rated."""
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of names and ratings.")
        if not set(value) <= set(self.names):
            raise InvalidValue("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        if len(given) > self.most:
            raise InvalidValue("too_many", f"At most {self.most}.")
        return {name: self.scale.read(rating) for name, rating in given.items()} or None

    def read_partly(self, value: Json) -> dict[str, int]:
        """Read the known names whose rating is valid, and leave out the others."""
        return read_valid_parts(self.scale, value, self.names)

    def schema(self) -> JsonSchema:
        """Describe the names and their scale."""
        return {
            "type": "object",
            "properties": dict.fromkeys(self.names, nullable_schema(self.scale.schema())),
            "additionalProperties": False,
            "description": f"At most {self.most} of them rated; null was not rated.",
        }


def read_valid_parts(field_type: FieldType[T], value: Json, names: Sequence[str]) -> dict[str, T]:
    """Read the named values of an object that are valid; an invalid one is left out."""
    valid: dict[str, T] = {}
    if isinstance(value, dict):
        for name in names:
            if (part := read_or_none(field_type, value.get(name))) is not None:
                valid[name] = part
    return valid


def read_or_none(field_type: FieldType[T], value: Json) -> T | None:
    """Read a value, or return None where it is not of the type."""
    with suppress(InvalidValue):
        return field_type.read(value)
    return None
