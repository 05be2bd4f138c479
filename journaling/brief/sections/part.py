"""What a section of the brief is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from journaling.brief.document import Line, Spark
from journaling.brief.facts import Facts

#: What a section says, and the line drawn beside it if it has one.
Written = tuple[tuple[Line, ...], Spark | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One section: its fixed key, its title, and the function that writes it."""

    key: str
    title: str
    write: Callable[[Facts], Written]


def plain(*lines: Line) -> Written:
    """Make a section of lines alone."""
    return lines, None
