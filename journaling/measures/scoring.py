"""Scoring a questionnaire: sums of what was answered, and no guess about what was not."""

from collections.abc import Mapping
from dataclasses import dataclass

from journaling.measures.instruments import Instrument, ScoredScale


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One scale of one completed questionnaire.

    ``score`` is None where items are missing or no sum is published; nothing is ever prorated.
    """

    scale: ScoredScale
    score: int | None
    severity: str | None
    missing: tuple[str, ...]


def score_scales(instrument: Instrument, answers: Mapping[str, int]) -> tuple[ScaleScore, ...]:
    """Score every scale of a questionnaire."""
    return tuple(_score_scale(instrument, scale, answers) for scale in instrument.scales)


def score_total(instrument: Instrument, answers: Mapping[str, int]) -> ScaleScore | None:
    """Score the whole, if the questionnaire has such a score."""
    scale = instrument.total
    return None if scale is None else _score_scale(instrument, scale, answers)


def unanswered_items(instrument: Instrument, answers: Mapping[str, int]) -> tuple[str, ...]:
    """List the items that should have been answered, in the questionnaire's order."""
    return tuple(
        item.id
        for item in instrument.items
        if item.id not in answers and not _is_skipped_by_rule(instrument, item.id, answers)
    )


def _score_scale(
    instrument: Instrument, scale: ScoredScale, answers: Mapping[str, int]
) -> ScaleScore:
    open_items = set(unanswered_items(instrument, answers))
    missing = tuple(name for name in scale.items if name in open_items)
    if missing or scale.low is None:
        return ScaleScore(scale, None, None, missing)
    # An item that the questionnaire itself passes over counts as its lowest answer.
    score = sum(answers.get(name, _lowest_value(instrument, name)) for name in scale.items)
    return ScaleScore(scale, score, scale.band_of(score), ())


def _is_skipped_by_rule(instrument: Instrument, name: str, answers: Mapping[str, int]) -> bool:
    item = instrument.item(name)
    rule = item.asked_unless if item is not None else None
    return rule is not None and answers.get(rule.item) == rule.value


def _lowest_value(instrument: Instrument, name: str) -> int:
    item = instrument.item(name)
    return min(item.values) if item is not None else 0
