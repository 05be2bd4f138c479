"""How each sort of text in a request is read: text, names, secrets, tags, zones and clock times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, ClassVar

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from api.http.fields import Rule, Schema, refuse
from backend.kit import parsing, text
from backend.kit.timezones import UNKNOWN_ZONE_NAMES, UnknownZone, canonical_zone_name
from care.models.people import normalize_password

#: More than anybody types as one secret, in any spelling.
MAX_SECRET_LENGTH = 1_024


@dataclass(frozen=True)
class Text(Rule):
    """Text that is sent as a JSON string, with outer spaces removed; numbers are not read as text.

    ``most`` and ``least`` count code points.
    """

    most: int | None = None
    least: int = 0
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
        if len(typed) < self.least:
            yield "min_length", f"Ensure this field has at least {self.least} characters."
        if "\x00" in typed:
            yield "null_characters_not_allowed", "Null characters are not allowed."

    def json_schema(self) -> Schema:
        """Return how long it may be."""
        schema: Schema = {"type": "string"}
        schema |= {} if self.most is None else {"maxLength": self.most}
        least = max(self.least, 0 if self.may_be_blank else 1)
        return schema | {"minLength": least} if least else schema


@dataclass(frozen=True)
class OneLine(Text):
    """A name or a label: text that stays on one line as it was typed."""

    def read(self, sent: Any) -> str:
        """Take no control characters and no overrides of the direction."""
        typed = self._read_characters(sent)
        if not text.is_one_line(typed):
            refuse("invalid_characters", text.NOT_ONE_LINE)
        return self._within_limits(typed)


class LanguageTag(Text):
    """A BCP 47 language tag, such as ``en`` or ``en-US-u-rg-dezzzz``."""

    def read(self, sent: Any) -> str:
        """Take well-formed tags; of a very long one the beginning is kept."""
        tag = parsing.normalize_language_tag(self._read_characters(sent))
        if tag is None:
            refuse("invalid_language", "Must be a BCP 47 tag.")
        return self._within_limits(tag)


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
        """Return no length: what is sent may be longer than what is measured."""
        return Text(may_be_blank=self.may_be_blank).json_schema()


@dataclass(frozen=True)
class ZoneName(Rule):
    """The name of an IANA time zone, or an offset from UTC as phones without a place tell it.

    Where it ``may_be_unknown`` a phone that knows no zone gives an empty name.
    """

    may_be_unknown: bool = False

    def read(self, sent: Any) -> str:
        """Return the canonical name of a zone that exists."""
        if self.may_be_unknown and isinstance(sent, str) and sent.strip() in UNKNOWN_ZONE_NAMES:
            return ""
        try:
            return canonical_zone_name(Text().read(sent))
        except UnknownZone:
            refuse("unknown_zone", "Must be an IANA time zone.")

    def json_schema(self) -> Schema:
        """Return how long it may be."""
        return Text(64).json_schema()


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
        """Return the pattern."""
        pattern = parsing.CLOCK_TIME_PATTERN
        return {"type": "string", "minLength": 1, "pattern": pattern, "examples": ["08:30"]}


@dataclass(frozen=True)
class MinuteOfDay(Rule):
    """A wall-clock time as minutes from midnight; an end may be ``24:00``, the midnight after."""

    is_end: bool = False

    def read(self, sent: Any) -> int:
        """Take hours and minutes as two digits each, nothing finer and nothing else."""
        if self.is_end and sent == "24:00":
            return 24 * 60
        at = ClockTime().read(sent)
        return at.hour * 60 + at.minute

    def json_schema(self) -> Schema:
        """Return the pattern."""
        if not self.is_end:
            return ClockTime().json_schema()
        pattern = f"{parsing.CLOCK_TIME_PATTERN}|^24:00$"
        return {"type": "string", "minLength": 1, "pattern": pattern, "examples": ["24:00"]}
