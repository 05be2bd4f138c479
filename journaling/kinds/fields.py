"""The sorts of value an entry can hold: each reads untrusted JSON, and describes itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from backend.kit import text
from backend.kit.errors import FieldError, InvalidInput
from backend.kit.numbers import quantity, told, whole

Json = Any


class Refused(Exception):
    """A value that can't be taken; carries a stable code and words, never the value."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


class Sort(Protocol):
    """One sort of value."""

    def read(self, value: Json) -> Json:
        """Check and normalise a value that is not null; None where nothing in it was answered.

        :raises Refused: when it isn't of this sort.
        """

    def schema(self) -> dict[str, Json]:
        """Describe the sort as JSON Schema."""


@dataclass(frozen=True, slots=True)
class Field:
    """One named field of a kind. ``sealed`` fields are stored encrypted."""

    name: str
    sort: Sort
    required: bool = False
    sealed: bool = False


def or_null(schema: dict[str, Json]) -> dict[str, Json]:
    """Describe a value that may be null as well: what was not answered."""
    found = {**schema, "type": [schema["type"], "null"]}
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def plain_text(value: Json, *, longest: int) -> str:
    """Check text: no NUL, no lone surrogates, at most so many characters."""
    if not isinstance(value, str):
        raise Refused("not_text", "Must be text.")
    if len(value) > longest:
        raise Refused("too_long", f"At most {longest:,} characters.")
    if not text.is_encodable(value):
        raise Refused("invalid_characters", "Has characters that are not text.")
    return value


@dataclass(frozen=True, slots=True)
class Scale:
    """A whole number on a named scale, such as 0-10; scales are never converted."""

    low: int
    high: int
    meaning: str

    def read(self, value: Json) -> int:
        """Take an integer within the scale, also as 5.0; never a boolean, 5.5 or a string."""
        number = whole(value)
        if number is None:
            raise Refused("not_a_whole_number", "Must be a whole number.")
        if not self.low <= number <= self.high:
            raise Refused("off_scale", f"Must be from {self.low} to {self.high}.")
        return number

    def schema(self) -> dict[str, Json]:
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
        """Take a finite number from 0; minus zero is zero."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused("not_a_number", "Must be a number.")
        number = quantity(value)
        if number is None or not 0 <= number <= self.most:
            raise Refused("out_of_range", f"Must be from 0 to {told(self.most)}.")
        return number

    def schema(self) -> dict[str, Json]:
        """Describe the quantity."""
        return {"type": "number", "minimum": 0, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no; not asked is null."""

    def read(self, value: Json) -> bool:
        """Take a JSON boolean only."""
        if not isinstance(value, bool):
            raise Refused("not_yes_or_no", "Must be true or false.")
        return value

    def schema(self) -> dict[str, Json]:
        """Describe the answer."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a fixed vocabulary."""

    options: tuple[str, ...]

    def read(self, value: Json) -> str:
        """Take one of the options."""
        if not isinstance(value, str) or value not in self.options:
            raise Refused("unknown_choice", "Must be one of: " + ", ".join(self.options) + ".")
        return value

    def schema(self) -> dict[str, Json]:
        """Describe the vocabulary."""
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Text:
    """Free text in the patient's own words."""

    longest: int

    def read(self, value: Json) -> str:
        """Take text as it is; nothing is trimmed, the words are theirs."""
        return plain_text(value, longest=self.longest)

    def schema(self) -> dict[str, Json]:
        """Describe the text."""
        return {"type": "string", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Name:
    """A short name on one line, such as a substance or a unit."""

    longest: int

    def read(self, value: Json) -> str:
        """Take a name that is not blank, with outer spaces removed."""
        name = plain_text(value, longest=self.longest).strip()
        if text.is_blank(name):
            raise Refused("blank", "Must not be blank.")
        if not text.is_one_line(name):
            raise Refused("invalid_characters", text.ONE_LINE)
        return name

    def schema(self) -> dict[str, Json]:
        """Describe the name."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of distinct values of one sort, in the order given."""

    sort: Sort
    most: int

    def read(self, value: Json) -> list[Json]:
        """Take a list; a value given twice counts once, and null is none."""
        if not isinstance(value, list):
            raise Refused("not_a_list", "Must be a list.")
        if len(value) > self.most:
            raise Refused("too_many", f"At most {self.most}.")
        return list(dict.fromkeys(self.sort.read(item) for item in value if item is not None))

    def schema(self) -> dict[str, Json]:
        """Describe the list."""
        return {"type": "array", "items": self.sort.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Ratings:
    """Named things, each on the same scale, such as emotions 0-5."""

    names: tuple[str, ...]
    scale: Scale
    most: int

    def read(self, value: Json) -> dict[str, int] | None:
        """Take an object of known names; a name left out, or null, was not rated."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of names and ratings.")
        if not set(value) <= set(self.names):
            raise Refused("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        if len(given) > self.most:
            raise Refused("too_many", f"At most {self.most}.")
        return {name: self.scale.read(rating) for name, rating in given.items()} or None

    def read_partly(self, value: Json) -> dict[str, int]:
        """Take the known names whose rating can be read, and leave the rest."""
        return readable(self.scale, value, self.names)

    def schema(self) -> dict[str, Json]:
        """Describe the names and their scale."""
        return {
            "type": "object",
            "properties": dict.fromkeys(self.names, or_null(self.scale.schema())),
            "additionalProperties": False,
            "description": f"At most {self.most} of them rated; null was not rated.",
        }


def read_fields(
    fields: Sequence[Field], sent: Mapping[str, Json]
) -> tuple[dict[str, Json], list[FieldError]]:
    """Read every field of the list; null and left out both mean *missing*, within a field too.

    All faults are gathered, so that a phone can show them at once.
    """
    values: dict[str, Json] = {}
    faults: list[FieldError] = []
    for field in fields:
        value = sent.get(field.name)
        if value is None:
            if field.required:
                faults.append(FieldError(field.name, "required", "This field is required."))
            continue
        try:
            read = field.sort.read(value)
            if read is not None:
                values[field.name] = read
        except Refused as refusal:
            faults.append(FieldError(field.name, refusal.code, refusal.detail))
    return values, faults


def readable(sort: Sort, value: Json, names: Sequence[str]) -> dict[str, Json]:
    """Take those of the named values of an object that are of the sort; a fault leaves one out."""
    found: dict[str, Json] = {}
    for name in names if isinstance(value, dict) else ():
        with suppress(Refused):
            found[name] = sort.read(value.get(name))
    return found


def read_readable(fields: Sequence[Field], sent: Mapping[str, Json]) -> dict[str, Json]:
    """Read what can be read of every field, and None for the rest; nothing is ever refused.

    A field of several answers (one with ``read_partly``) gives those that can be read.
    """
    return {field.name: _partly(field.sort, sent.get(field.name)) for field in fields}


def _partly(sort: Sort, value: Json) -> Json:
    if value is None:
        return None
    try:
        return sort.read(value)
    except Refused:
        partly: Callable[[Json], Json] = getattr(sort, "read_partly", _nothing)
        return partly(value)


def _nothing(_value: Json) -> None:
    return None


def raise_if_any(faults: Sequence[FieldError]) -> None:
    """Refuse the input when there is any fault.

    :raises backend.kit.errors.InvalidInput: with all of them.
    """
    if faults:
        raise InvalidInput(faults)
