"""Something measured at home: weight, blood pressure and the like, always with its unit."""

from dataclasses import dataclass

from backend.kit.errors import FieldError
from backend.kit.text import fold_name
from journaling import formatting
from journaling.entries.kinds.field_types import (
    Amount,
    Choice,
    EntryField,
    IntegerScale,
    Json,
    ShortText,
)
from journaling.entries.kinds.kind import EntryKind, Values

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

    def schema(self) -> dict[str, Json]:
        """Describe the unit."""
        return ShortText(30).schema()


def contradictions(values: Values) -> list[FieldError]:
    """Find a unit that the type isn't measured in, and a lower number without a blood pressure."""
    faults = []
    units = UNITS_BY_TYPE[values["type"]]
    if values["unit"] not in units:
        detail = "Must be one of: " + ", ".join(units) + "."
        faults.append(FieldError("unit", "unknown_choice", detail))
    if values.get("diastolic") is not None and values["type"] != "blood_pressure":
        detail = "Only a blood pressure has a lower number."
        faults.append(FieldError("diastolic", "contradicts", detail))
    return faults


def describe(values: Values) -> str:
    """Describe the value with its unit."""
    lower = f"/{values['diastolic']}" if values.get("diastolic") is not None else ""
    name = formatting.humanize(values["type"])
    return f"{name} {formatting.format_number(values['value'])}{lower} {values['unit']}"


KIND = EntryKind(
    name="reading",
    title="Reading",
    fields=(
        EntryField("type", Choice(tuple(UNITS_BY_TYPE)), required=True),
        EntryField("value", Amount(100_000), required=True),
        EntryField("unit", VitalSignUnit(), required=True),
        EntryField("diastolic", IntegerScale(10, 300, "Lower number of a blood pressure, mmHg")),
    ),
    check=contradictions,
    describe=describe,
)
