"""What a made-up patient takes, measures, feels in the body, and goes to."""

from collections.abc import Iterator
from random import Random
from typing import Any

from backend.demo.people import BodyHabits, clamp_to_scale
from journaling.entries.kinds.daily import SPHERES

Fields = dict[str, Any]


def generate_card_answers(habits: BodyHabits, *, roll: Random) -> Fields:
    """Generate the diary card's answers about the body; now and then one is left out."""
    answers: Fields = {
        "supplements_taken": roll.random() < 0.8,
        "pain": clamp_to_scale(0, roll.gauss(habits.pain, 1.0), 10),
        "balance": {name: clamp_to_scale(0, roll.gauss(2.4, 0.9), 4) for name in SPHERES},
    }
    return {name: answer for name, answer in answers.items() if roll.random() < 0.85}


def generate_morning(
    habits: BodyHabits, *, day: int, progress: float, roll: Random
) -> Iterator[tuple[str, Fields]]:
    """Generate the day's dose, taken or not, and a weight every few days."""
    if habits.medicine:
        is_taken = roll.random() < habits.takes
        reason = {} if is_taken else {"reason": habits.skipped}
        yield "dose", {"name": habits.medicine, "taken": is_taken, **reason}
    if habits.weight is not None and day % habits.weighs_every == 1:
        first, now = habits.weight
        weight = first + (now - first) * progress + roll.gauss(0, 0.4)
        yield "reading", {"type": "weight", "value": round(weight, 1), "unit": "kg"}


def generate_meeting(habits: BodyHabits, *, roll: Random) -> Fields | None:
    """Generate a meeting, on so many days a week."""
    if not habits.meetings or roll.random() >= habits.meetings_a_week / 7:
        return None
    return {"meeting_kind": roll.choice(habits.meetings), "minutes": 60}
