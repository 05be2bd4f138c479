"""The two distributions that the claims rest on."""

from functools import lru_cache
from math import comb, erf, sqrt


def normal_below(z: float) -> float:
    """Tell the chance that a standard normal value lies below ``z``."""
    return (1 + erf(z / sqrt(2))) / 2


@lru_cache(maxsize=4096)
def binomial_at_least(k: int, *, of: int, chance: float) -> float:
    """Tell the chance of ``k`` or more of ``of``, each with this chance."""
    return sum(comb(of, n) * chance**n * (1 - chance) ** (of - n) for n in range(k, of + 1))
