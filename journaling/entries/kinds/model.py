"""What a kind of entry is: a typed model, each field of which says how it is read and stored.

``Annotated[int | None, IntegerScale(0, 10, "…")] = None`` reads, describes and types one answer; a
field without a default is required, and ``SEALED`` text is encrypted. From these follow the reading
of what a phone sent, the columns, the JSON and its schema, and the columns of an export.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from operator import attrgetter
from typing import (
    Annotated,
    ClassVar,
    Self,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    get_args,
    get_type_hints,
)

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.strict_json import Json
from journaling.entries.kinds.field_types import (
    FieldType,
    InvalidValue,
    JsonSchema,
    Text,
    YesNo,
    read_valid_parts,
)

MAX_NOTE_LENGTH = 10_000
#: Questions of safety that an entry may carry, all answered by yes or no (CLINICAL §3).
SAFETY_QUESTIONS = ("safe_now", "intent", "plan", "overdose_signs", "seizure_signs")
#: What safety rules look at, by the names of signals; an answer that was not given is left out.
SignalValue: TypeAlias = "int | bool | str | list[str] | None"
SafetySignals: TypeAlias = dict[str, SignalValue]
T = TypeVar("T")
M = TypeVar("M", bound="EntryModel")


@dataclass(frozen=True, slots=True)
class YesNoAnswers:
    """Named questions, each answered by yes or no; a name left out was not answered."""

    names: tuple[str, ...]

    def read(self, value: Json) -> dict[str, bool] | None:
        """Read an object of known names; null means not answered."""
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of names and yes or no.")
        if not set(value) <= set(self.names):
            raise InvalidValue("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        return {name: YesNo().read(answer) for name, answer in given.items()} or None

    def read_partly(self, value: Json) -> dict[str, bool]:
        """Read the known questions that were answered by yes or no, and leave out the others."""
        return read_valid_parts(YesNo(), value, self.names)

    def schema(self) -> JsonSchema:
        """Describe the questions."""
        return {
            "type": "object",
            "properties": {name: {"type": ["boolean", "null"]} for name in self.names},
            "additionalProperties": False,
        }


class Sealed:
    """The mark of text that is stored encrypted, with all other text of its entry as one value."""


SEALED = Sealed()
SafetyCheck = Annotated[dict[str, bool] | None, YesNoAnswers(SAFETY_QUESTIONS)]


@dataclass(frozen=True, slots=True)
class EntryField:
    """One field of a model as it was declared."""

    name: str
    type: FieldType[object]
    required: bool
    sealed: bool


class EntryModel:
    """Typed values that are read from JSON field by field."""

    __slots__ = ()
    #: The fields in the order in which they are answered.
    fields: ClassVar[tuple[EntryField, ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()
    #: Those that have a column of their own, and those that are stored encrypted.
    column_names: ClassVar[tuple[str, ...]] = ()
    sealed_names: ClassVar[tuple[str, ...]] = ()
    #: All of them in the order in which answers show them, and a function that reads their values.
    shown_names: ClassVar[tuple[str, ...]] = ()
    get_values: ClassVar[Callable[[object], tuple[object, ...]]]

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Build it from values by name; one left out is missing, and other names are passed over.

        Where a required value is missing, it is None: of a deleted entry nothing is left, and of a
        refused one the rules of safety see what could be read.
        """
        build: Callable[..., Self] = cls
        return build(**{name: values.get(name) for name in cls.names})

    def by_name(self) -> dict[str, object]:
        """List every value by its name; None is a missing answer."""
        return dict(zip(self.shown_names, type(self).get_values(self)))  # noqa: B905 # as many, and hot


