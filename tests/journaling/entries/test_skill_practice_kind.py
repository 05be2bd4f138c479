"""Facts become the diary card's code only where they settle it; the table is CLINICAL §2's."""

from typing import Any

import pytest

from journaling.entries.kinds.skill_practice import SkillPractice, diary_code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"considered": False}, 0),
        ({"considered": False, "attempted": False}, 0),
        ({"considered": True, "wanted_to": False, "attempted": False}, 1),
        ({"considered": True, "wanted_to": True, "attempted": False}, 2),
        ({"attempted": True, "able": False}, 3),
        ({"attempted": True, "able": True, "helped": False}, 4),
        ({"attempted": True, "able": True, "helped": True}, 5),
        ({"automatic": True, "helped": False}, 6),
        ({"automatic": True, "helped": True}, 7),
        ({}, None),
        ({"considered": True}, None),
        ({"attempted": True}, None),
        ({"attempted": True, "able": True}, None),
        ({"automatic": True}, None),
        ({"automatic": True, "considered": False, "helped": True}, 7),
        ({"considered": True, "attempted": False}, None),
    ],
)
def test_the_code_follows_from_the_facts(facts: dict[str, Any], code: int | None) -> None:
    assert diary_code(SkillPractice(skill="slow-breathing", **facts)) == code


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"automatic": True, "able": False}, "able"),
        ({"attempted": True, "able": False, "helped": True}, "helped"),
        ({"attempted": False, "helped": False}, "helped"),
        ({"attempted": False, "able": True}, "able"),
        ({"considered": False, "attempted": True}, "considered"),
    ],
)
def test_facts_that_cannot_both_be_true_are_refused(facts: dict[str, Any], field: str) -> None:
    practice = SkillPractice(skill="slow-breathing", **facts)

    assert [fault.field for fault in practice.contradictions({})] == [field]
