"""Something measured at home: weight, blood pressure and the like, always with its unit."""

from dataclasses import dataclass

from backend.kit.errors import FieldError
from backend.kit.text import folded
from journaling import wording
from journaling.kinds.fields import Amount, Choice, Field, Json, Name, Scale
from journaling.kinds.kind import Kind, Values

#: Which units a type of reading may be given in; values are never converted.
UNITS = {
    "weight": ("kg", "lb"),
    "blood_pressure": ("mmHg",),
    "pulse": ("bpm", "/min"),
    "sleep": ("h", "hours", "min", "minutes"),
    "meals": ("meals", "count"),
    "movement": ("min", "minutes", "steps", "km", "mi"),
}
_SPELT = {folded(unit): unit for units in UNITS.values() for unit in units}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that some reading is given in; a capital makes no other unit."""

    def read(self, value: Json) -> str:
        """Take a name, spelt as we spell it where it is one of ours."""
        name = Name(30).read(value)
        return _SPELT.get(folded(name), name)

    def schema(self) -> dict[str, Json]:
        """Describe the unit."""
        return Name(30).schema()


def contradictions(values: Values) -> list[FieldError]:
    """Find a unit that the type isn't measured in, and a lower number without a blood pressure."""
    faults = []
    units = UNITS[values["type"]]
    if values["unit"] not in units:
        detail = "Must be one of: " + ", ".join(units) + "."
        faults.append(FieldError("unit", "unknown_choice", detail))
    if values.get("diastolic") is not None and values["type"] != "blood_pressure":
        detail = "Only a blood pressure has a lower number."
        faults.append(FieldError("diastolic", "contradicts", detail))
    return faults


def tell(values: Values) -> str:
    """Tell the value with its unit."""
    lower = f"/{values['diastolic']}" if values.get("diastolic") is not None else ""
    name = wording.spoken(values["type"])
    return f"{name} {wording.number(values['value'])}{lower} {values['unit']}"


KIND = Kind(
    name="reading",
    title="Reading",
    fields=(
        Field("type", Choice(tuple(UNITS)), required=True),
        Field("value", Amount(100_000), required=True),
        Field("unit", Unit(), required=True),
        Field("diastolic", Scale(10, 300, "Lower number of a blood pressure, mmHg")),
    ),
    check=contradictions,
    tell=tell,
)
