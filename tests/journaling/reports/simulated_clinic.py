"""Simulated clinics whose truth is known: who is treated, who improves, and who leaves unmeasured.

Scores of PHQ-9 are a state with noise; ``effect`` is by how much the state falls. With
``is_biased`` whoever feels worse leaves, and whoever leaves is hardly ever asked again: a clinic
that helps nobody then looks as if it did, to whoever counts those measured twice alone.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from journaling.reports.outcomes import EndedTreatment, measure_change

YEAR = 2025
SLUG = "phq-9"


@dataclass(frozen=True)
class Truth:
    """What is true of one clinic."""

    people: int = 120
    effect: float = 0.0
    noise: float = 4.0
    is_biased: bool = False
    measured_again: float = 0.7


def simulate(truth: Truth, *, seed: int) -> list[EndedTreatment]:
    """Treat everybody of one clinic; the same seed treats the same people."""
    dice = random.Random(seed)
    return [_treatment(truth, dice) for _ in range(truth.people)]


def _treatment(truth: Truth, dice: random.Random) -> EndedTreatment:
    discharged_on = date(YEAR, 1, 1) + timedelta(days=dice.randrange(365))
    admitted_on = discharged_on - timedelta(days=dice.randint(45, 90))
    state = dice.gauss(14, 4)
    first = _score(state + dice.gauss(0, truth.noise))
    last = _score(state - truth.effect + dice.gauss(0, truth.noise))
    completes, again = 0.6, truth.measured_again
    if truth.is_biased:
        completes = 0.9 if last < first else 0.25
    is_completed = dice.random() < completes
    if truth.is_biased:
        again = 0.95 if is_completed else 0.1
    scores = [(admitted_on + timedelta(days=2), first)]
    if dice.random() < again:
        scores.append((discharged_on - timedelta(days=3), last))
    return EndedTreatment(
        admitted_on,
        discharged_on,
        "completed" if is_completed else "left",
        changes={SLUG: measure_change(scores, admitted_on=admitted_on, slug=SLUG)},
    )


def _score(value: float) -> int:
    return max(0, min(27, round(value)))
