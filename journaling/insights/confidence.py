"""How much a finding may claim (CLINICAL §6): fixed words, and two distributions behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import comb, erf, sqrt
from typing import Protocol
from uuid import UUID

from backend.kit.languages import ENGLISH, Noun, Sentence
from journaling import formatting


class Confidence(StrEnum):
    """How much a finding may claim; the three words are fixed, and "none" claims nothing."""

    TOO_EARLY = "too early"
    NONE = "none"
    LEANING = "leaning"
    FAIRLY_SURE = "fairly sure"

    def spoken(self, language: str) -> str:
        """Return its fixed word in one language; "none" has no word that anybody reads."""
        return _WORDS[self].spoken(language)

    @property
    def is_claim(self) -> bool:
        """Whether something is claimed at all."""
        return self in {Confidence.LEANING, Confidence.FAIRLY_SURE}


_WORDS = {
    Confidence.TOO_EARLY: Sentence("too early", "demasiado pronto"),
    Confidence.NONE: Sentence("none", "ninguna"),
    Confidence.LEANING: Sentence("leaning", "se inclina"),
    Confidence.FAIRLY_SURE: Sentence("fairly sure", "bastante seguro"),
}
_TOO_EARLY = Sentence(
    "Too early to say: {have} of the {need} it takes.",
    "Es pronto para decirlo: {have} de {need} que hacen falta.",
)


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The scale that numbers were given on; numbers of two scales are never compared."""

    low: int
    high: int

    @property
    def span(self) -> int:
        """Return the width of the scale."""
        return self.high - self.low

    def format(self, value: float) -> str:
        """Write a number with one decimal at most; a scale with two sides shows its sign."""
        rounded = round(value, 1) + 0.0
        return (
            formatting.format_signed(rounded) if self.low < 0 else formatting.format_number(rounded)
        )


class Claim(Protocol):
    """What every finding can do: say its words and name the entries behind them."""

    @property
    def text(self) -> str:
        """Return what may be claimed, in words."""

    @property
    def entries(self) -> Sequence[UUID]:
        """Return the entries that it rests on."""


def too_early_text(*, have: int, need: int, noun: Noun, language: str = ENGLISH) -> str:
    """Write that there is not enough yet, and how much is needed."""
    return _TOO_EARLY.format(language, have=noun.count(have, language), need=need)


def normal_cdf(z: float) -> float:
    """Return the chance that a standard normal value lies below ``z``."""
    return (1 + erf(z / sqrt(2))) / 2


@lru_cache(maxsize=4096)
def binomial_upper_tail(k: int, *, of: int, chance: float) -> float:
    """Return the chance of ``k`` or more of ``of``, each with this chance."""
    return sum(comb(of, n) * chance**n * (1 - chance) ** (of - n) for n in range(k, of + 1))
