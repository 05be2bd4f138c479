"""Every kind tells itself in words, names what safety looks at, and derives what it promises."""

from typing import Any

import pytest

from journaling.entries.kinds.model import EntryValues
from journaling.entries.kinds.registry import KINDS
from journaling.models import Entry


def values(kind: str, **given: Any) -> EntryValues:
    return KINDS[kind].from_values(given)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("craving", {"intensity": 7, "target": "wine"}, "craving 7 of 10 for wine"),
        ("mood", {"valence": -1}, "mood slightly unpleasant (−1)"),
        ("use", {"substance": "wine"}, "use of wine, amount not given"),
        (
            "use",
            {"substance": "wine", "amount": 1.5, "unit": "glasses"},
            "use of wine, 1.5 glasses",
        ),
        ("use", {"substance": "wine", "amount": 2}, "use of wine, 2 (unit not given)"),
        ("daily", {}, "diary card"),
        (
            "daily",
            {"urges": {"use": {"peak": 3}, "suicide": {"peak": 0}, "self_harm": {"acted": True}}},
            "diary card, urge to use 3 of 5",
        ),
        (
            "daily",
            {
                "urges": {
                    "quit_treatment": {"peak": 2},
                    "self_harm": {"peak": 1},
                    "late games": {"peak": 4},
                }
            },
            "diary card, urge to quit treatment 2 of 5, urge for self-harm 1 of 5, "
            "urge for late games 4 of 5",
        ),
        (
            "pre_session",
            {"coming_in": {"use": 0, "quit_treatment": 2}},
            "before the session, urge to use 0 of 5, urge to quit treatment 2 of 5",
        ),
        ("dose", {"name": "naltrexone", "taken": True}, "naltrexone taken"),
        ("dose", {"name": "naltrexone", "taken": False}, "naltrexone skipped"),
        ("reading", {"type": "weight", "value": 70.5, "unit": "kg"}, "weight 70.5 kg"),
        (
            "reading",
            {"type": "blood_pressure", "value": 120.0, "unit": "mmHg", "diastolic": 80},
            "blood pressure 120/80 mmHg",
        ),
        ("meeting", {"meeting_kind": "mutual help"}, "meeting (mutual help)"),
        ("note", {"note": "x"}, "note"),
        (
            "skill_practice",
            {"skill": "slow-breathing", "attempted": True, "able": False},
            "Slow breathing, tried, could not",
        ),
    ],
)
def test_an_entry_is_told_with_its_scale(kind: str, given: dict[str, Any], expected: str) -> None:
    assert values(kind, **given).description() == expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("mood", {"valence": -3}, {}),
        ("daily", {}, {}),
        (
            "daily",
            {"urges": {"suicide": {"peak": 0, "acted": False}, "use": {"peak": 5}}},
            {"suicide_urge": 0, "suicide_acted": False},
        ),
        ("daily", {"urges": {"self_harm": {"acted": True}}}, {"self_harm_acted": True}),
        ("daily", {"safety_check": {"safe_now": False}}, {"safe_now": False}),
        ("pre_session", {"coming_in": {"use": 5}}, {}),
        ("pre_session", {"coming_in": {"die": 0}}, {"die_urge": 0}),
        ("craving", {"safety_check": {"plan": True}}, {"plan": True}),
        (
            "use",
            {"substance": "heroin", "safety_check": {"overdose_signs": True}},
            {"substance": "heroin", "overdose_signs": True},
        ),
    ],
)
def test_only_what_was_answered_is_a_signal_of_safety(
    kind: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert values(kind, **given).safety_signals() == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_plain_field_has_its_column_and_every_sealed_one_has_none(kind: str) -> None:
    columns = {field.name for field in Entry._meta.concrete_fields}

    for field in KINDS[kind].fields:
        assert (field.name in columns) is not field.sealed, field.name


def test_only_skill_practice_derives_the_code_of_the_diary_card() -> None:
    coded = [name for name, kind in KINDS.items() if "skills_code" in kind.derived_type.schema()]

    assert coded == ["skill_practice"]
