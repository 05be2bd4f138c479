"""After a skill craving was lower: a list of pairs, and no claim about why (CLINICAL §6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from journaling import wording
from journaling.entries import Recorded
from journaling.statistics import thresholds
from journaling.statistics.sampling import Pair, pairs

#: Always said with it: by a test against nothing a useless skill "helps" in 97 % of patients.
FADES = "Cravings also fade by themselves."


@dataclass(frozen=True, slots=True)
class AfterSkill:
    """The cravings in which one skill was used, before and after."""

    skill: str
    pairs: tuple[Pair, ...]

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
        """Name the entries behind it."""
        return tuple(pair.entry for pair in self.pairs)

    @property
    def text(self) -> str:
        """Say it in the fixed words: "lower 6 of 8 times (typically 7→4). Cravings also …"."""
        before, after = map(wording.number, self.typical)
        times = wording.counted(len(self.pairs), "time")
        return f"lower {self.lower} of {times} (typically {before}→{after}). {FADES}"


def after_skills(entries: Iterable[Recorded]) -> list[AfterSkill]:
    """List the skills that were used in at least three rated cravings, most used first.

    Never in the order of how much lower it was: that would be a ranking.
    """
    by_skill: dict[str, list[Pair]] = {}
    for pair in pairs(entries):
        for skill in pair.skills:
            by_skill.setdefault(skill, []).append(pair)
    found = [
        AfterSkill(skill, tuple(rated))
        for skill, rated in by_skill.items()
        if len(rated) >= thresholds.LEAST_PAIRS
    ]
    return sorted(found, key=lambda after: (-len(after.pairs), after.skill))
