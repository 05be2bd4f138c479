"""Scoring a questionnaire: sums of what was answered, and no guess about what was not."""

from collections.abc import Mapping
from dataclasses import dataclass

from journaling.instruments import Instrument, Scale


@dataclass(frozen=True, slots=True)
class Scored:
    """One scale of one completed questionnaire.

    ``score`` is None where items are missing or no sum is published; nothing is ever prorated.
    """

    scale: Scale
    score: int | None
    severity: str | None
    missing: tuple[str, ...]


def scored(instrument: Instrument, answers: Mapping[str, int]) -> tuple[Scored, ...]:
    """Score every scale of a questionnaire."""
    return tuple(_scored(instrument, scale, answers) for scale in instrument.scales)


def total(instrument: Instrument, answers: Mapping[str, int]) -> Scored | None:
    """Score the whole, if the questionnaire has such a score."""
    scale = instrument.total
    return None if scale is None else _scored(instrument, scale, answers)


def not_answered(instrument: Instrument, answers: Mapping[str, int]) -> tuple[str, ...]:
    """List the items that should have been answered, in the questionnaire's order."""
    return tuple(
        item.id
        for item in instrument.items
        if item.id not in answers and not _is_passed_over(instrument, item.id, answers)
    )


def _scored(instrument: Instrument, scale: Scale, answers: Mapping[str, int]) -> Scored:
    open_items = set(not_answered(instrument, answers))
    missing = tuple(name for name in scale.items if name in open_items)
    if missing or scale.low is None:
        return Scored(scale, None, None, missing)
    # An item that the questionnaire itself passes over counts as its lowest answer.
    score = sum(answers.get(name, _lowest(instrument, name)) for name in scale.items)
    return Scored(scale, score, scale.band_of(score), ())


def _is_passed_over(instrument: Instrument, name: str, answers: Mapping[str, int]) -> bool:
    item = instrument.item(name)
    rule = item.asked_unless if item is not None else None
    return rule is not None and answers.get(rule.item) == rule.value


def _lowest(instrument: Instrument, name: str) -> int:
    item = instrument.item(name)
    return min(item.values) if item is not None else 0
