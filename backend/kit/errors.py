"""Refusals of input that name the field, in one shape for every room."""

from collections.abc import Iterable
from dataclasses import dataclass

#: Longer names than any field of ours has are cut.
LONGEST_NAME = 60


def fit_to_tell(name: str) -> str:
    """Make the name of a field that a client sent fit for any answer: short, and text."""
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class FieldError:
    """Carry why one field was refused; it never holds the value that was sent."""

    field: str
    code: str
    detail: str


class InvalidInput(Exception):
    """Input that can't be taken as it is; nothing was stored."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.field}:{error.code}" for error in self.errors))

    @classmethod
    def of(cls, field: str, code: str, detail: str) -> "InvalidInput":
        """Make a refusal of a single field."""
        return cls([FieldError(field, code, detail)])


def refuse_beyond(count: int, *, most: int, what: str) -> None:
    """Refuse one more of what somebody has as much of as is ever needed.

    A limit holds what a slip, a broken phone or a stolen sign-in could fill; no work meets it.

    :raises InvalidInput: naming what, and how much there may be.
    """
    if count >= most:
        raise InvalidInput.of("", "too_many", f"At most {most} {what}.")
