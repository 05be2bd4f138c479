"""A completed questionnaire. Its score is computed each time it is read; nobody sends one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Annotated, ClassVar, TypedDict

from backend.kit.errors import FieldError
from backend.kit.parsing import parse_integer
from backend.kit.strict_json import Json
from journaling import formatting
from journaling.entries.kinds.field_types import (
    Instant,
    InvalidValue,
    JsonSchema,
    ShortText,
)
from journaling.entries.kinds.model import DerivedValues, EntryValues, SafetySignals, entry_model
from journaling.measures import instruments
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

    def schema(self) -> JsonSchema:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Values by item id, as `GET instruments` lists them.",
            "additionalProperties": {"type": ["integer", "null"]},
            "maxProperties": MAX_ANSWERED_ITEMS,
        }


class SubscaleScore(TypedDict):
    """The score of one scale of a questionnaire, None where items are missing."""

    score: int | None
    severity: str | None


@dataclass(frozen=True, slots=True)
class MeasureScores(DerivedValues):
    """The scores of a questionnaire; where items are missing there is none, and words say why."""

    score: Annotated[int | None, {"type": ["integer", "null"], "minimum": 0}]
    severity: Annotated[str | None, {"type": ["string", "null"]}]
    score_note: Annotated[
        str | None, {"type": ["string", "null"], "description": "Why there is no score."}
    ]
    subscales: Annotated[
        Mapping[str, SubscaleScore],
        {
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
    ]


@entry_model
class Measure(EntryValues):
    """The answers to one version of a questionnaire, by the ids of its items."""

    kind: ClassVar = "measure"
    title: ClassVar = "Questionnaire"
    plural: ClassVar = "questionnaires"
    derived_type: ClassVar = MeasureScores

    instrument: Annotated[str, ShortText(40)]
    version: Annotated[str, ShortText(20)]
    answers: Annotated[dict[str, int], ItemAnswers()]
    completed_at: Annotated[datetime, Instant()]

    def questionnaire(self) -> Instrument | None:
        """Find the questionnaire, or None where this release has no such version."""
        return instruments.find_instrument(self.instrument, self.version)

    def contradictions(self, unanswered: Mapping[str, str]) -> list[FieldError]:
        """Find a questionnaire, version, item or value that is not shipped."""
        questionnaire = self.questionnaire()
        if questionnaire is None:
            return [self._unknown_fault()]
        faults = [_answer_fault(questionnaire, *pair) for pair in self.answers.items()]
        parts = [name.partition(".")[2] for name in unanswered if name.startswith("answers.")]
        faults += [
            FieldError(f"unanswered.{_field_of_item(part)}", "unknown_item", "No such item.")
            for part in parts
            if questionnaire.item(part) is None
        ]
        return [fault for fault in faults if fault is not None]

    def description(self) -> str:
        """Describe the score on its range, or that there is none."""
        questionnaire, answers = self.questionnaire(), self.answers or {}
        if questionnaire is None:
            return f"questionnaire {self.instrument}, not scored"
        total = instruments.score_total(questionnaire, answers)
        if total is None:
            n = len(instruments.unanswered_items(questionnaire, answers))
            missing = f", {missing_items_phrase(n, len(questionnaire.items))}" if n else ""
            return f"{questionnaire.short_name}{missing}"
        if total.score is None:
            missing = missing_items_phrase(len(total.missing), len(total.scale.items))
            return f"{questionnaire.short_name} not scored, {missing}"
        severity = f" ({total.severity})" if total.severity else ""
        score = formatting.format_number(total.score)
        return f"{questionnaire.short_name} {score} of {total.scale.high}{severity}"

    def safety_signals(self) -> SafetySignals:
        """Return the answers that safety rules look at, such as ``phq9_item9`` (0 to 3)."""
        questionnaire, answers = self.questionnaire(), self.answers or {}
        if questionnaire is None:
            return {}
        return {
            item.signal: answers[item.id]
            for item in questionnaire.items
            if item.signal and _answer_fault(questionnaire, item.id, answers.get(item.id)) is None
        }

    def derived(self) -> MeasureScores:
        """Score it."""
        questionnaire, answers = self.questionnaire(), self.answers or {}
        if questionnaire is None:
            return MeasureScores(None, None, _UNSHIPPED, {})
        total = instruments.score_total(questionnaire, answers)
        return MeasureScores(
            score=total.score if total else None,
            severity=total.severity if total else None,
            score_note=unscored_reason(questionnaire, answers),
            subscales={
                part.scale.key: {"score": part.score, "severity": part.severity}
                for part in instruments.score_scales(questionnaire, answers)
                if part.scale.key != "total"
            },
        )

    def arranged(self) -> "Measure":
        """Put the answers in the order of the questionnaire's items."""
        questionnaire = self.questionnaire()
        if questionnaire is None or not self.answers:
            return self
        return replace(self, answers=questionnaire.in_order(self.answers))

    def _unknown_fault(self) -> FieldError:
        slugs = {slug for slug, _ in instruments.all_instruments()}
        if self.instrument in slugs:
            return FieldError(
                "version", "unknown_version", "No such version of this questionnaire."
            )
        detail = "Must be one of: " + ", ".join(sorted(slugs)) + "."
        return FieldError("instrument", "unknown_instrument", detail)


def _answer_fault(questionnaire: Instrument, name: str, value: object) -> FieldError | None:
    item = questionnaire.item(name)
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


def unscored_reason(instrument: Instrument, answers: Mapping[str, int]) -> str | None:
    """Explain why there is no score; None where there is one."""
    total = instruments.score_total(instrument, answers)
    if total is not None:
        if total.score is not None:
            return None
        return f"Not scored: {missing_items_phrase(len(total.missing), len(total.scale.items))}."
    return "This questionnaire has no total; its scales are read one by one."


def missing_items_phrase(n: int, of: int) -> str:
    """Write how many items were not answered."""
    return f"{n} of {of} items not answered"
