"""What must hold of the claims: false ones are rare, and what is there is found."""

from dataclasses import dataclass
from math import sqrt

from tests.proofs.honesty.claims import Shares


@dataclass(frozen=True)
class Bound:
    """A share of patients that a claim may at most, or must at least, be made about."""

    patient: str
    claim: str
    most: float = 1.0
    least: float = 0.0

    def is_about(self, patient: str) -> bool:
        """Whether it speaks of these patients."""
        return self.patient == patient

    def holds(self, found: Shares) -> bool:
        """Whether it holds, allowing for the luck of this number of patients (3 σ)."""
        share = found.of(self.claim)
        return (
            self.least - self._luck(self.least, found)
            <= share
            <= self.most + self._luck(self.most, found)
        )

    @property
    def told(self) -> str:
        """Return what was promised."""
        return f"{self.patient}: {self.claim} from {self.least:.0%} to {self.most:.0%}"

    @staticmethod
    def _luck(share: float, found: Shares) -> float:
        return 3 * sqrt(share * (1 - share) / found.people)


#: False claims ≤ 5 % whatever is claimed, and ≤ 12 % of steady patients for what only "leans".
BOUNDS = (
    Bound("steady", "skill", most=0.05),
    Bound("steady", "day part", most=0.05),
    Bound("steady", "weekday", most=0.05),
    Bound("steady", "leaning", most=0.12),
    Bound("steady", "changing", most=0.05),
    Bound("steady, days alike (AR 0.6)", "changing", most=0.05),
    Bound("steady, days unlike (AR 0)", "leaning", most=0.12),
    Bound("a skill kept for strong cravings", "skill", most=0.05),
    Bound("silent weekends", "weekday", most=0.05),
    Bound("a skill that helps by 2", "right skill", least=0.80),
    Bound("a skill that helps by 3", "right skill", least=0.95),
    Bound("cravings of the evening (6 of 10)", "day part", least=0.95),
    Bound("cravings of Fridays (4 of 10)", "weekday", least=0.90),
    Bound("falling mood (3 of 6 in two weeks)", "leaning", least=0.55),
)
