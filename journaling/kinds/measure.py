"""A completed questionnaire. Its score is computed each time it is read; nobody sends one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from backend.kit.errors import FieldError
from backend.kit.numbers import whole
from journaling import instruments, scoring, wording
from journaling.instruments import Instrument
from journaling.kinds.fields import Field, Json, Name, Refused
from journaling.kinds.identity import Instant
from journaling.kinds.kind import Derived, Kind, Values

#: More items than any questionnaire that we would ship.
MOST_ITEMS = 100
_ITEM = re.compile(r"[a-z][a-z0-9_]{0,19}")
_UNSHIPPED = "This version of the questionnaire is not part of this release, so it is not scored."


@dataclass(frozen=True, slots=True)
class Answers:
    """Item ids and the value chosen for each; an item left out was not answered."""

    def read(self, value: Json) -> dict[str, Json]:
        """Take an object of item ids; which values an item takes, its questionnaire knows."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of item ids and values.")
        if len(value) > MOST_ITEMS:
            raise Refused("too_many", f"At most {MOST_ITEMS} items.")
        given = {
            name: value[name] if (number := whole(value[name])) is None else number
            for name in sorted(value)
            if value[name] is not None
        }
        if not given:
            raise Refused("required", "At least one item must be answered.")
        return given

    def read_partly(self, value: Json) -> dict[str, Json]:
        """Take the items that have a value; ``signals`` looks at whether an item takes it."""
        named = value if isinstance(value, dict) else {}
        return {name: one for name, one in islice(named.items(), MOST_ITEMS) if one is not None}

    def schema(self) -> dict[str, Json]:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Values by item id, as `GET instruments` lists them.",
            "additionalProperties": {"type": ["integer", "null"]},
            "maxProperties": MOST_ITEMS,
        }


def contradictions(values: Values) -> list[FieldError]:
    """Find a questionnaire, version, item or value that is not shipped."""
    instrument = instruments.find(values["instrument"], values["version"])
    if instrument is None:
        slugs = {slug for slug, _ in instruments.every()}
        if values["instrument"] not in slugs:
            detail = "Must be one of: " + ", ".join(sorted(slugs)) + "."
            return [FieldError("instrument", "unknown_instrument", detail)]
        return [FieldError("version", "unknown_version", "No such version of this questionnaire.")]
    faults = [_fault(instrument, *pair) for pair in values["answers"].items()]
    asked = (values.get("unanswered") or {}).keys()
    parts = [name.partition(".")[2] for name in asked if name.startswith("answers.")]
    faults += [
        FieldError(f"unanswered.{_named(part)}", "unknown_item", "No such item.")
        for part in parts
        if instrument.item(part) is None
    ]
    return [fault for fault in faults if fault is not None]


def _fault(instrument: Instrument, name: str, value: Json) -> FieldError | None:
    item = instrument.item(name)
    if item is None:
        return FieldError(_named(name), "unknown_item", "This questionnaire has no such item.")
    field = _named(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return FieldError(field, "not_a_whole_number", "Must be a whole number.")
    if value not in item.values:
        allowed = ", ".join(str(option.value) for option in item.options)
        return FieldError(field, "unknown_choice", f"Must be one of: {allowed}.")
    return None


def _named(item: str) -> str:
    """Name an item in a refusal; what can't be the id of an item is not repeated."""
    return f"answers.{item}" if _ITEM.fullmatch(item) else "answers"


def signals(values: Values) -> dict[str, Json]:
    """Name the answers that the rules of safety look at, such as ``phq9_item9`` (0 to 3)."""
    instrument = _instrument(values)
    if instrument is None:
        return {}
    answers = values["answers"] or {}
    return {
        item.signal: answers[item.id]
        for item in instrument.items
        if item.signal and _fault(instrument, item.id, answers.get(item.id)) is None
    }


def derived(values: Values) -> dict[str, Json]:
    """Score it; where items are missing there is no score, and words say why."""
    instrument, answers = _instrument(values), values["answers"] or {}
    if instrument is None:
        return {"score": None, "severity": None, "score_note": _UNSHIPPED, "subscales": {}}
    whole = scoring.total(instrument, answers)
    parts = [one for one in scoring.scored(instrument, answers) if one.scale.key != "total"]
    return {
        "score": whole.score if whole else None,
        "severity": whole.severity if whole else None,
        "score_note": note(instrument, answers),
        "subscales": {
            one.scale.key: {"score": one.score, "severity": one.severity} for one in parts
        },
    }


def note(instrument: Instrument, answers: Mapping[str, int]) -> str | None:
    """Say why there is no score, or nothing where there is one."""
    whole = scoring.total(instrument, answers)
    if whole is not None:
        if whole.score is not None:
            return None
        return f"Not scored: {missing(len(whole.missing), len(whole.scale.items))}."
    return "This questionnaire has no total; its scales are read one by one."


def missing(n: int, of: int) -> str:
    """Tell how many items were not answered."""
    return f"{n} of {of} items not answered"


def tell(values: Values) -> str:
    """Tell the score on its range, or that there is none."""
    instrument, answers = _instrument(values), values["answers"] or {}
    if instrument is None:
        return f"questionnaire {values['instrument']}, not scored"
    whole = scoring.total(instrument, answers)
    if whole is None:
        n = len(scoring.not_answered(instrument, answers))
        left = f", {missing(n, len(instrument.items))}" if n else ""
        return f"{instrument.short_name}{left}"
    if whole.score is None:
        left = missing(len(whole.missing), len(whole.scale.items))
        return f"{instrument.short_name} not scored, {left}"
    severity = f" ({whole.severity})" if whole.severity else ""
    return f"{instrument.short_name} {wording.number(whole.score)} of {whole.scale.high}{severity}"


def in_order(values: Values) -> dict[str, Json]:
    """Return the values with the answers in the order of the questionnaire's items."""
    instrument, answers = _instrument(values), values["answers"]
    if instrument is None or not answers:
        return dict(values)
    return {**values, "answers": instrument.in_order(answers)}


def _instrument(values: Values) -> Instrument | None:
    return instruments.find(values["instrument"], values["version"])


KIND = Kind(
    name="measure",
    title="Questionnaire",
    fields=(
        Field("instrument", Name(40), required=True),
        Field("version", Name(20), required=True),
        Field("answers", Answers(), required=True),
        Field("completed_at", Instant(), required=True),
    ),
    check=contradictions,
    tell=tell,
    signals=signals,
    derived=Derived(
        {
            "score": {"type": ["integer", "null"], "minimum": 0},
            "severity": {"type": ["string", "null"]},
            "score_note": {"type": ["string", "null"], "description": "Why there is no score."},
            "subscales": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "score": {"type": ["integer", "null"], "minimum": 0},
                        "severity": {"type": ["string", "null"]},
                    },
                    "required": ["score", "severity"],
                },
            },
        },
        derived,
    ),
    plural="questionnaires",
    in_order=in_order,
)