@dataclass_transform(frozen_default=True)
def light_dataclass(cls: type[T]) -> type[T]:
    """Make a dataclass that mypy alone holds frozen: at run time that would cost every read."""
    return dataclass(slots=True)(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def entry_model(cls: type[M]) -> type[M]:
    """Make a model of a class, and read the description of its fields; mypy holds it frozen."""
    model = dataclass(slots=True, kw_only=True)(cls)
    model.fields = _declared_fields(model)
    model.names = tuple(field.name for field in model.fields)
    model.column_names = tuple(field.name for field in model.fields if not field.sealed)
    model.sealed_names = tuple(field.name for field in model.fields if field.sealed)
    model.shown_names = (*model.column_names, *model.sealed_names)
    model.get_values = getter_of(model.shown_names)
    return model


def _declared_fields(model: type[EntryModel]) -> tuple[EntryField, ...]:
    """Read the fields of a model, its own before those that it inherits."""
    hints = get_type_hints(model, include_extras=True)
    declared = []
    for field in fields(model):  # type: ignore[arg-type] # a dataclass by now
        _, field_type, *marks = get_args(hints[field.name])
        declared.append(
            EntryField(field.name, field_type, field.default is MISSING, SEALED in marks)
        )
    return tuple(sorted(declared, key=lambda field: field.name not in model.__annotations__))


def getter_of(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    """Return a function that reads several attributes at once."""
    if len(names) == 1:
        (name,) = names
        return lambda holder: (getattr(holder, name),)
    return attrgetter(*names) if names else lambda _: ()


@dataclass(frozen=True, slots=True)
class DerivedValues:
    """Values computed from what was stored, each time it is read; never stored, never sent.

    Each field is annotated with its JSON Schema.
    """

    def __bool__(self) -> bool:
        """Whether anything is derived at all."""
        return type(self) is not DerivedValues

    @classmethod
    @cache
    def schema(cls) -> dict[str, JsonSchema]:
        """Describe the values by name."""
        hints = get_type_hints(cls, include_extras=True)
        return {field.name: get_args(hints[field.name])[1] for field in fields(cls)}

    def by_name(self) -> dict[str, object]:
        """List every value by its name."""
        return {name: getattr(self, name) for name in self.schema()}


_NOTHING_DERIVED = DerivedValues()


@entry_model
class EntryValues(EntryModel):
    """The answers of one entry. Each kind is a subclass; all may carry a note.

    A kind that ``is_daily`` is about the local day in its field ``date``, not about a moment.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    #: The plural of the title where it is not made by an "s".
    plural: ClassVar[str] = ""
    is_daily: ClassVar[bool] = False
    derived_type: ClassVar[type[DerivedValues]] = DerivedValues

    note: Annotated[str | None, Text(MAX_NOTE_LENGTH), SEALED] = None

    def contradictions(self, unanswered: Mapping[str, str]) -> Sequence[FieldError]:
        """Find facts that can't both be true; ``unanswered`` names the questions passed over."""
        return ()

    def description(self) -> str:
        """Describe the entry in a phrase, each number with its scale."""
        return self.title.lower()

    def safety_signals(self) -> SafetySignals:
        """Return the structured answers that the rules of safety look at."""
        return {}

    def skills_used(self) -> Sequence[str]:
        """Return the skills that were used, by practising them or in a craving."""
        return ()

    def derived(self) -> DerivedValues:
        """Compute what follows from the answers."""
        return _NOTHING_DERIVED

    def arranged(self) -> Self:
        """Put the parts of an answer in the order in which they were asked.

        A database keeps no order of its own within a JSON value.
        """
        return self

    def columns(self) -> dict[str, object]:
        """List the answers that have a column of their own."""
        return {
            name: value for name in self.column_names if (value := getattr(self, name)) is not None
        }

    def texts(self) -> dict[str, str]:
        """List the texts that are stored encrypted."""
        return {
            name: text for name in self.sealed_names if (text := getattr(self, name)) is not None
        }


def read_fields(
    described: Sequence[EntryField], sent: Mapping[str, Json]
) -> tuple[dict[str, object], list[FieldError]]:
    """Read every field; null and left out both mean *missing*, within a field too.

    All faults are gathered, so that a phone can show them at once.
    """
    values: dict[str, object] = {}
    faults: list[FieldError] = []
    for field in described:
        value = sent.get(field.name)
        if value is None:
            if field.required:
                faults.append(FieldError(field.name, "required", "This field is required."))
            continue
        try:
            read = field.type.read(value)
            if read is not None:
                values[field.name] = read
        except InvalidValue as refusal:
            faults.append(FieldError(field.name, refusal.code, refusal.detail))
    return values, faults


def read_valid_fields(
    described: Sequence[EntryField], sent: Mapping[str, Json]
) -> dict[str, object]:
    """Read what can be read of every field; nothing is ever refused.

    A field of several answers (one with ``read_partly``) gives those that can be read.
    """
    return {
        field.name: value
        for field in described
        if (value := _read_what_is_valid(field.type, sent.get(field.name))) is not None
    }


def _read_what_is_valid(field_type: FieldType[object], value: Json) -> object:
    if value is None:
        return None
    try:
        return field_type.read(value)
    except InvalidValue:
        partly: Callable[[Json], object] = getattr(field_type, "read_partly", _no_value)
        return partly(value)


def _no_value(_value: Json) -> None:
    return None


def raise_faults(faults: Sequence[FieldError]) -> None:
    """Refuse the input when there is any fault.

    :raises backend.kit.errors.InvalidInput: with all of them.
    """
    if faults:
        raise InvalidInput(faults)
