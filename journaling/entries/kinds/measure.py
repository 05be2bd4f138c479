"""A completed questionnaire. Its score is computed each time it is read; nobody sends one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from backend.kit.errors import FieldError
from backend.kit.parsing import parse_integer
from journaling import formatting
from journaling.entries.kinds.field_types import EntryField, Instant, InvalidValue, Json, ShortText
from journaling.entries.kinds.kind import DerivedValues, EntryKind, Values
from journaling.measures import instruments, scoring
from journaling.measures.instruments import Instrument

#: More items than any questionnaire that we would ship.
MAX_ANSWERED_ITEMS = 100
_ITEM = re.compile(r"[a-z][a-z0-9_]{0,19}")
_UNSHIPPED = "This version of the questionnaire is not part of this release, so it is not scored."


@dataclass(frozen=True, slots=True)
class ItemAnswers:
    """Item ids and the value chosen for each; an item left out was not answered."""

    def read(self, value: Json) -> dict[str, Json]:
        """Read an object of item ids; which values an item takes, its questionnaire knows."""
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of item ids and values.")
        if len(value) > MAX_ANSWERED_ITEMS:
            raise InvalidValue("too_many", f"At most {MAX_ANSWERED_ITEMS} items.")
        given = {
            name: value[name] if (number := parse_integer(value[name])) is None else number
            for name in sorted(value)
            if value[name] is not None
        }
        if not given:
            raise InvalidValue("required", "At least one item must be answered.")
        return given

    def read_partly(self, value: Json) -> dict[str, Json]:
        """Read the items that have a value; ``safety_signals`` checks whether an item allows it."""
        named = value if isinstance(value, dict) else {}
        return {
            name: one for name, one in islice(named.items(), MAX_ANSWERED_ITEMS) if one is not None
        }

    def schema(self) -> dict[str, Json]:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Values by item id, as `GET instruments` lists them.",
            "additionalProperties": {"type": ["integer", "null"]},
            "maxProperties": MAX_ANSWERED_ITEMS,
        }


def contradictions(values: Values) -> list[FieldError]:
    """Find a questionnaire, version, item or value that is not shipped."""
    instrument = instruments.find_instrument(values["instrument"], values["version"])
    if instrument is None:
        slugs = {slug for slug, _ in instruments.all_instruments()}
        if values["instrument"] not in slugs:
            detail = "Must be one of: " + ", ".join(sorted(slugs)) + "."
            return [FieldError("instrument", "unknown_instrument", detail)]
        return [FieldError("version", "unknown_version", "No such version of this questionnaire.")]
    faults = [_answer_fault(instrument, *pair) for pair in values["answers"].items()]
    asked = (values.get("unanswered") or {}).keys()
    parts = [name.partition(".")[2] for name in asked if name.startswith("answers.")]
    faults += [
        FieldError(f"unanswered.{_field_of_item(part)}", "unknown_item", "No such item.")
        for part in parts
        if instrument.item(part) is None
    ]
    return [fault for fault in faults if fault is not None]


def _answer_fault(instrument: Instrument, name: str, value: Json) -> FieldError | None:
    item = instrument.item(name)
    if item is None:
        return FieldError(
            _field_of_item(name), "unknown_item", "This questionnaire has no such item."
        )
    field = _field_of_item(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return FieldError(field, "not_a_whole_number", "Must be a whole number.")
    if value not in item.values:
        allowed = ", ".join(str(option.value) for option in item.options)
        return FieldError(field, "unknown_choice", f"Must be one of: {allowed}.")
    return None


def _field_of_item(item: str) -> str:
    """Return the field name of an item for an error; what can't be an item's id is not repeated."""
    return f"answers.{item}" if _ITEM.fullmatch(item) else "answers"


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the answers that safety rules look at, such as ``phq9_item9`` (0 to 3)."""
    instrument = _instrument(values)
    if instrument is None:
        return {}
    answers = values["answers"] or {}
    return {
        item.signal: answers[item.id]
        for item in instrument.items
        if item.signal and _answer_fault(instrument, item.id, answers.get(item.id)) is None
    }


def derive_scores(values: Values) -> dict[str, Json]:
    """Score it; where items are missing there is no score, and words say why."""
    instrument, answers = _instrument(values), values["answers"] or {}
    if instrument is None:
        return {"score": None, "severity": None, "score_note": _UNSHIPPED, "subscales": {}}
    total = scoring.score_total(instrument, answers)
    parts = [one for one in scoring.score_scales(instrument, answers) if one.scale.key != "total"]
    return {
        "score": total.score if total else None,
        "severity": total.severity if total else None,
        "score_note": unscored_reason(instrument, answers),
        "subscales": {
            one.scale.key: {"score": one.score, "severity": one.severity} for one in parts
        },
    }


def unscored_reason(instrument: Instrument, answers: Mapping[str, int]) -> str | None:
    """Explain why there is no score; None where there is one."""
    total = scoring.score_total(instrument, answers)
    if total is not None:
        if total.score is not None:
            return None
        return f"Not scored: {missing_items_phrase(len(total.missing), len(total.scale.items))}."
    return "This questionnaire has no total; its scales are read one by one."


def missing_items_phrase(n: int, of: int) -> str:
    """Write how many items were not answered."""
    return f"{n} of {of} items not answered"


def describe(values: Values) -> str:
    """Describe the score on its range, or that there is none."""
    instrument, answers = _instrument(values), values["answers"] or {}
    if instrument is None:
        return f"questionnaire {values['instrument']}, not scored"
    total = scoring.score_total(instrument, answers)
    if total is None:
        n = len(scoring.unanswered_items(instrument, answers))
        missing = f", {missing_items_phrase(n, len(instrument.items))}" if n else ""
        return f"{instrument.short_name}{missing}"
    if total.score is None:
        missing = missing_items_phrase(len(total.missing), len(total.scale.items))
        return f"{instrument.short_name} not scored, {missing}"
    severity = f" ({total.severity})" if total.severity else ""
    score = formatting.format_number(total.score)
    return f"{instrument.short_name} {score} of {total.scale.high}{severity}"


def order_answers(values: Values) -> dict[str, Json]:
    """Return the values with the answers in the order of the questionnaire's items."""
    instrument, answers = _instrument(values), values["answers"]
    if instrument is None or not answers:
        return dict(values)
    return {**values, "answers": instrument.in_order(answers)}


def _instrument(values: Values) -> Instrument | None:
    return instruments.find_instrument(values["instrument"], values["version"])


KIND = EntryKind(
    name="measure",
    title="Questionnaire",
    fields=(
        EntryField("instrument", ShortText(40), required=True),
        EntryField("version", ShortText(20), required=True),
        EntryField("answers", ItemAnswers(), required=True),
        EntryField("completed_at", Instant(), required=True),
    ),
    check=contradictions,
    describe=describe,
    safety_signals=safety_signals,
    derived=DerivedValues(
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
        derive_scores,
    ),
    plural="questionnaires",
    in_order=order_answers,
)
