"""What is claimed about many simulated patients, as shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from journaling.insights import thresholds
from journaling.insights.confidence import Confidence, RatingScale
from journaling.insights.sampling import daily_valence
from journaling.insights.skill_outcomes import find_standout_skill
from journaling.insights.timing import timing_by_daypart, timing_by_weekday
from journaling.insights.trends import find_trend
from tests.proofs.honesty.patients import Simulated, Truth, simulate

VALENCE = RatingScale(-3, 3)


def a_skill_stands_out(patient: Simulated) -> bool:
    """Whether any skill is said to stand out."""
    return find_standout_skill(patient.entries).confidence.is_claim


def the_skill_stands_out(patient: Simulated) -> bool:
    """Whether the one skill that helps is the one said to stand out."""
    found = find_standout_skill(patient.entries).skill
    return found is not None and found == patient.truth.helps


def a_part_of_the_day(patient: Simulated) -> bool:
    """Whether cravings are said to come more in one part of the day."""
    return timing_by_daypart(patient.entries).confidence.is_claim


def a_weekday(patient: Simulated) -> bool:
    """Whether cravings are said to come more on one weekday."""
    return timing_by_weekday(patient.entries, days=patient.days).confidence.is_claim


def mood_is_leaning(patient: Simulated) -> bool:
    """Whether mood is said to be changing over the last two weeks, leaning or more."""
    return _mood(patient).is_claim


def mood_is_changing(patient: Simulated) -> bool:
    """Whether mood is said to be changing without "leaning"."""
    return _mood(patient) is Confidence.FAIRLY_SURE


def mood_too_early(patient: Simulated) -> bool:
    """Whether nothing may be said about mood yet."""
    return _mood(patient) is Confidence.TOO_EARLY


def _mood(patient: Simulated) -> Confidence:
    days = patient.days[-thresholds.TREND_DAYS :]
    daily = daily_valence(patient.entries)
    return find_trend(daily, days=days, scale=VALENCE).confidence


Claim = Callable[[Simulated], bool]
CLAIMS: Mapping[str, Claim] = {
    "skill": a_skill_stands_out,
    "right skill": the_skill_stands_out,
    "day part": a_part_of_the_day,
    "weekday": a_weekday,
    "leaning": mood_is_leaning,
    "changing": mood_is_changing,
    "mood early": mood_too_early,
}


@dataclass(frozen=True)
class Shares:
    """How many of so many patients each claim was made about."""

    people: int
    made: Mapping[str, int]

    def of(self, claim: str) -> float:
        """Return the share of one claim."""
        return self.made[claim] / self.people


def shares(truth: Truth, *, people: int, claims: Mapping[str, Claim] = CLAIMS) -> Shares:
    """Simulate so many patients of one truth, and count what is claimed about them."""
    made = dict.fromkeys(claims, 0)
    for seed in range(people):
        patient = simulate(truth, seed=seed)
        for name, claim in claims.items():
            made[name] += claim(patient)
    return Shares(people, made)
