"""The shipped catalogue of coping skills."""

from journaling import catalogue


def test_seventy_skills_are_shipped_and_whole() -> None:
    found = catalogue.skills()

    assert len(found) == 70
    for skill in found.values():
        assert skill.name
        assert skill.description
        assert 0 < skill.minutes <= 120


def test_cold_water_and_hard_exercise_carry_a_caution() -> None:
    cautious = {skill.slug for skill in catalogue.skills().values() if skill.caution}

    assert {"cool-the-face", "burst-of-movement"} <= cautious


def test_a_skill_is_found_by_its_other_names() -> None:
    assert "balanced-mind-check" in [skill.slug for skill in catalogue.found(text="WISE mind")]


def test_a_search_keeps_to_its_module() -> None:
    found = catalogue.found(module="mindfulness")

    assert found
    assert {skill.module for skill in found} == {"mindfulness"}


def test_nothing_is_assigned_before_assignments_exist() -> None:
    assert catalogue.found(only_assigned=True) == []
