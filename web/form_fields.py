"""Form fields, choices, and parsers for query strings and forms of the pages."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms

from backend.kit import parsing, strict_json
from backend.kit.parsing import InvalidClockTime, parse_clock_time
from backend.kit.text import NOT_ONE_LINE, is_blank, is_one_line
from care.accounts.names import add_namesake_labels, namesake_labels_in
from care.models import User
from journaling import formatting
from web.templatetags.bidi import isolate

Choice = tuple[str, str]
Choices = Iterable[tuple[str, str]]
_EMPTY_CHOICE = ("", "Choose")
#: Typed text may run in either direction; the browser detects it.
_AUTO_DIRECTION = {"dir": "auto"}


def day_or_none(text: str) -> date | None:
    """Return the day, or None for what is not a day of the calendar."""
    try:
        return parsing.parse_day(text)
    except parsing.ParseFailed:
        return None


def rev_or_zero(text: str) -> int:
    """Return the revision that a page showed; 0 is none."""
    return parsing.parse_count(text) or 0


def position_or_none(text: str, *, by: type[int] | type[UUID]) -> tuple[datetime, Any] | None:
    """Return where a page of a list begins, as ``position_text`` wrote it."""
    at, _, row = text.partition("~")
    try:
        return parsing.parse_position(at, row if by is UUID else _row_number(row), by=by)
    except parsing.ParseFailed:
        return None


def position_text(at: datetime, row: int | UUID) -> str:
    """Return where a page of a list begins, as text."""
    return f"{at.isoformat()}~{row}"


def uuid_or_none(text: str) -> UUID | None:
    """Return the id, or None for what is not one."""
    try:
        return parsing.parse_uuid(text)
    except parsing.ParseFailed:
        return None


def json_object_or_none(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a script of ours put into a form, or None."""
    try:
        parsed = strict_json.parse_strict_json(text.encode("utf-8", "replace"))
    except strict_json.StrictJsonError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _row_number(text: str) -> int | None:
    return parsing.parse_count(text, most=parsing.LARGEST_ROW)


def person_choices(
    pairs: Iterable[tuple[UUID, str]], *, viewer: User, now: datetime, before: str = ""
) -> list[Choice]:
    """Return choices of people; ``before`` is the prefix of each id."""
    people = list(pairs)
    labelled = add_namesake_labels(people, namesake_labels_in(people, viewer=viewer, now=now))
    return [(f"{before}{pk}", isolate(name)) for pk, name in labelled]


def choices_in_words(choices: Any) -> list[tuple[str, str]]:
    """Return the choices of a model's enumeration, in words."""
    return [(value, formatting.humanize(value).capitalize()) for value in choices.values]


def with_empty_choice(choices: Choices) -> list[tuple[str, str]]:
    """Return the choices after an empty one."""
    return [_EMPTY_CHOICE, *choices]


class DayInput(forms.DateInput):
    """The browser's own way to choose a day."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    """A day that every zone can place."""

    def to_python(self, value: Any) -> date | None:
        """Take a day of the years 1900 to 2999."""
        day = super().to_python(value)
        try:
            return None if day is None else parsing.check_day_range(day)
        except parsing.ParseFailed as fault:
            raise forms.ValidationError(fault.detail) from None


class LineField(forms.CharField):
    """A name on one line, as it was typed."""

    def validate(self, value: str) -> None:
        """Refuse what would rearrange the line, and what nobody can see."""
        super().validate("" if is_blank(value) else value)
        if not is_one_line(value):
            raise forms.ValidationError(NOT_ONE_LINE)


class LinesField(forms.CharField):
    """A few lines of text, such as opening hours; empty ones are left out."""

    widget = forms.Textarea

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.longest = most, longest

    def prepare_value(self, value: Any) -> Any:
        """Show a list line by line."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Read the lines."""
        typed = str(super().to_python(value)).splitlines()
        return [line.strip() for line in typed if not is_blank(line)]

    def validate(self, value: Any) -> None:
        """Refuse too many lines, and lines that are too long or would not stay on one."""
        super().validate(value)
        if len(value) > self.most:
            raise forms.ValidationError(f"At most {self.most} lines.")
        if any(len(line) > self.longest for line in value):
            raise forms.ValidationError(f"At most {self.longest} characters a line.")
        if not all(map(is_one_line, value)):
            raise forms.ValidationError(NOT_ONE_LINE)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lines with lines."""
        return bool(list(initial or ()) != self.to_python(data))


class RevField(forms.IntegerField):
    """Which revision the page showed."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            required=required, widget=forms.HiddenInput, min_value=0,
            max_value=parsing.LARGEST_REV,
        )  # fmt: skip


class ClockInput(forms.TimeInput):
    """The browser's own way to choose a time of the day."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class ClockField(forms.TimeField):
    """A time of the day, read as hours and minutes and nothing else."""

    widget = ClockInput

    def to_python(self, value: Any) -> Any:
        """Take what a browser sends for it."""
        if value in self.empty_values or isinstance(value, time):
            return super().to_python(value)
        try:
            return parse_clock_time(value)
        except InvalidClockTime:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class PageForm(forms.Form):
    """A form whose typed text may run either way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if type(field) in {forms.CharField, LineField}:
                field.widget.attrs |= _AUTO_DIRECTION
