"""The shipped catalogue of coping skills."""

import pytest

from journaling.skills import catalogue


def test_seventy_skills_are_shipped_and_whole() -> None:
    found = catalogue.shipped_skills()

    assert len(found) == 70
    for skill in found.values():
        assert skill.name
        assert skill.description
        assert 0 < skill.minutes <= 120


def test_cold_water_and_hard_exercise_carry_a_caution() -> None:
    cautious = {skill.slug for skill in catalogue.shipped_skills().values() if skill.caution}

    assert {"cool-the-face", "burst-of-movement"} <= cautious


@pytest.mark.parametrize(
    ("text", "module", "expected"),
    [
        ("WISE mind", None, True),
        ("balanced", None, True),
        (" Mind ", "mindfulness", True),
        ("balanced", "grounding", False),
        ("opposite", None, False),
        ("", None, True),
    ],
)
def test_a_skill_is_found_by_its_names_within_its_module(
    text: str, module: str | None, expected: bool
) -> None:
    skill = catalogue.shipped_skills()["balanced-mind-check"]

    assert catalogue.is_search_match(skill, text=text, module=module) is expected
