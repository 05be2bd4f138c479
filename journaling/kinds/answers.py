"""Sorts of value that hold several answers under their names."""

from dataclasses import dataclass
from datetime import date
from itertools import islice

from journaling.kinds.fields import Json, Name, Refused, Scale, YesNo, readable

_PEAK = Scale(0, 5, "Highest urge of the day")
#: Of an object that was refused, so many names are looked at.
MOST_READ = 100


@dataclass(frozen=True, slots=True)
class YesNos:
    """Named questions, each answered by yes or no; a name left out was not answered."""

    names: tuple[str, ...]

    def read(self, value: Json) -> dict[str, bool]:
        """Take an object of known names; null means not answered."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of names and yes or no.")
        if not set(value) <= set(self.names):
            raise Refused("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        return {name: YesNo().read(answer) for name, answer in given.items()}

    def read_partly(self, value: Json) -> dict[str, bool]:
        """Take the known questions that were answered by yes or no, and leave the rest."""
        return readable(YesNo(), value, self.names)

    def schema(self) -> dict[str, Json]:
        """Describe the questions."""
        return {
            "type": "object",
            "properties": {name: {"type": ["boolean", "null"]} for name in self.names},
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Urges:
    """The day's urges: how strong at most, and whether they were acted on.

    Besides the fixed names up to ``most_personal`` of the patient's own targets (CLINICAL §2).
    """

    names: tuple[str, ...]
    most_personal: int

    def read(self, value: Json) -> dict[str, dict[str, Json]]:
        """Take an object of ``{peak, acted}``; either may be missing, and missing is not zero."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of urges.")
        personal = [Name(60).read(name) for name in value if name not in self.names]
        if len(personal) > self.most_personal:
            raise Refused("too_many", f"At most {self.most_personal} targets of one's own.")
        return {name.strip(): self._urge(value[name]) for name in sorted(value)}

    def read_partly(self, value: Json) -> dict[str, dict[str, Json]]:
        """Take the peaks and acts that can be read, and leave the rest."""
        named = value if isinstance(value, dict) else {}
        urges = {
            name.strip(): readable(_PEAK, urge, ("peak",)) | readable(YesNo(), urge, ("acted",))
            for name, urge in islice(named.items(), MOST_READ)
        }
        return {name: urge for name, urge in urges.items() if urge}

    def schema(self) -> dict[str, Json]:
        """Describe an urge, and the fixed names."""
        urge = {
            "type": "object",
            "properties": {
                "peak": {**_PEAK.schema(), "type": ["integer", "null"]},
                "acted": {"type": ["boolean", "null"]},
            },
            "additionalProperties": False,
        }
        return {
            "type": "object",
            "properties": dict.fromkeys(self.names, urge),
            "additionalProperties": urge,
            "maxProperties": len(self.names) + self.most_personal,
        }

    def _urge(self, urge: Json) -> dict[str, Json]:
        if not isinstance(urge, dict) or not set(urge) <= {"peak", "acted"}:
            raise Refused("not_an_urge", "Each urge must be an object of peak and acted.")
        found: dict[str, Json] = {}
        if urge.get("peak") is not None:
            found["peak"] = _PEAK.read(urge["peak"])
        if urge.get("acted") is not None:
            found["acted"] = YesNo().read(urge["acted"])
        if not found:
            raise Refused(
                "not_an_urge", "Each urge must have a peak or say whether it was acted on."
            )
        return found


@dataclass(frozen=True, slots=True)
class LocalDate:
    """A day of the patient's own calendar."""

    def read(self, value: Json) -> date:
        """Take YYYY-MM-DD."""
        try:
            if not isinstance(value, str) or len(value) != len("2026-11-24"):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise Refused("not_a_date", "Must be a date as YYYY-MM-DD.") from None

    def schema(self) -> dict[str, Json]:
        """Describe the day."""
        return {"type": "string", "format": "date"}
