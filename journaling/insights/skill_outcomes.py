"""Cravings after a skill, and a skill that stands out among the patient's own (CLINICAL §6).

Neither claims to know why.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, variance
from uuid import UUID

from backend.kit.languages import ENGLISH, Sentence
from journaling import formatting
from journaling.entries.entry import EntryValue
from journaling.insights import thresholds
from journaling.insights.confidence import Confidence, normal_cdf
from journaling.insights.sampling import RatedPair, rated_pairs
from journaling.skills import catalogue

NO_STANDOUT_TEXT = Sentence("No skill stands out yet.", "Ninguna habilidad destaca todavía.")
#: Always said with it: by a test against nothing a useless skill "helps" in 97 % of patients.
FADING_CAVEAT = Sentence(
    "Cravings also fade by themselves.", "Las ganas también bajan por sí solas."
)
_STANDS_OUT = Sentence(
    "{skill} has gone with a larger drop than {whose} other skills so far (about {points}, {times};"
    " {confidence}).",
    "Hasta ahora {skill} ha ido con una bajada mayor que sus otras habilidades (unos {points},"
    " {times}; {confidence}).",
)
_LOWER = Sentence(
    "lower {lower} of {times} (typically {before}→{after}). {caveat}",
    "más bajas {lower} de {times} (lo típico: {before}→{after}). {caveat}",
)


@dataclass(frozen=True, slots=True)
class StandoutSkill:
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
        """Return it in words for the patient."""
        return self.sentence()

    def sentence(self, *, whose: str = "your", language: str = ENGLISH) -> str:
        """Return it in the fixed words; for staff the skills are "their" skills."""
        if self.skill is None or self.gain is None or self.uses is None:
            return NO_STANDOUT_TEXT.spoken(language)
        return _STANDS_OUT.format(
            language,
            skill=catalogue.skill_name(self.skill),
            whose=whose,
            points=formatting.POINTS.count(max(1, round(self.gain)), language),
            times=formatting.TIMES.count(self.uses, language),
            confidence=self.confidence.spoken(language),
        )


@dataclass(frozen=True, slots=True)
class CravingsAfterSkill:
    """The cravings in which one skill was used, before and after."""

    skill: str
    pairs: tuple[RatedPair, ...]

    @property
    def lower(self) -> int:
        """Count the pairs whose later rating was lower."""
        return sum(pair.drop > 0 for pair in self.pairs)

    @property
    def typical(self) -> tuple[float, float]:
        """Find the median before and the median after."""
        return median(pair.before for pair in self.pairs), median(p.after for p in self.pairs)

    @property
    def entries(self) -> tuple[UUID, ...]:
        """Return the entries behind it."""
        return tuple(pair.entry for pair in self.pairs)

    @property
    def text(self) -> str:
        """Return it in the fixed words: "lower 6 of 8 times (typically 7→4). Cravings also …"."""
        return self.spoken(ENGLISH)

    def spoken(self, language: str) -> str:
        """Return it in the fixed words of one language."""
        before, after = map(formatting.format_number, self.typical)
        return _LOWER.format(
            language, lower=self.lower, times=formatting.TIMES.count(len(self.pairs), language),
            before=before, after=after, caveat=FADING_CAVEAT.spoken(language),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkillComparison:
    """One skill against the patient's other episodes with a skill."""

    skill: str
    gain: float
    posterior: float
    pairs: tuple[RatedPair, ...]


def find_standout_skill(entries: Iterable[EntryValue]) -> StandoutSkill:
    """Find the skill that has gone with a larger drop than the patient's other skills.

    It takes three skills with eight rated uses each; skills used less are only compared with.
    """
    with_skill = [pair for pair in rated_pairs(entries) if pair.skills]
    uses = Counter(name for pair in with_skill for name in pair.skills)
    often = sorted(name for name, n in uses.items() if n >= thresholds.MIN_USES)
    if len(often) < thresholds.MIN_SKILLS:
        return StandoutSkill(Confidence.TOO_EARLY)
    excess_drops = _beyond_expected(with_skill)
    sure = 1 - thresholds.ERROR_PROBABILITY / len(often)
    comparisons = [
        compared for name in often if (compared := _compare(name, with_skill, excess_drops))
    ]
    claims = [
        one for one in comparisons if one.posterior > sure and one.gain >= thresholds.MIN_GAIN
    ]
    if not claims:
        return StandoutSkill(Confidence.NONE)
    best = max(claims, key=lambda one: (one.gain, one.skill))
    return StandoutSkill(
        Confidence.FAIRLY_SURE,
        skill=best.skill,
        gain=best.gain,
        uses=len(best.pairs),
        entries=tuple(pair.entry for pair in best.pairs),
    )


def cravings_after_skills(entries: Iterable[EntryValue]) -> list[CravingsAfterSkill]:
    """List the skills that were used in at least three rated cravings, most used first.

    Never in the order of how much lower it was: that would be a ranking.
    """
    by_skill: dict[str, list[RatedPair]] = {}
    for pair in rated_pairs(entries):
        for skill in pair.skills:
            by_skill.setdefault(skill, []).append(pair)
    rated_often = [
        CravingsAfterSkill(skill, tuple(rated))
        for skill, rated in by_skill.items()
        if len(rated) >= thresholds.MIN_PAIRS
    ]
    return sorted(rated_often, key=lambda after: (-len(after.pairs), after.skill))


def _beyond_expected(rated: Sequence[RatedPair]) -> list[float]:
    """Compute by how much more each craving fell than one of its strength usually does.

    Strong cravings have further to fall. Without this a useless skill that is kept for them
    "stands out" in 27 % of simulated patients, with it in 5 % (``tests/proofs/honesty``). The slope
    is taken within skills, so that a skill's own gain does not hide in it.
    """
    groups: dict[frozenset[str], list[RatedPair]] = {}
    for pair in rated:
        groups.setdefault(pair.skills, []).append(pair)
    along = across = 0.0
    for group in groups.values():
        before, drop = fmean(p.before for p in group), fmean(p.drop for p in group)
        along += sum((p.before - before) * (p.drop - drop) for p in group)
        across += sum((p.before - before) ** 2 for p in group)
    slope = along / across if across else 0.0
    return [pair.drop - slope * pair.before for pair in rated]


def _compare(
    skill: str, rated: Sequence[RatedPair], excess_drops: Sequence[float]
) -> SkillComparison | None:
    own = [excess for pair, excess in zip(rated, excess_drops, strict=True) if skill in pair.skills]
    others = [
        excess for pair, excess in zip(rated, excess_drops, strict=True) if skill not in pair.skills
    ]
    if len(others) < thresholds.MIN_USES:
        return None
    difference = fmean(own) - fmean(others)
    noise = _noise(own, others)
    prior = thresholds.PRIOR_SD**2
    shrinkage = prior / (prior + noise)
    posterior = normal_cdf(difference * shrinkage / sqrt(noise * shrinkage))
    own_pairs = tuple(pair for pair in rated if skill in pair.skills)
    return SkillComparison(skill, difference * shrinkage, posterior, own_pairs)


def _noise(own: Sequence[float], others: Sequence[float]) -> float:
    """Find the variance of the difference of the two means.

    Eight uses tell little about their own spread, and those that happen to lie close together are
    the ones that stand out by chance: they are never believed to spread less than all do.
    """
    ours, theirs = len(own) - 1, len(others) - 1
    pooled = (variance(own) * ours + variance(others) * theirs) / (ours + theirs)
    usual = max(pooled, thresholds.MIN_VARIANCE)
    return max(variance(own), usual) / len(own) + usual / len(others)
