"""Chance that falls alike every time, so that the same day gives the same demo."""

from collections.abc import Sequence
from random import Random


def seeded_random(*names: object) -> Random:
    """Return a random generator seeded by a name, such as a patient's on one day."""
    return Random("|".join(map(str, names)))  # noqa: S311 (made-up lives; nothing is guarded by it)


def sample_up_to(roll: Random, options: Sequence[str], most: int) -> list[str]:
    """Return between one and ``most`` different options."""
    return roll.sample(options, k=min(len(options), roll.randint(1, most)))


def random_count(roll: Random, a_day: float) -> int:
    """Turn a rate a day into a whole number of times on one day, right on average."""
    spread = a_day * roll.uniform(0.4, 1.6)
    whole = int(spread)
    return whole + (roll.random() < spread - whole)


def clamp_to_scale(low: int, value: float, high: int) -> int:
    """Round a value onto a scale."""
    return max(low, min(high, round(value)))
