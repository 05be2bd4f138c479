"""What a contest found out."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Rounds of one contest, and what went wrong in which of them."""

    contest: str
    hands: int
    rounds: int = 0
    lost: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, **found: tuple[object, object]) -> None:
        """Count a round; each fact is what was seen and what must be seen."""
        self.rounds += 1
        wrong = [
            f"{name}: {seen!r}, not {right!r}" for name, (seen, right) in found.items()
            if seen != right
        ]  # fmt: skip
        self.lost += bool(wrong)
        self.faults.update(wrong)

    @property
    def bound(self) -> str:
        """How often it may still go wrong at most, at 95 % (the rule of three)."""
        return f"< {3 / self.rounds:.2%}" if self.rounds and not self.lost else "-"
