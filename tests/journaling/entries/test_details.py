"""Every field of every kind of entry is told in words, and none of our codes with it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from journaling.entries.details import entry_details
from journaling.entries.kinds.registry import KINDS
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import wrote

NOW = timezone.now() - timedelta(hours=1)
SESSION = str(uuid4())
#: An entry of each kind with every field, and what a reader finds of it.
FULL: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "craving": (
        {
            "intensity": 8, "target": "oxy", "triggers": ["bad_feeling", "lonely"],
            "place": "at the lake", "company": "my cousin", "thought": "just one",
            "skills": ["slow-breathing"], "intensity_after": 3, "minutes_later": 20,
            "outcome": "did_not_use", "safety_check": {"safe_now": True, "intent": False},
            "note": "It went by.",
        },
        {
            "How strong": "8 of 10", "For": "oxy", "Triggers": "bad feeling, lonely",
            "Place": "at the lake", "With whom": "my cousin", "Thought": "just one",
            "Rated again": "3 of 10", "Rated again after": "20 minutes",
            "Outcome": "did not use", "Safety": "safe now: yes, intent: no", "Note": "It went by.",
        },
    ),
    "mood": (
        {
            "valence": -2, "energy": 1, "labels": ["anxious"], "associations": ["self_care"],
            "emotions": {"anger": 3, "physical_misery": 5}, "note": "n",
        },
        {
            "Mood": "−2 on a scale of −3 to +3", "Energy": "+1 on a scale of −3 to +3",
            "Feelings": "anxious", "To do with": "self care",
            "Emotions": "anger 3 of 5, physical misery 5 of 5",
        },
    ),
    "skill_practice": (
        {
            "skill": "slow-breathing", "considered": True, "wanted_to": True, "attempted": True,
            "able": True, "automatic": False, "helped": True, "rating_before": 7,
            "rating_after": 2, "minutes": 10, "situation": "on the bus", "planned": True,
            "note": "n",
        },
        {
            "Could do it": "yes", "Came by itself": "no", "Rating before": "7 of 10",
            "Rating after": "2 of 10", "How long": "10 minutes", "Situation": "on the bus",
            "Diary card code": "5: could, helped",
        },
    ),
    "daily": (
        {
            "urges": {"suicide": {"peak": 0}, "use": {"peak": 4, "acted": False},
                      "gambling": {"acted": True}},
            "emotions": {"shame": 2}, "sleep_hours": 6.5, "sleep_quality": 3,
            "medication_taken": True, "supplements_taken": False, "meals": 3,
            "movement_minutes": 1, "pleasant_event": "tea", "pain": 4,
            "balance": {"mind": 2}, "barrier": "rain", "safety_check": {"plan": False},
            "note": "n",
        },
        {
            "Urges": "gambling: acted on; suicide: at most 0 of 5; use: at most 4 of 5, "
                     "not acted on",
            "Hours of sleep": "6.5", "Sleep quality": "3 of 4", "Meals": "3",
            "Movement": "1 minute", "Balance": "mind 2 of 4", "Barrier": "rain",
        },
    ),
    "use": (
        {
            "substance": "beer", "amount": 2.5, "unit": "cans", "alone": False, "before": "a row",
            "after_effect": "sleepy", "approximate": True, "safety_check": {"safe_now": True},
            "note": "n",
        },
        {
            "Substance": "beer", "Amount": "2.5", "Unit": "cans", "Alone": "no",
            "What came before": "a row", "Afterwards": "sleepy", "Only about right": "yes",
        },
    ),
    "pre_session": (
        {
            "agenda": "my sister", "coming_in": {"use": 2, "quit_treatment": 0},
            "went_well": "slept", "session": SESSION, "safety_check": {"safe_now": True},
            "note": "n",
        },
        {
            "To talk about": "my sister",
            "Urges on the way in": "use 2 of 5, quit treatment 0 of 5",
            "Went well": "slept", "For a certain session": "yes",
        },
    ),
    "measure": (
        {"answers": {"q1": 1, "q9": 0}, "note": "n"},
        {
            "Questionnaire": "Patient Health Questionnaire (PHQ-9)",
            "Little interest or pleasure in doing things": "Several days (1)",
            "Feeling down, depressed, or hopeless": "not answered",
            "Score note": "Not scored: 7 of 9 items not answered.",
        },
    ),
    "dose": (
        {"name": "naltrexone", "taken": False, "reason": "forgot", "note": "n"},
        {"Name": "naltrexone", "Taken": "no", "Why": "forgot"},
    ),
    "reading": (
        {"type": "blood_pressure", "value": 120, "unit": "mmHg", "diastolic": 80, "note": "n"},
        {"Type": "blood pressure", "Value": "120", "Unit": "mmHg", "Lower number": "80"},
    ),
    "meeting": (
        {"meeting_kind": "mutual help", "minutes": 60, "note": "n"},
        {"Sort of meeting": "mutual help", "How long": "60 minutes"},
    ),
    "note": ({"note": "a quiet day"}, {"Note": "a quiet day"}),
}  # fmt: skip


def test_every_kind_is_told() -> None:
    assert set(FULL) == set(KINDS)


@pytest.mark.parametrize("kind", FULL)
def test_every_field_that_was_answered_is_told_in_words(cast: Cast, kind: str) -> None:
    fields, expected = FULL[kind]
    entry = wrote(cast.maya, kind, NOW, **fields)

    found = {one.label: one.words for one in entry_details(entry)}

    for label, words in expected.items():
        assert found[label] == words
    missing = {"Not answered"} & set(found)
    assert not missing or found["Not answered"] == "part of homework"
    assert SESSION not in str(found)
    # Our codes are for programs.
    told = " ".join(words for words in found.values())
    assert "_" not in told
    assert "True" not in told
    assert "None" not in told


@pytest.mark.parametrize("kind", FULL)
def test_an_entry_with_the_least_says_what_was_not_answered(cast: Cast, kind: str) -> None:
    entry = wrote(cast.maya, kind, NOW)

    found = {one.label: one.words for one in entry_details(entry)}

    assert found["Shared with"] == "the care team"
    assert found["Logged"] == "by themselves"
    assert found["Written down"].endswith("(America/Chicago)")
    if kind != "note":
        assert "note" in found["Not answered"].split(", ")


def test_own_words_are_marked_as_such(cast: Cast) -> None:
    entry = wrote(cast.maya, "craving", NOW, place="عند البحيرة", note="  two\nlines ")

    quoted = {one.label: one.words for one in entry_details(entry) if one.is_quote}

    assert quoted == {"For": "alcohol", "Place": "عند البحيرة", "Note": "two lines"}


def test_what_was_passed_over_is_told_apart_from_what_was_not_asked(cast: Cast) -> None:
    entry = wrote(
        cast.maya, "measure", NOW,
        unanswered={"answers.q2": "skipped", "answers.q9": "prefer_not_to_say"},
    )  # fmt: skip

    (told,) = [one.words for one in entry_details(entry) if one.label == "Passed over"]

    assert "Feeling down, depressed, or hopeless: skipped" in told
    assert told.endswith("preferred not to say")


def test_a_questionnaire_that_no_longer_ships_is_told_as_it_was_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = wrote(cast.maya, "measure", NOW)
    monkeypatch.setattr(
        "journaling.entries.kinds.measure.instruments.find_instrument", lambda *_: None
    )

    found = {one.label: one.words for one in entry_details(entry)}

    assert found["q1"] == "1"
    assert found["Questionnaire"] == "phq-9, version 1"


def test_a_number_is_not_told_twice_nor_a_version_that_the_name_says(cast: Cast) -> None:
    entry = wrote(cast.maya, "measure", NOW, instrument="bam-7", answers={"q2": 3, "q1": 2})

    found = {one.label: one.words for one in entry_details(entry)}

    assert "Version" not in found
    assert "3 (3)" not in found.values()
