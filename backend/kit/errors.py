"""Refusals of one shape for every room: what names a field, what is not there, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from backend.kit.text import truncate_to_code_points

#: Longer names than any field of ours has are cut.
MAX_FIELD_NAME = 60
#: As many faults are named at once; who mends them learns of the next.
MAX_ERRORS = 20


def safe_field_name(name: str) -> str:
    """Return a client's field name as any answer may hold it: short, and text."""
    return truncate_to_code_points(name, longest=MAX_FIELD_NAME).encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field was refused; it never holds the value that was sent."""

    field: str
    code: str
    detail: str


class NotThere(Exception):
    """There is no such thing for whoever asks; whether there is one for others, nobody learns."""


class ChangedMeanwhile(Exception):
    """Whoever asks knows an older revision; nothing was written."""


class InvalidInput(Exception):
    """Input that can't be taken as it is; nothing was stored.

    Of many faults the first ones are kept. ``code`` is that of the answer as a whole.
    """

    code: ClassVar[str] = "invalid_input"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(islice(errors, MAX_ERRORS))
        super().__init__(", ".join(f"{error.field}:{error.code}" for error in self.errors))

    @classmethod
    def of(cls, field: str, code: str, detail: str) -> "InvalidInput":
        """Build the refusal of a single field."""
        return cls([FieldError(field, code, detail)])


def enforce_limit(count: int, *, most: int, what: str) -> None:
    """Refuse a further row where somebody has as many as the limit.

    A limit holds what a slip, a broken phone or a stolen sign-in could fill; no work meets it.

    :raises InvalidInput: naming what, and how much there may be.
    """
    if count >= most:
        raise InvalidInput.of("", "too_many", f"At most {most} {what}.")
