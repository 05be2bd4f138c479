"""How each sort of value in a request is read, and what the schema says of it.

A field of an input names its rule beside its type, as in
``per_week: Annotated[int, WholeNumber(1, 21)]``; the type is what the view gets. Null is refused,
unless the field is ``Annotated[…] | None``: then null is an answer of its own.
``Annotated[int | None, WholeNumber(1, 21)] = None`` may be left out, which the view reads as None,
and still refuses null.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType
from typing import Annotated, Any, NoReturn, Union, get_args
from uuid import UUID

from django.db.models import Choices
from drf_spectacular.plumbing import list_hash
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from rest_framework.serializers import BooleanField

from backend.kit import parsing

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
        """Return the limits."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Measured(Rule):
    """A value on a continuous scale, as a JSON number; text and booleans are not read as one."""

    least: float
    most: float

    def read(self, sent: Any) -> float:
        """Take finite numbers within the limits; minus zero is zero."""
        if isinstance(sent, bool) or not isinstance(sent, int | float):
            refuse("invalid", "A valid number is required.")
        if not self.least <= sent <= self.most:
            refuse("out_of_range", f"Must be from {self.least:g} to {self.most:g}.")
        return float(sent) + 0.0

    def json_schema(self) -> Schema:
        """Return the limits."""
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Count(WholeNumber):
    """A whole number in a query string, in plain digits; ``opening`` is how a refusal begins."""

    opening: str = "Must be"

    def read(self, sent: Any) -> int:
        """Take what lies within the limits."""
        if not str(sent).strip():
            refuse("blank", "This field may not be blank.")
        number = parsing.parse_count(str(sent), most=self.most)
        if number is None or number < self.least:
            refuse("out_of_range", f"{self.opening} from {self.least} to {self.most}.")
        return number


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
        """Return the words; drf-spectacular makes a component of its own of them."""
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
class Agreement(Rule):
    """A yes to what can't be done without one."""

    detail: str

    def read(self, sent: Any) -> bool:
        """Take true only."""
        if not YES_OR_NO.read(sent):
            refuse("not_agreed", self.detail)
        return True

    def json_schema(self) -> Schema:
        """Return what every yes or no has."""
        return YES_OR_NO.json_schema()


@dataclass(frozen=True)
class ListOf:
    """A JSON list; one that is too long is refused before anything in it is looked at."""

    most: int | None = None
    least: int = 0

    def _check(self, sent: Any) -> Any:
        refuse_null(sent)
        if not isinstance(sent, list):
            kind = type(sent).__name__
            refuse("not_a_list", f'Expected a list of items but got type "{kind}".')
        if self.most is not None and len(sent) > self.most:
            refuse("max_length", f"At most {self.most}.")
        if len(sent) < self.least:
            refuse("min_length", f"Ensure this field has at least {self.least} elements.")
        return sent

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        items = handler.generate_schema(without_none(source))
        return core_schema.no_info_before_validator_function(self._check, items)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        most = {} if self.most is None else {"maxItems": self.most}
        least = {"minItems": self.least} if self.least else {}
        return handler(schema) | most | least


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
