"""How each sort of value in a request is read, and what the schema says of it.

A field of an input names its rule beside its type, as in
``per_week: Annotated[int, WholeNumber(1, 21)]``; the type is what the view gets. Null is refused,
unless the field is ``Annotated[…] | None``: then null is an answer of its own.
``Annotated[int | None, WholeNumber(1, 21)] = None`` may be left out, which the view reads as None,
and still refuses null.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import NoneType
from typing import Annotated, Any, ClassVar, NoReturn, Union, get_args
from uuid import UUID

from django.db.models import Choices
from drf_spectacular.plumbing import list_hash
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema
from rest_framework.serializers import BooleanField

from backend.kit import parsing, text
from backend.kit.timezones import UNKNOWN_ZONE_NAMES, UnknownZone, canonical_zone_name
from care.models.people import normalize_password

#: More than anybody types as one secret, in any spelling.
MAX_SECRET_LENGTH = 1_024
#: A part of an OpenAPI schema.
Schema = dict[str, Any]


def refuse(code: str, detail: str) -> NoReturn:
    """Refuse a value; neither word may repeat any of it."""
    raise PydanticCustomError(code, detail)


def refuse_null(sent: object) -> None:
    """Refuse null where it would say nothing."""
    if sent is None:
        refuse("null", "This field may not be null.")


class Rule:
    """How one value is read; a rule stands beside the type in ``Annotated``."""

    def read(self, sent: Any) -> Any:
        """Return the value; refuse what can't be read as one."""
        raise NotImplementedError

    def json_schema(self) -> Schema:
        """Return what the OpenAPI schema says of the value."""
        raise NotImplementedError

    def _read_unless_null(self, sent: Any) -> Any:
        refuse_null(sent)
        return self.read(sent)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read_unless_null)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        return self.json_schema()


@dataclass(frozen=True)
class Text(Rule):
    """Text that is sent as a JSON string, with outer spaces removed; numbers are not read as text.

    ``most`` and ``least`` count code points.
    """

    most: int | None = None
    may_be_blank: bool = False
    is_trimmed: bool = True
    #: What a refusal says of what is no string.
    not_text: ClassVar[str] = "Not a valid string."

    def read(self, sent: Any) -> str:
        """Take strings only, without NUL or lone surrogates."""
        return self._within_limits(self._read_characters(sent))

    def _read_characters(self, sent: Any) -> str:
        if not isinstance(sent, str):
            refuse("invalid", self.not_text)
        if any("\ud800" <= char <= "\udfff" for char in sent):
            refuse("invalid_characters", "Has characters that are not text.")
        typed = sent.strip() if self.is_trimmed else sent
        if not self.may_be_blank and text.is_blank(typed):
            refuse("blank", "This field may not be blank.")
        return typed

    def _within_limits(self, typed: str) -> str:
        faults = list(self._faults_of(typed))
        if faults:
            details = [
                InitErrorDetails(type=PydanticCustomError(code, detail), input=None)
                for code, detail in faults
            ]
            raise ValidationError.from_exception_data("", details)
        return typed

    def _faults_of(self, typed: str) -> Iterator[tuple[str, str]]:
        if self.most is not None and len(typed) > self.most:
            yield "max_length", f"Ensure this field has no more than {self.most} characters."
        if "\x00" in typed:
            yield "null_characters_not_allowed", "Null characters are not allowed."

    def json_schema(self) -> Schema:
        """Say how long it may be."""
        schema: Schema = {"type": "string"}
        if self.most is not None:
            schema["maxLength"] = self.most
        return schema if self.may_be_blank else schema | {"minLength": 1}


@dataclass(frozen=True)
class OneLine(Text):
    """A name or a label: text that stays on one line as it was typed."""

    def read(self, sent: Any) -> str:
        """Take no control characters and no overrides of the direction."""
        typed = self._read_characters(sent)
        if not text.is_one_line(typed):
            refuse("invalid_characters", text.NOT_ONE_LINE)
        return self._within_limits(typed)


