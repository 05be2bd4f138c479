"""A skill that stands out among the patient's own, shrunk before it is believed (CLINICAL §6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance
from uuid import UUID

from journaling import wording
from journaling.entries import Recorded
from journaling.statistics import thresholds
from journaling.statistics.chances import normal_below
from journaling.statistics.sampling import Pair, pairs
from journaling.statistics.words import Confidence

NOTHING_YET = "No skill stands out yet."


@dataclass(frozen=True, slots=True)
class StandOut:
    """The one skill that stands out, if any; ``gain`` is in points, shrunk towards none.

    Skills that don't stand out are not named: nobody is shown a ranking from below.
    """

    confidence: Confidence
    skill: str | None = None
    gain: float | None = None
    uses: int | None = None
    entries: tuple[UUID, ...] = ()

    @property
    def text(self) -> str:
        """Say it to the patient."""
        return self.told()

    def told(self, *, whose: str = "your") -> str:
        """Say it in the fixed words; to staff the skills are "their" skills."""
        if self.skill is None or self.gain is None or self.uses is None:
            return NOTHING_YET
        points = wording.counted(max(1, round(self.gain)), "point")
        times = wording.counted(self.uses, "time")
        return (
            f"{wording.skill(self.skill)} has gone with a larger drop than {whose} other skills "
            f"so far (about {points}, {times}; {self.confidence})."
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One skill against the patient's other episodes with a skill."""

    skill: str
    gain: float
    posterior: float
    pairs: tuple[Pair, ...]


def stand_out(entries: Iterable[Recorded]) -> StandOut:
    """Find the skill that has gone with a larger drop than the patient's other skills.

    It takes three skills with eight rated uses each; skills used less are only compared with.
    """
    with_skill = [pair for pair in pairs(entries) if pair.skills]
    uses = Counter(name for pair in with_skill for name in pair.skills)
    often = sorted(name for name, n in uses.items() if n >= thresholds.LEAST_USES)
    if len(often) < thresholds.LEAST_SKILLS:
        return StandOut(Confidence.TOO_EARLY)
    rested = _beyond_expected(with_skill)
    sure = 1 - thresholds.CHANCE_OF_ERROR / len(often)
    found = [compared for name in often if (compared := _compare(name, with_skill, rested))]
    claims = [one for one in found if one.posterior > sure and one.gain >= thresholds.LEAST_GAIN]
    if not claims:
        return StandOut(Confidence.NONE)
    best = max(claims, key=lambda one: (one.gain, one.skill))
    return StandOut(
        Confidence.FAIRLY_SURE,
        skill=best.skill,
        gain=best.gain,
        uses=len(best.pairs),
        entries=tuple(pair.entry for pair in best.pairs),
    )


def _beyond_expected(rated: Sequence[Pair]) -> list[float]:
    """Tell by how much more each craving fell than one of its strength usually does.

    Strong cravings have further to fall. Without this a useless skill that is kept for them
    "stands out" in 27 % of simulated patients, with it in 5 % (``tests/honesty``). The slope is
    taken within skills, so that a skill's own gain does not hide in it.
    """
    groups: dict[frozenset[str], list[Pair]] = {}
    for pair in rated:
        groups.setdefault(pair.skills, []).append(pair)
    along = across = 0.0
    for group in groups.values():
        before, drop = fmean(p.before for p in group), fmean(p.drop for p in group)
        along += sum((p.before - before) * (p.drop - drop) for p in group)
        across += sum((p.before - before) ** 2 for p in group)
    slope = along / across if across else 0.0
    return [pair.drop - slope * pair.before for pair in rated]


def _compare(skill: str, rated: Sequence[Pair], rested: Sequence[float]) -> Compared | None:
    own = [rest for pair, rest in zip(rated, rested, strict=True) if skill in pair.skills]
    others = [rest for pair, rest in zip(rated, rested, strict=True) if skill not in pair.skills]
    if len(others) < thresholds.LEAST_USES:
        return None
    difference = fmean(own) - fmean(others)
    noise = _noise(own, others)
    prior = thresholds.PRIOR_SD**2
    kept = prior / (prior + noise)
    posterior = normal_below(difference * kept / sqrt(noise * kept))
    behind = tuple(pair for pair in rated if skill in pair.skills)
    return Compared(skill, difference * kept, posterior, behind)


def _noise(own: Sequence[float], others: Sequence[float]) -> float:
    """Find the variance of the difference of the two means.

    Eight uses tell little about their own spread, and those that happen to lie close together are
    the ones that stand out by chance: they are never believed to spread less than all do.
    """
    ours, theirs = len(own) - 1, len(others) - 1
    pooled = (variance(own) * ours + variance(others) * theirs) / (ours + theirs)
    usual = max(pooled, thresholds.LEAST_VARIANCE)
    return max(variance(own), usual) / len(own) + usual / len(others)
