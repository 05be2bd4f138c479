"""The diary card and its urges: one per local day, partial saves are valid (CLINICAL §2)."""

import re
from dataclasses import dataclass
from datetime import date as calendar_day
from itertools import islice
from typing import Annotated, ClassVar, TypedDict

from backend.kit.strict_json import Json
from backend.kit.text import fold_name
from journaling.entries.kinds.field_types import (
    Amount,
    IntegerScale,
    InvalidValue,
    JsonSchema,
    LocalDate,
    Ratings,
    ShortText,
    Text,
    YesNo,
    nullable_schema,
    read_or_none,
)
from journaling.entries.kinds.model import (
    SEALED,
    EntryValues,
    SafetyCheck,
    SafetySignals,
    entry_model,
)
from journaling.entries.kinds.short_kinds import EMOTIONS

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


class Urge(TypedDict, total=False):
    """One urge of a day: how strong at most (0 to 5), and whether it was acted on."""

    peak: int
    acted: bool


@dataclass(frozen=True, slots=True)
class Urges:
    """The day's urges: how strong at most, and whether they were acted on.

    Besides the fixed names up to ``most_personal`` of the patient's own targets (CLINICAL §2).
    """

    names: tuple[str, ...]
    most_personal: int

    def read(self, value: Json) -> dict[str, Urge] | None:
        """Read an object of ``{peak, acted}``; either may be missing, and missing is not zero.

        A capital makes no other name: two spellings are one urge, the stronger answer of which
        stands, and no spelling hides a fixed name from the rules of safety.
        """
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of urges.")
        known = {_urge_key(name): name for name in self.names}
        urges: dict[str, Urge] = {}
        for sent in sorted(value):
            spelt = sent if sent in self.names else ShortText(60).read(sent)
            name = known.setdefault(_urge_key(spelt), spelt)
            if urge := self._urge(value[sent]):
                urges[name] = _stronger_urge(urges.get(name, {}), urge)
        if len(known) - len(self.names) > self.most_personal:
            raise InvalidValue("too_many", f"At most {self.most_personal} targets of one's own.")
        return urges or None

    def read_partly(self, value: Json) -> dict[str, Urge]:
        """Read the peaks and acts that are valid, and leave out the others."""
        named = value if isinstance(value, dict) else {}
        urges = {
            name.strip(): _valid_parts(urge) for name, urge in islice(named.items(), MAX_NAMES_READ)
        }
        return {name: urge for name, urge in urges.items() if urge}

    def schema(self) -> JsonSchema:
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

    def _urge(self, urge: Json) -> Urge:
        if urge is None:
            return {}
        if not isinstance(urge, dict) or not set(urge) <= {"peak", "acted"}:
            raise InvalidValue("not_an_urge", "Each urge must be an object of peak and acted.")
        if not urge:
            raise InvalidValue(
                "not_an_urge", "Each urge must have a peak or say whether it was acted on."
            )
        parts = Urge()
        if urge.get("peak") is not None:
            parts["peak"] = _PEAK_SCALE.read(urge["peak"])
        if urge.get("acted") is not None:
            parts["acted"] = YesNo().read(urge["acted"])
        return parts


def _urge_key(name: str) -> str:
    return re.sub("[ -]", "_", fold_name(name))


def _stronger_urge(first: Urge, second: Urge) -> Urge:
    """Join what two spellings of one urge say."""
    joined = Urge()
    if peaks := [urge["peak"] for urge in (first, second) if "peak" in urge]:
        joined["peak"] = max(peaks)
    if acts := [urge["acted"] for urge in (first, second) if "acted" in urge]:
        joined["acted"] = any(acts)
    return joined


def _valid_parts(urge: Json) -> Urge:
    parts = Urge()
    if isinstance(urge, dict):
        if (peak := read_or_none(_PEAK_SCALE, urge.get("peak"))) is not None:
            parts["peak"] = peak
        if (acted := read_or_none(YesNo(), urge.get("acted"))) is not None:
            parts["acted"] = acted
    return parts


@entry_model
class DiaryCard(EntryValues):
    """The day's urges, emotions, sleep, body and spirit; every answer may be left out."""

    kind: ClassVar = "daily"
    title: ClassVar = "Diary card"
    is_daily: ClassVar = True

    date: Annotated[calendar_day | None, LocalDate()] = None
    urges: Annotated[dict[str, Urge] | None, Urges(FIXED_URGES, MAX_OWN_TARGETS)] = None
    emotions: Annotated[
        dict[str, int] | None,
        Ratings(EMOTIONS, IntegerScale(0, 5, "Strength"), most=len(EMOTIONS)),
    ] = None
    sleep_hours: Annotated[float | None, Amount(24)] = None
    sleep_quality: Annotated[int | None, IntegerScale(0, 4, "Quality of sleep")] = None
    medication_taken: Annotated[bool | None, YesNo()] = None
    supplements_taken: Annotated[bool | None, YesNo()] = None
    meals: Annotated[int | None, IntegerScale(0, 20, "Meals of the day")] = None
    movement_minutes: Annotated[int | None, IntegerScale(0, 1_440, "Minutes of movement")] = None
    pleasant_event: Annotated[str | None, Text(2_000), SEALED] = None
    pain: Annotated[int | None, IntegerScale(0, 10, "Worst pain of the day")] = None
    balance: Annotated[
        dict[str, int] | None, Ratings(SPHERES, IntegerScale(0, 4, "Balance"), most=len(SPHERES))
    ] = None
    barrier: Annotated[str | None, Text(2_000), SEALED] = None
    safety_check: SafetyCheck = None

    def urge(self, name: str) -> Urge:
        """Return what was answered about one urge; nothing where it was not asked."""
        return (self.urges or {}).get(name, Urge())

    def description(self) -> str:
        """Describe the day's urges above zero."""
        felt = [
            f"urge {URGE_PHRASES.get(name, f'for {name}')} {urge['peak']} of 5"
            for name, urge in (self.urges or {}).items()
            if urge.get("peak")
        ]
        return ", ".join(["diary card", *felt])

    def safety_signals(self) -> SafetySignals:
        """Return the urges and acts that safety rules look at, and own targets acted on."""
        signals: SafetySignals = {**(self.safety_check or {})}
        for name in ("suicide", "self_harm"):
            urge = self.urge(name)
            if "peak" in urge:
                signals[f"{name}_urge"] = urge["peak"]
            if "acted" in urge:
                signals[f"{name}_acted"] = urge["acted"]
        acted_on = [
            name
            for name, urge in (self.urges or {}).items()
            if name not in FIXED_URGES and urge.get("acted")
        ]
        if acted_on:
            signals["acted_on"] = list(acted_on)
        return signals