@dataclass(frozen=True)
class Secret(Text):
    """A password or a code as it was typed, in the spelling that it is compared in."""

    is_trimmed: bool = False

    def read(self, sent: Any) -> str:
        """Return the normalized spelling; that one is measured, for others differ in length."""
        if isinstance(sent, str) and len(sent) > MAX_SECRET_LENGTH:
            refuse("max_length", f"Ensure this field has no more than {self.most} characters.")
        characters = Text(may_be_blank=self.may_be_blank, is_trimmed=False).read(sent)
        typed = normalize_password(characters)
        if self.most is not None and len(typed) > self.most:
            refuse("max_length", f"At most {self.most} characters.")
        return typed

    def json_schema(self) -> Schema:
        """Say no length: what is sent may be longer than what is measured."""
        return Text(may_be_blank=self.may_be_blank).json_schema()


@dataclass(frozen=True)
class Matching(Text):
    """Text in which a regular expression is found."""

    pattern: str = ""
    not_text: ClassVar[str] = "This value does not match the required pattern."

    def _faults_of(self, typed: str) -> Iterator[tuple[str, str]]:
        yield from super()._faults_of(typed)
        if not re.search(self.pattern, typed):
            yield "invalid", self.not_text

    def json_schema(self) -> Schema:
        """Say the pattern."""
        return super().json_schema() | {"pattern": self.pattern}


@dataclass(frozen=True)
class ZoneName(Rule):
    """The name of an IANA time zone, or an offset from UTC as phones without a place tell it.

    Where it ``may_be_unknown`` a phone that knows no zone gives an empty name.
    """

    may_be_unknown: bool = False
    _text = Text(64)

    def read(self, sent: Any) -> str:
        """Return the canonical name of a zone that exists."""
        if self.may_be_unknown and isinstance(sent, str) and sent.strip() in UNKNOWN_ZONE_NAMES:
            return ""
        try:
            return canonical_zone_name(self._text.read(sent))
        except UnknownZone:
            refuse("unknown_zone", "Must be an IANA time zone.")

    def json_schema(self) -> Schema:
        """Say how long it may be."""
        return self._text.json_schema()


@dataclass(frozen=True)
class ClockTime(Rule):
    """A wall-clock time such as ``08:30``; ``code`` is what a refusal says of it."""

    code: str = "invalid_time"

    def read(self, sent: Any) -> time:
        """Take hours and minutes as two digits each, nothing finer and nothing else."""
        try:
            return parsing.parse_clock_time(Text(is_trimmed=False).read(sent))
        except parsing.InvalidClockTime:
            refuse(self.code, "Must be a time such as 08:30.")

    def json_schema(self) -> Schema:
        """Say the pattern."""
        return {"type": "string", "pattern": parsing.CLOCK_TIME_PATTERN, "examples": ["08:30"]}


