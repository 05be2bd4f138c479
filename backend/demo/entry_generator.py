"""Generate the entries of a made-up patient: moments, diary cards and questionnaires."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from backend.demo.people import (
    PatientProfile,
    QuestionnairePlan,
    UseEvent,
    clamp_to_scale,
    random_count,
    sample_up_to,
)
from journaling.measures import instruments
from journaling.measures.instruments import Instrument, InstrumentItem
from journaling.skills import catalogue

EntryFields = dict[str, Any]

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


def entries_per_day(kind: str, character: PatientProfile, roll: Random) -> int:
    """Choose how many entries of a kind a day gets."""
    rates = {
        "craving": character.craving.a_day,
        "mood": character.mood.a_day,
        "skill_practice": character.practice.a_day,
    }
    return random_count(roll, rates[kind])


def generate_craving(character: PatientProfile, *, progress: float, roll: Random) -> EntryFields:
    """Generate a craving that was not acted on, or whose end was left open."""
    own = character.craving
    first, now = own.strength
    strength = clamp_to_scale(1, roll.gauss(first + (now - first) * progress, 1.6), 10)
    fields: EntryFields = {"intensity": strength, "target": own.target}
    if roll.random() < 0.85:
        fields["triggers"] = sample_up_to(roll, own.triggers, 2)
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


def _coped(character: PatientProfile, strength: int, roll: Random) -> EntryFields:
    drop = roll.gauss(3.0 if roll.random() < character.practice.helps else 0.3, 1.0)
    return {
        "skills": sample_up_to(roll, character.practice.skills, 2),
        "intensity_after": clamp_to_scale(0, strength - drop, 10),
        "minutes_later": roll.choice((10, 15, 20, 20, 30, 45)),
    }


def generate_mood(character: PatientProfile, *, progress: float, roll: Random) -> EntryFields:
    """Generate a mood."""
    first, now = character.mood.valence
    valence = clamp_to_scale(-3, roll.gauss(first + (now - first) * progress, 1.1), 3)
    fields: EntryFields = {"valence": valence}
    if roll.random() < 0.8:
        fields["energy"] = clamp_to_scale(-3, valence * 0.5 + roll.gauss(-0.2, 1.1), 3)
    if roll.random() < 0.75:
        fields["labels"] = sample_up_to(roll, _LABELS[valence], 2)
    if roll.random() < 0.55:
        fields["associations"] = sample_up_to(roll, character.mood.associations, 2)
    if valence and roll.random() < 0.4:
        names = sample_up_to(roll, _LOW, 2) if valence < 0 else ["joy"]
        fields["emotions"] = {
            name: clamp_to_scale(1, abs(valence) + roll.random(), 5) for name in names
        }
    return fields


def generate_practice(character: PatientProfile, *, progress: float, roll: Random) -> EntryFields:
    """Generate a skill practice: done, only wanted, unwanted, or not possible."""
    own = character.practice
    slug = roll.choice(own.skills)
    # With the weeks, more is tried and more comes by itself.
    way = roll.choices(
        ("unwanted", "wanted", "unable", "able", "automatic"),
        (6, 14 - 8 * progress, 9 - 4 * progress, 65, 4 + 10 * progress),
    )[0]
    fields: EntryFields = {"skill": slug, **_facts(way)}
    if way in {"able", "automatic"}:
        fields |= _finished_practice(slug, character, roll)
        fields["planned"] = roll.random() < 0.45
    if own.situations and roll.random() < 0.3:
        fields["situation"] = roll.choice(own.situations)
    return fields


def generate_planned_practice(slug: str, character: PatientProfile, *, roll: Random) -> EntryFields:
    """Generate a practice of the skill that is this week's in the groups, or of a plan."""
    return {
        "skill": slug,
        **_facts("able"),
        **_finished_practice(slug, character, roll),
        "planned": True,
    }


def _finished_practice(slug: str, character: PatientProfile, roll: Random) -> EntryFields:
    helped = roll.random() < character.practice.helps
    minutes = clamp_to_scale(1, _minutes(slug) * roll.uniform(0.6, 1.6), 90)
    return {"helped": helped, "minutes": minutes, **_ratings(slug, helped=helped, roll=roll)}


def _facts(way: str) -> EntryFields:
    if way == "automatic":
        return {"automatic": True}
    if way == "unwanted":
        return {"considered": True, "wanted_to": False, "attempted": False}
    tried = way != "wanted"
    facts = {"considered": True, "wanted_to": True, "attempted": tried}
    return facts | ({"able": way == "able"} if tried else {})


def _minutes(slug: str) -> int:
    return catalogue.shipped_skills()[slug].minutes


