"""What a kind of entry is, and the fields that every kind shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from backend.kit.errors import FieldError
from journaling.kinds.fields import Choice, Field, Json, Text, YesNo
from journaling.kinds.identity import Instant, Origin, Uuid, ZoneName
from journaling.kinds.unanswered import Unanswered

NOTE_LIMIT = 10_000
SHARES = ("care_team", "individual_therapist_only", "private")

COMMON = (
    Field("id", Uuid(), required=True),
    Field("occurred_at", Instant(), required=True),
    Field("recorded_at", Instant(), required=True),
    Field("time_zone", ZoneName(), required=True),
    Field("share", Choice(SHARES)),
    Field("discuss", YesNo()),
    Field("origin", Origin()),
    Field("unanswered", Unanswered()),
)
NOTE = Field("note", Text(NOTE_LIMIT), sealed=True)

Values = Mapping[str, Json]


def _nothing_wrong(_values: Values) -> list[FieldError]:
    return []


def _nothing_more(_values: Values) -> dict[str, Json]:
    return {}


@dataclass(frozen=True)
class Derived:
    """Values computed from what was stored, each time it is read; never stored, never sent.

    ``schema`` describes them, by name, as JSON Schema.
    """

    schema: Mapping[str, Mapping[str, Json]]
    of: Callable[[Values], dict[str, Json]]


NOTHING_DERIVED = Derived({}, _nothing_more)


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its fields, its checks, how it is told, what it says about safety.

    ``check`` finds facts that contradict each other. ``tell`` says in a sentence's part what an
    entry is, each number with its scale. ``signals`` names the structured answers that the rules of
    safety look at (``journaling/safety/rules.py``); an answer that was not given is left out.
    What ``is_of_a_day`` speaks of the local day in its field ``date``, not of a moment.
    ``in_order`` puts the parts of an answer in the order in which they were asked: a database keeps
    no order of its own within a JSON value.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    check: Callable[[Values], list[FieldError]] = _nothing_wrong
    tell: Callable[[Values], str] | None = None
    signals: Callable[[Values], dict[str, Json]] = _nothing_more
    derived: Derived = NOTHING_DERIVED
    in_order: Callable[[Values], dict[str, Json]] | None = None
    plural: str = ""
    is_of_a_day: bool = False

    @cached_property
    def own_fields(self) -> tuple[Field, ...]:
        """List the kind's fields with the note that every kind may carry."""
        has_note = any(field.name == NOTE.name for field in self.fields)
        return self.fields if has_note else (*self.fields, NOTE)

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """List the fields that a phone may send beside the kind's name."""
        return COMMON + self.own_fields

    @cached_property
    def names(self) -> frozenset[str]:
        """Name everything that a phone may send."""
        return frozenset(["kind", *(field.name for field in self.all_fields)])

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Name the fields that have a column of their own."""
        return tuple(field.name for field in self.own_fields if not field.sealed)

    @cached_property
    def sealed(self) -> tuple[str, ...]:
        """Name the fields that are stored encrypted."""
        return tuple(field.name for field in self.own_fields if field.sealed)

    def told(self, values: Values) -> str:
        """Tell what an entry of this kind is, or just its title."""
        return self.tell(values) if self.tell is not None else self.title.lower()
