"""What a report may claim of change, and whether those measured twice are like the others.

Improvement is claimed only where it holds whatever became of those without a last score: each of
them counts as worse. So no way in which people drop out can make a claim of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import fmean, variance

from journaling import formatting
from journaling.briefs.limits import RELIABLE_CHANGE
from journaling.insights.confidence import binomial_upper_tail, normal_cdf
from journaling.reports.outcomes import COMPLETED, EndedTreatment, first_scores

#: One-sided, shared among the questionnaires that have a published threshold.
CLAIM_LEVEL = 0.05 / len(RELIABLE_CHANGE)
#: Two-sided, shared among the questionnaires and the two things that are compared of each.
DIFFERENCE_LEVEL = 0.05 / (2 * len(RELIABLE_CHANGE))


class Improvement(StrEnum):
    """What is claimed of change; nothing here compares with people who were not treated."""

    TOO_FEW = "too_few"
    NONE = "none"
    #: Among those measured twice alone; it does not hold for everybody.
    MEASURED_ONLY = "measured_only"
    #: Whatever became of those who were not.
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Selection:
    """Whether those with both scores differ from the others: in completing, in the first score."""

    in_completing: bool
    in_first_score: bool

    @property
    def is_found(self) -> bool:
        """Whether they differ in either."""
        return self.in_completing or self.in_first_score


def improvement(treatments: Sequence[EndedTreatment], slug: str) -> Improvement:
    """Judge whether more people improved reliably than got worse."""
    statuses = [treatment.status(slug) for treatment in treatments]
    improved, worse = statuses.count("improved"), statuses.count("worse")
    missing = sum(not treatment.has_both(slug) for treatment in treatments)
    if _is_more(improved, worse + missing):
        return Improvement.HOLDS
    return Improvement.MEASURED_ONLY if _is_more(improved, worse) else Improvement.NONE


def selection(treatments: Sequence[EndedTreatment], slug: str) -> Selection:
    """Compare those with both scores with the others."""
    both = [treatment.ending == COMPLETED for treatment in treatments if treatment.has_both(slug)]
    others = [
        treatment.ending == COMPLETED for treatment in treatments if not treatment.has_both(slug)
    ]
    return Selection(
        _differ_in_share(both, others),
        _differ_in_mean(
            first_scores(treatments, slug, has_both=True),
            first_scores(treatments, slug, has_both=False),
        ),
    )


def selection_sentence(name: str, slug: str, shown: Mapping[str, int], found: Selection) -> str:
    """Write who is in a comparison of first and last score, beside everybody, by cells shown."""
    both, everybody = shown[f"{slug}.both"], shown["discharged"]
    text = f"{name}: {both} of {everybody} discharged have a first and a last score"
    completed = f"{slug}.both.completed"
    if shown.keys() >= {COMPLETED, completed, f"{slug}.both.not_completed"}:
        text += (
            f". Of these {formatting.format_share(shown[completed], both)} completed the "
            f"programme, of all {formatting.format_share(shown[COMPLETED], everybody)}"
        )
    if found.is_found:
        text += "; they are not like all, so what is found of them says little of the others"
    return f"{text}."


def first_score_sentence(with_last: float, without_last: float, found: Selection) -> str:
    """Write how the first scores of those without a last one compare."""
    unlike = ", which is more than chance would have" if found.in_first_score else ""
    return (
        f"Their first score was {with_last:g} on average, that of people without a last one "
        f"{without_last:g}{unlike}."
    )


def improvement_sentence(found: Improvement) -> str:
    """Write what may be claimed."""
    return _IMPROVEMENT_SENTENCES[found]


_ALONE = (
    "Nobody untreated is compared with: people also improve by themselves, most of all from the "
    "days on which they felt worst."
)
_IMPROVEMENT_SENTENCES = {
    Improvement.TOO_FEW: "Too few to say whether people improved.",
    Improvement.NONE: "No improvement is claimed.",
    Improvement.MEASURED_ONLY: (
        "Among those with both scores more improved than got worse. It would not hold if those "
        "without a last score got worse, so no improvement is claimed of all."
    ),
    Improvement.HOLDS: (
        "More people improved reliably than got worse, even if everybody without a last score got "
        f"worse. {_ALONE}"
    ),
}


def _is_more(improved: int, others: int) -> bool:
    whole = improved + others
    return bool(whole) and binomial_upper_tail(improved, of=whole, chance=0.5) < CLAIM_LEVEL


def _differ_in_share(some: Sequence[bool], others: Sequence[bool]) -> bool:
    if not some or not others:
        return False
    whole = len(some) + len(others)
    share = (sum(some) + sum(others)) / whole
    spread = sqrt(share * (1 - share) * (1 / len(some) + 1 / len(others)))
    # With the continuity correction, as counts are whole.
    step = 0.5 * (1 / len(some) + 1 / len(others))
    apart = abs(sum(some) / len(some) - sum(others) / len(others)) - step
    return spread > 0 and _is_rare(apart / spread)


def _differ_in_mean(some: Sequence[int], others: Sequence[int]) -> bool:
    if min(len(some), len(others)) < 2:
        return False
    spread = sqrt(variance(some) / len(some) + variance(others) / len(others))
    return spread > 0 and _is_rare(abs(fmean(some) - fmean(others)) / spread)


def _is_rare(z: float) -> bool:
    return 2 * (1 - normal_cdf(z)) < DIFFERENCE_LEVEL
