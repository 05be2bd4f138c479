"""What a made-up patient is asked: the diary card of a day, and questionnaires."""

from collections.abc import Iterable
from random import Random
from typing import Any

from backend.demo.character import Asked, Character
from backend.demo.dice import between
from journaling import instruments
from journaling.instruments import Instrument, Item

Fields = dict[str, Any]

_PLEASANT = (
    "Coffee on the steps before anybody was up.",
    "Laughed at breakfast.",
    "The dog next door knows my name.",
    "Walked home instead of taking the bus.",
    "Finished the book.",
)
_IN_THE_WAY = (
    "Worked late and missed the bus.",
    "Too tired to open the app.",
    "Nobody to watch the kids.",
)


def diary(character: Character, *, progress: float, roll: Random) -> Fields:
    """Fill in a diary card, as completely as people do."""
    first, now = character.craving.strength
    strength = (first + (now - first) * progress) / 2
    low = min(character.mood.valence) + 3
    slept = _drift(character.sleep, progress) + roll.gauss(0, 0.9)
    urges: Fields = {
        "suicide": {"peak": 0, "acted": False},
        "self_harm": {"peak": 0, "acted": False},
        "use": {"peak": between(0, roll.gauss(strength, 1.0), 5)},
        "quit_treatment": {"peak": between(0, roll.gauss(1.6 - progress, 0.9), 5)},
    }
    for target in character.targets:
        urges[target] = {"peak": between(0, roll.gauss(2.4 - progress, 1.0), 5)}
    fields: Fields = {
        "urges": urges,
        "sleep_hours": round(max(2.0, min(10.0, slept)) * 2) / 2,
        "sleep_quality": between(0, slept - 4, 4),
        "emotions": {
            "joy": between(0, roll.gauss(low + progress, 0.9), 5),
            "sadness": between(0, roll.gauss(4 - low, 1.0), 5),
            "fear": between(0, roll.gauss(3.6 - low, 1.0), 5),
        },
    }
    if roll.random() < 0.7:
        fields |= {
            "meals": roll.randint(1, 3),
            "movement_minutes": roll.choice((0, 10, 20, 30, 45)),
        }
    if roll.random() < 0.6:
        fields["medication_taken"] = roll.random() < 0.92
    if roll.random() < 0.35:
        fields["pleasant_event"] = roll.choice(_PLEASANT)
    if roll.random() < 0.12:
        fields["barrier"] = roll.choice(_IN_THE_WAY)
    return fields


def questionnaire(
    asked: Asked, character: Character, *, day: int, progress: float, roll: Random
) -> Fields:
    """Answer a questionnaire; now and then an item is left open."""
    instrument = next(one for one in instruments.newest() if one.slug == asked.instrument)
    if instrument.total is None:
        answers = _by_item(instrument, character, day, roll)
    else:
        total = between(
            0, _drift(asked.total, progress) + roll.gauss(0, 1), instrument.total.high or 0
        )
        answers = _summing_to(instrument.items, total, roll)
        answers |= {
            item.id: int(asked.dark and day < 20) for item in instrument.items if item.signal
        }
    if roll.random() < 0.04:
        answers.pop(roll.choice(sorted(answers)))
    return {"instrument": instrument.slug, "version": instrument.version, "answers": answers}


def _drift(ends: tuple[float, float], progress: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * progress


def _summing_to(items: Iterable[Item], total: int, roll: Random) -> dict[str, int]:
    """Spread a total over the items, leaving alone what safety looks at."""
    open_items = [item for item in items if not item.signal]
    answers = {item.id: 0 for item in open_items}
    for _ in range(total):
        room = [item for item in open_items if answers[item.id] < max(item.values)]
        if not room:
            break
        answers[roll.choice(room).id] += 1
    return answers


def _by_item(
    instrument: Instrument, character: Character, day: int, roll: Random
) -> dict[str, int]:
    """Answer item by item; use as it was told, and no drug where none was used."""
    used = sum(day <= use.day < day + instrument.lookback_days for use in character.uses)
    drinks = character.craving.target == "alcohol"
    answers = {}
    for item in instrument.items:
        values = sorted(item.values)
        answers[item.id] = roll.choice(values[: len(values) // 2 + 1])
        if item.id in {"q4", "q5", "q6"} or item.id.startswith("q7"):
            answers[item.id] = values[0]
    answers["q4" if drinks else "q6"] = min(used, 7)
    return {
        name: value
        for name, value in answers.items()
        if not (name == "q5" and answers["q4"] == 0)
        and not (name.startswith("q7") and answers["q6"] == 0)
    }
