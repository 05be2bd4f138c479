"""Sorts of value that hold several answers under their names."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import islice

from backend.kit import parsing
from backend.kit.text import folded
from journaling.kinds.fields import Json, Name, Refused, Scale, YesNo, or_null, readable

_PEAK = Scale(0, 5, "Highest urge of the day")
#: Of an object that was refused, so many names are looked at.
MOST_READ = 100


@dataclass(frozen=True, slots=True)
class YesNos:
    """Named questions, each answered by yes or no; a name left out was not answered."""

    names: tuple[str, ...]

    def read(self, value: Json) -> dict[str, bool] | None:
        """Take an object of known names; null means not answered."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of names and yes or no.")
        if not set(value) <= set(self.names):
            raise Refused("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        return {name: YesNo().read(answer) for name, answer in given.items()} or None

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

    def read(self, value: Json) -> dict[str, dict[str, Json]] | None:
        """Take an object of ``{peak, acted}``; either may be missing, and missing is not zero.

        A capital makes no other name: two spellings are one urge, the stronger answer of which
        stands, and no spelling hides a fixed name from the rules of safety.
        """
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of urges.")
        known = {_key(name): name for name in self.names}
        found: dict[str, dict[str, Json]] = {}
        for sent in sorted(value):
            spelt = sent if sent in self.names else Name(60).read(sent)
            name = known.setdefault(_key(spelt), spelt)
            if urge := self._urge(value[sent]):
                found[name] = _stronger(found.get(name, {}), urge)
        if len(known) - len(self.names) > self.most_personal:
            raise Refused("too_many", f"At most {self.most_personal} targets of one's own.")
        return found or None

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
            "properties": dict.fromkeys(self.names, or_null(urge)),
            "additionalProperties": or_null(urge),
            "maxProperties": len(self.names) + self.most_personal,
        }

    def _urge(self, urge: Json) -> dict[str, Json]:
        if urge is None:
            return {}
        if not isinstance(urge, dict) or not set(urge) <= {"peak", "acted"}:
            raise Refused("not_an_urge", "Each urge must be an object of peak and acted.")
        if not urge:
            raise Refused(
                "not_an_urge", "Each urge must have a peak or say whether it was acted on."
            )
        found: dict[str, Json] = {}
        if urge.get("peak") is not None:
            found["peak"] = _PEAK.read(urge["peak"])
        if urge.get("acted") is not None:
            found["acted"] = YesNo().read(urge["acted"])
        return found


def _key(name: str) -> str:
    return re.sub("[ -]", "_", folded(name))


def _stronger(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """Join what two spellings of one urge say."""
    return {
        part: max(said[part] for said in (one, other) if part in said)
        for part in ("peak", "acted")
        if part in one or part in other
    }


@dataclass(frozen=True, slots=True)
class LocalDate:
    """A day of the patient's own calendar."""

    def read(self, value: Json) -> date:
        """Take YYYY-MM-DD."""
        try:
            return parsing.day(value)
        except parsing.Unreadable as fault:
            raise Refused(fault.code, fault.detail) from None

    def schema(self) -> dict[str, Json]:
        """Describe the day."""
        return {"type": "string", "format": "date"}