def _ratings(slug: str, *, helped: bool, roll: Random) -> EntryFields:
    asked = catalogue.shipped_skills()[slug].ratings
    move = clamp_to_scale(0, roll.gauss(2.8 if helped else 0.4, 0.9), 5)
    if any(name in _LOWERED for name in asked):
        before = roll.randint(4, 9)
        return {"rating_before": before, "rating_after": max(0, before - move)}
    if any(name in _RAISED for name in asked):
        before = roll.randint(2, 6)
        return {"rating_before": before, "rating_after": min(10, before + move)}
    return {}


def generate_return_to_use(
    use: UseEvent, character: PatientProfile
) -> tuple[EntryFields, EntryFields]:
    """Generate a return to use: a craving that was acted on, and the use itself."""
    before: EntryFields = {
        "intensity": 9,
        "target": character.craving.target if _is_target(use, character) else use.substance,
        "triggers": list(character.craving.triggers[:2]),
        "outcome": "used",
    }
    fields: EntryFields = {
        "substance": use.substance,
        "amount": use.amount,
        "unit": use.unit,
        "alone": use.alone,
        "before": use.before,
        "after_effect": use.after_effect,
        "approximate": use.told_after > 12,
    }
    return before, fields | ({"discuss": True} if use.discuss else {})


def _is_target(use: UseEvent, character: PatientProfile) -> bool:
    # Wine is how somebody who craves alcohol drinks; beer is nothing that another craves.
    return character.craving.target in {use.substance, "alcohol"}


CardFields = dict[str, Any]

_PLEASANT_EVENTS = (
    "Coffee on the steps before anybody was up.",
    "Laughed at breakfast.",
    "The dog next door knows my name.",
    "Walked home instead of taking the bus.",
    "Finished the book.",
)
_BARRIERS = (
    "Worked late and missed the bus.",
    "Too tired to open the app.",
    "Nobody to watch the kids.",
)


def generate_diary_card(character: PatientProfile, *, progress: float, roll: Random) -> CardFields:
    """Generate a diary card, as completely filled in as people do."""
    first, now = character.craving.strength
    strength = (first + (now - first) * progress) / 2
    low = min(character.mood.valence) + 3
    slept = _drift(character.sleep, progress) + roll.gauss(0, 0.9)
    urges: CardFields = {
        "suicide": {"peak": 0, "acted": False},
        "self_harm": {"peak": 0, "acted": False},
        "use": {"peak": clamp_to_scale(0, roll.gauss(strength, 1.0), 5)},
        "quit_treatment": {"peak": clamp_to_scale(0, roll.gauss(1.6 - progress, 0.9), 5)},
    }
    for target in character.targets:
        urges[target] = {"peak": clamp_to_scale(0, roll.gauss(2.4 - progress, 1.0), 5)}
    fields: CardFields = {
        "urges": urges,
        "sleep_hours": round(max(2.0, min(10.0, slept)) * 2) / 2,
        "sleep_quality": clamp_to_scale(0, slept - 4, 4),
        "emotions": {
            "joy": clamp_to_scale(0, roll.gauss(low + progress, 0.9), 5),
            "sadness": clamp_to_scale(0, roll.gauss(4 - low, 1.0), 5),
            "fear": clamp_to_scale(0, roll.gauss(3.6 - low, 1.0), 5),
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
        fields["pleasant_event"] = roll.choice(_PLEASANT_EVENTS)
    if roll.random() < 0.12:
        fields["barrier"] = roll.choice(_BARRIERS)
    return fields


def generate_questionnaire(
    asked: QuestionnairePlan, character: PatientProfile, *, day: int, progress: float, roll: Random
) -> CardFields:
    """Generate the answers to a questionnaire; now and then an item is left open."""
    instrument = next(
        one for one in instruments.newest_instruments() if one.slug == asked.instrument
    )
    if instrument.total is None:
        answers = _answer_by_item(instrument, character, day, roll)
    else:
        total = clamp_to_scale(
            0, _drift(asked.total, progress) + roll.gauss(0, 1), instrument.total.high or 0
        )
        answers = _spread_total(instrument.items, total, roll)
        answers |= {
            item.id: int(asked.dark and day < 20) for item in instrument.items if item.signal
        }
    if roll.random() < 0.04:
        answers.pop(roll.choice(sorted(answers)))
    return {"instrument": instrument.slug, "version": instrument.version, "answers": answers}


def _drift(ends: tuple[float, float], progress: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * progress


def _spread_total(items: Iterable[InstrumentItem], total: int, roll: Random) -> dict[str, int]:
    """Spread a total over the items, leaving alone what safety looks at."""
    open_items = [item for item in items if not item.signal]
    answers = {item.id: 0 for item in open_items}
    for _ in range(total):
        room = [item for item in open_items if answers[item.id] < max(item.values)]
        if not room:
            break
        answers[roll.choice(room).id] += 1
    return answers


def _answer_by_item(
    instrument: Instrument, character: PatientProfile, day: int, roll: Random
) -> dict[str, int]:
    """Generate answers item by item, in agreement with the use that was logged."""
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
