"""Something measured at home: weight, blood pressure and the like, always with its unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from backend.kit.errors import FieldError
from backend.kit.strict_json import Json
from backend.kit.text import fold_name
from journaling import formatting
from journaling.entries.kinds.field_types import (
    Amount,
    Choice,
    IntegerScale,
    JsonSchema,
    ShortText,
)
from journaling.entries.kinds.model import EntryValues, entry_model

#: Which units a type of reading may be given in; values are never converted.
UNITS_BY_TYPE = {
    "weight": ("kg", "lb"),
    "blood_pressure": ("mmHg",),
    "pulse": ("bpm", "/min"),
    "sleep": ("h", "hours", "min", "minutes"),
    "meals": ("meals", "count"),
    "movement": ("min", "minutes", "steps", "km", "mi"),
}
_CANONICAL_UNITS = {fold_name(unit): unit for units in UNITS_BY_TYPE.values() for unit in units}


@dataclass(frozen=True, slots=True)
class VitalSignUnit:
    """A unit that some reading is given in; a capital makes no other unit."""

    def read(self, value: Json) -> str:
        """Read a unit, in our spelling where it is one of ours."""
        name = ShortText(30).read(value)
        return _CANONICAL_UNITS.get(fold_name(name), name)

    def schema(self) -> JsonSchema:
        """Describe the unit."""
        return ShortText(30).schema()


@entry_model
class VitalSign(EntryValues):
    """A reading with its unit; of a blood pressure the upper number, the lower one beside it."""

    kind: ClassVar = "reading"
    title: ClassVar = "Reading"

    type: Annotated[str, Choice(tuple(UNITS_BY_TYPE))]
    value: Annotated[float, Amount(100_000)]
    unit: Annotated[str, VitalSignUnit()]
    diastolic: Annotated[
        int | None, IntegerScale(10, 300, "Lower number of a blood pressure, mmHg")
    ] = None

    def contradictions(self, unanswered: Mapping[str, str]) -> list[FieldError]:
        """Find a unit of another type, and a lower number without a blood pressure."""
        faults = []
        units = UNITS_BY_TYPE[self.type]
        if self.unit not in units:
            detail = "Must be one of: " + ", ".join(units) + "."
            faults.append(FieldError("unit", "unknown_choice", detail))
        if self.diastolic is not None and self.type != "blood_pressure":
            detail = "Only a blood pressure has a lower number."
            faults.append(FieldError("diastolic", "contradicts", detail))
        return faults

    def description(self) -> str:
        """Describe the value with its unit."""
        lower = f"/{self.diastolic}" if self.diastolic is not None else ""
        name = formatting.humanize(self.type)
        return f"{name} {formatting.format_number(self.value)}{lower} {self.unit}"