@dataclass(frozen=True)
class WholeNumber(Rule):
    """A whole number that is sent as a JSON number; text and booleans are not read as one."""

    least: int
    most: int

    def read(self, sent: Any) -> int:
        """Take integers only, of which 5.0 is one, within the limits."""
        number = parsing.parse_integer(sent)
        if number is None:
            refuse("invalid", "A valid integer is required.")
        if number > self.most:
            refuse("max_value", f"Ensure this value is less than or equal to {self.most}.")
        if number < self.least:
            refuse("min_value", f"Ensure this value is greater than or equal to {self.least}.")
        return number

    def json_schema(self) -> Schema:
        """Say the limits."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class OneOf(Rule):
    """One of a few words; what was sent instead is never repeated in the refusal.

    In an answer it tells the schema which values there are, also where they are numbers.
    """

    def __init__(self, choices: type[Choices] | Sequence[Any]) -> None:
        self.labels: dict[Any, str] = (
            {value: str(label) for value, label in choices.choices}
            if inspect.isclass(choices)
            else {value: str(value) for value in choices}
        )

    def read(self, sent: Any) -> str:
        """Take strings only, and only those of the list."""
        if not isinstance(sent, str) or sent not in self.labels:
            refuse("invalid_choice", f"Must be one of: {', '.join(map(str, self.labels))}.")
        return sent

    def json_schema(self) -> Schema:
        """Say the words; drf-spectacular makes a component of its own of them."""
        of_numbers = all(isinstance(value, int) for value in self.labels)
        return {
            "type": "integer" if of_numbers else "string",
            "enum": list(self.labels),
            "x-spec-enum-id": list_hash(list(self.labels.items())),
            "description": "\n".join(
                f"* `{value}` - {name}" for value, name in self.labels.items()
            ),
        }


@dataclass(frozen=True)
class _Parsed(Rule):
    """A value that one function reads, described by a fixed schema."""

    parse: Callable[[Any], Any]
    schema: tuple[tuple[str, str], ...]

    def read(self, sent: Any) -> Any:
        """Return what the function makes of it."""
        try:
            return self.parse(sent)
        except parsing.ParseFailed as fault:
            refuse("invalid" if fault.code == "not_a_date" else fault.code, fault.detail)

    def json_schema(self) -> Schema:
        """Return a copy of the schema."""
        return dict(self.schema)


def _parse_id(sent: Any) -> UUID:
    try:
        if isinstance(sent, str):
            return UUID(sent)
    except ValueError:
        pass
    raise parsing.ParseFailed("invalid", "Must be a valid UUID.")


def _parse_yes_no(sent: Any) -> bool:
    if not isinstance(sent, bool):
        raise parsing.ParseFailed("invalid", "Must be a valid boolean.")
    return sent


def _parse_flag(sent: Any) -> bool:
    word = str(sent).lower()
    if word in BooleanField.TRUE_VALUES:
        return True
    if word in BooleanField.FALSE_VALUES:
        return False
    raise parsing.ParseFailed("invalid", "Must be a valid boolean.")


#: A UUID that is sent as a JSON string; numbers are not read as one.
AN_ID = _Parsed(_parse_id, (("type", "string"), ("format", "uuid")))
#: A JSON boolean; words such as "yes" are not read as one.
YES_OR_NO = _Parsed(_parse_yes_no, (("type", "boolean"),))
#: A yes or no in a query string, in the words that clients write: true, 1, yes, on, t, y.
A_FLAG = _Parsed(_parse_flag, (("type", "boolean"),))
#: A local day as ``YYYY-MM-DD``, of the years 1900 to 2999.
A_DAY = _Parsed(parsing.parse_day, (("type", "string"), ("format", "date")))
#: An RFC 3339 instant with its offset, in UTC; one without an offset is refused.
AN_INSTANT = _Parsed(parsing.parse_instant, (("type", "string"), ("format", "date-time")))

Id = Annotated[UUID, AN_ID]
YesNo = Annotated[bool, YES_OR_NO]
Flag = Annotated[bool, A_FLAG]
Day = Annotated[date, A_DAY]
Instant = Annotated[datetime, AN_INSTANT]


@dataclass(frozen=True)
class ListOf:
    """A JSON list; one that is too long is refused before anything in it is looked at."""

    most: int | None = None

    def _check(self, sent: Any) -> Any:
        refuse_null(sent)
        if not isinstance(sent, list):
            kind = type(sent).__name__
            refuse("not_a_list", f'Expected a list of items but got type "{kind}".')
        if self.most is not None and len(sent) > self.most:
            refuse("max_length", f"At most {self.most}.")
        return sent

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        items = handler.generate_schema(without_none(source))
        return core_schema.no_info_before_validator_function(self._check, items)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        limit = {} if self.most is None else {"maxItems": self.most}
        return handler(schema) | limit


class NotNull:
    """An input within another one that may be left out, and may not be null."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _not_null, handler.generate_schema(without_none(source))
        )


def _not_null(sent: Any) -> Any:
    refuse_null(sent)
    return sent


def without_none(source: Any) -> Any:
    """Return a type without its None."""
    kinds = [kind for kind in get_args(source) if kind is not NoneType]
    return Union[tuple(kinds)] if NoneType in get_args(source) else source  # noqa: UP007 (made of a tuple)
