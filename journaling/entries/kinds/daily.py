"""The diary card and its urges: one per local day, partial saves are valid (CLINICAL §2)."""

import re
from dataclasses import dataclass
from itertools import islice

from backend.kit.text import fold_name
from journaling.entries.kinds.field_types import (
    Amount,
    EntryField,
    IntegerScale,
    InvalidValue,
    Json,
    LocalDate,
    Ratings,
    ShortText,
    Text,
    YesNo,
    nullable_schema,
    read_valid_parts,
)
from journaling.entries.kinds.kind import EntryKind, Values
from journaling.entries.kinds.mood import EMOTIONS
from journaling.entries.kinds.safety_check import SAFETY_CHECK_FIELD
from journaling.entries.kinds.safety_check import safety_signals as checked

FIXED_URGES = ("suicide", "self_harm", "use", "quit_treatment")
MAX_OWN_TARGETS = 4
SPHERES = ("mind", "body", "spirit", "environment")
#: What follows "urge" in a sentence; a target of the patient's own follows "urge for".
URGE_PHRASES = {
    "suicide": "for suicide",
    "self_harm": "for self-harm",
    "use": "to use",
    "quit_treatment": "to quit treatment",
}
_PEAK_SCALE = IntegerScale(0, 5, "Highest urge of the day")
#: Of an object that was refused, so many names are looked at.
MAX_NAMES_READ = 100


@dataclass(frozen=True, slots=True)
class Urges:
    """The day's urges: how strong at most, and whether they were acted on.

    Besides the fixed names up to ``most_personal`` of the patient's own targets (CLINICAL §2).
    """

    names: tuple[str, ...]
    most_personal: int

    def read(self, value: Json) -> dict[str, dict[str, Json]] | None:
        """Read an object of ``{peak, acted}``; either may be missing, and missing is not zero.

        A capital makes no other name: two spellings are one urge, the stronger answer of which
        stands, and no spelling hides a fixed name from the rules of safety.
        """
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of urges.")
        known = {_urge_key(name): name for name in self.names}
        urges: dict[str, dict[str, Json]] = {}
        for sent in sorted(value):
            spelt = sent if sent in self.names else ShortText(60).read(sent)
            name = known.setdefault(_urge_key(spelt), spelt)
            if urge := self._urge(value[sent]):
                urges[name] = _stronger_urge(urges.get(name, {}), urge)
        if len(known) - len(self.names) > self.most_personal:
            raise InvalidValue("too_many", f"At most {self.most_personal} targets of one's own.")
        return urges or None

    def read_partly(self, value: Json) -> dict[str, dict[str, Json]]:
        """Read the peaks and acts that are valid, and leave out the others."""
        named = value if isinstance(value, dict) else {}
        urges = {
            name.strip(): read_valid_parts(_PEAK_SCALE, urge, ("peak",))
            | read_valid_parts(YesNo(), urge, ("acted",))
            for name, urge in islice(named.items(), MAX_NAMES_READ)
        }
        return {name: urge for name, urge in urges.items() if urge}

    def schema(self) -> dict[str, Json]:
        """Describe an urge, and the fixed names."""
        urge = {
            "type": "object",
            "properties": {
                "peak": {**_PEAK_SCALE.schema(), "type": ["integer", "null"]},
                "acted": {"type": ["boolean", "null"]},
            },
            "additionalProperties": False,
        }
        return {
            "type": "object",
            "properties": dict.fromkeys(self.names, nullable_schema(urge)),
            "additionalProperties": nullable_schema(urge),
            "maxProperties": len(self.names) + self.most_personal,
        }

    def _urge(self, urge: Json) -> dict[str, Json]:
        if urge is None:
            return {}
        if not isinstance(urge, dict) or not set(urge) <= {"peak", "acted"}:
            raise InvalidValue("not_an_urge", "Each urge must be an object of peak and acted.")
        if not urge:
            raise InvalidValue(
                "not_an_urge", "Each urge must have a peak or say whether it was acted on."
            )
        parts: dict[str, Json] = {}
        if urge.get("peak") is not None:
            parts["peak"] = _PEAK_SCALE.read(urge["peak"])
        if urge.get("acted") is not None:
            parts["acted"] = YesNo().read(urge["acted"])
        return parts


def _urge_key(name: str) -> str:
    return re.sub("[ -]", "_", fold_name(name))


def _stronger_urge(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """Join what two spellings of one urge say."""
    return {
        part: max(said[part] for said in (one, other) if part in said)
        for part in ("peak", "acted")
        if part in one or part in other
    }


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the urges and acts that safety rules look at, and own targets acted on."""
    signals = checked(values)
    urges = values.get("urges") or {}
    for name in ("suicide", "self_harm"):
        urge = urges.get(name, {})
        signals |= {f"{name}_urge": urge["peak"]} if "peak" in urge else {}
        signals |= {f"{name}_acted": urge["acted"]} if "acted" in urge else {}
    acted_on = [name for name in urges if name not in FIXED_URGES and urges[name].get("acted")]
    return signals | ({"acted_on": acted_on} if acted_on else {})


def describe(values: Values) -> str:
    """Describe the day's urges above zero."""
    felt = [
        f"urge {URGE_PHRASES.get(name, f'for {name}')} {urge['peak']} of 5"
        for name, urge in (values.get("urges") or {}).items()
        if urge.get("peak")
    ]
    return ", ".join(["diary card", *felt])


KIND = EntryKind(
    name="daily",
    title="Diary card",
    fields=(
        EntryField("date", LocalDate()),
        EntryField("urges", Urges(FIXED_URGES, MAX_OWN_TARGETS)),
        EntryField(
            "emotions", Ratings(EMOTIONS, IntegerScale(0, 5, "Strength"), most=len(EMOTIONS))
        ),
        EntryField("sleep_hours", Amount(24)),
        EntryField("sleep_quality", IntegerScale(0, 4, "Quality of sleep")),
        EntryField("medication_taken", YesNo()),
        EntryField("supplements_taken", YesNo()),
        EntryField("meals", IntegerScale(0, 20, "Meals of the day")),
        EntryField("movement_minutes", IntegerScale(0, 1_440, "Minutes of movement")),
        EntryField("pleasant_event", Text(2_000), sealed=True),
        EntryField("pain", IntegerScale(0, 10, "Worst pain of the day")),
        EntryField("balance", Ratings(SPHERES, IntegerScale(0, 4, "Balance"), most=len(SPHERES))),
        EntryField("barrier", Text(2_000), sealed=True),
        SAFETY_CHECK_FIELD,
    ),
    describe=describe,
    safety_signals=safety_signals,
    is_daily=True,
)
