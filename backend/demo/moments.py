"""Single moments of a made-up patient: the fields of each kind, as varied as people are."""

from collections.abc import Mapping
from random import Random
from typing import Any

from backend.demo.character import Character, Use
from backend.demo.dice import between, pick, times
from journaling import catalogue

Fields = dict[str, Any]

#: What people call a mood of each valence.
_LABELS: Mapping[int, tuple[str, ...]] = {
    -3: ("hopeless", "overwhelmed", "ashamed"),
    -2: ("sad", "anxious", "lonely", "discouraged"),
    -1: ("worried", "irritated", "drained", "stressed"),
    0: ("indifferent", "calm", "drained"),
    1: ("content", "relieved", "hopeful", "calm"),
    2: ("grateful", "proud", "happy", "peaceful"),
    3: ("joyful", "excited", "passionate"),
}
_LOW = ("sadness", "shame", "fear", "anger", "emotional_misery")
_PLACES = ("home", "kitchen", "car", "work", "bus", "store", "a friend's place")
_COMPANY = ("alone", "family", "a friend", "people from work", "people I used with")
#: Skills after which a number should be lower; after the others it should be higher.
_LOWERED = ("urge_before_after", "distress_before_after")
_RAISED = ("mood_before_after", "confidence_before_after")


def how_often(kind: str, character: Character, roll: Random) -> int:
    """Choose how many entries of a kind a day gets."""
    rates = {
        "craving": character.craving.a_day,
        "mood": character.mood.a_day,
        "skill_practice": character.practice.a_day,
    }
    return times(roll, rates[kind])


def craving(character: Character, *, progress: float, roll: Random) -> Fields:
    """Live through a craving that was not acted on, or whose end was left open."""
    own = character.craving
    first, now = own.strength
    strength = between(1, roll.gauss(first + (now - first) * progress, 1.6), 10)
    fields: Fields = {"intensity": strength, "target": own.target}
    if roll.random() < 0.85:
        fields["triggers"] = pick(roll, own.triggers, 2)
    if roll.random() < 0.4:
        fields["place"] = roll.choice(_PLACES)
    if roll.random() < 0.3:
        fields["company"] = roll.choice(_COMPANY)
    if own.thoughts and roll.random() < 0.35:
        fields["thought"] = roll.choice(own.thoughts)
    if roll.random() < 0.55:
        fields |= _coped(character, strength, roll)
    outcome = roll.choices(
        ("did_not_use", "", "still_deciding", "prefer_not_to_say"), (80, 12, 5, 3)
    )[0]
    return fields | ({"outcome": outcome} if outcome else {})


def _coped(character: Character, strength: int, roll: Random) -> Fields:
    drop = roll.gauss(3.0 if roll.random() < character.practice.helps else 0.3, 1.0)
    return {
        "skills": pick(roll, character.practice.skills, 2),
        "intensity_after": between(0, strength - drop, 10),
        "minutes_later": roll.choice((10, 15, 20, 20, 30, 45)),
    }


def mood(character: Character, *, progress: float, roll: Random) -> Fields:
    """Feel something."""
    first, now = character.mood.valence
    valence = between(-3, roll.gauss(first + (now - first) * progress, 1.1), 3)
    fields: Fields = {"valence": valence}
    if roll.random() < 0.8:
        fields["energy"] = between(-3, valence * 0.5 + roll.gauss(-0.2, 1.1), 3)
    if roll.random() < 0.75:
        fields["labels"] = pick(roll, _LABELS[valence], 2)
    if roll.random() < 0.55:
        fields["associations"] = pick(roll, character.mood.associations, 2)
    if valence and roll.random() < 0.4:
        names = pick(roll, _LOW, 2) if valence < 0 else ["joy"]
        fields["emotions"] = {name: between(1, abs(valence) + roll.random(), 5) for name in names}
    return fields


def practice(character: Character, *, progress: float, roll: Random) -> Fields:
    """Use a skill, or want to, or not be able to."""
    own = character.practice
    slug = roll.choice(own.skills)
    # With the weeks, more is tried and more comes by itself.
    way = roll.choices(
        ("unwanted", "wanted", "unable", "able", "automatic"),
        (6, 14 - 8 * progress, 9 - 4 * progress, 65, 4 + 10 * progress),
    )[0]
    fields: Fields = {"skill": slug, **_facts(way)}
    if way in {"able", "automatic"}:
        fields |= _done(slug, character, roll)
        fields["planned"] = roll.random() < 0.45
    if own.situations and roll.random() < 0.3:
        fields["situation"] = roll.choice(own.situations)
    return fields


def practice_of_group(slug: str, character: Character, *, roll: Random) -> Fields:
    """Practise what the groups work on this week."""
    return {"skill": slug, **_facts("able"), **_done(slug, character, roll), "planned": True}


def _done(slug: str, character: Character, roll: Random) -> Fields:
    helped = roll.random() < character.practice.helps
    minutes = between(1, _minutes(slug) * roll.uniform(0.6, 1.6), 90)
    return {"helped": helped, "minutes": minutes, **_ratings(slug, helped=helped, roll=roll)}


def _facts(way: str) -> Fields:
    if way == "automatic":
        return {"automatic": True}
    if way == "unwanted":
        return {"considered": True, "wanted_to": False, "attempted": False}
    tried = way != "wanted"
    facts = {"considered": True, "wanted_to": True, "attempted": tried}
    return facts | ({"able": way == "able"} if tried else {})


def _minutes(slug: str) -> int:
    return catalogue.skills()[slug].minutes


def _ratings(slug: str, *, helped: bool, roll: Random) -> Fields:
    asked = catalogue.skills()[slug].ratings
    move = between(0, roll.gauss(2.8 if helped else 0.4, 0.9), 5)
    if any(name in _LOWERED for name in asked):
        before = roll.randint(4, 9)
        return {"rating_before": before, "rating_after": max(0, before - move)}
    if any(name in _RAISED for name in asked):
        before = roll.randint(2, 6)
        return {"rating_before": before, "rating_after": min(10, before + move)}
    return {}


def return_to_use(use: Use, character: Character) -> tuple[Fields, Fields]:
    """Tell what came before and what was used: a craving that was acted on, and the use itself."""
    before: Fields = {
        "intensity": 9,
        "target": character.craving.target if _is_target(use, character) else use.substance,
        "triggers": list(character.craving.triggers[:2]),
        "outcome": "used",
    }
    fields: Fields = {
        "substance": use.substance,
        "amount": use.amount,
        "unit": use.unit,
        "alone": use.alone,
        "before": use.before,
        "after_effect": use.after_effect,
        "approximate": use.told_after > 12,
    }
    return before, fields | ({"discuss": True} if use.discuss else {})


def _is_target(use: Use, character: Character) -> bool:
    # Wine is how somebody who craves alcohol drinks; beer is nothing that another craves.
    return character.craving.target in {use.substance, "alcohol"}
