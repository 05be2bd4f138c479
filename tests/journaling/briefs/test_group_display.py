"""The view of the room: nothing of fewer than five, nothing that one of them makes up."""

import pytest

from journaling.briefs.group_display import DisplayedSkill, is_anonymous_enough
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import at, wrote
from tests.journaling.briefs.group_scenario import members, planned, projects


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([1, 1, 1, 1], False, id="four"),
        pytest.param([1, 1, 1, 1, 1], True, id="five"),
        pytest.param([1, 1, 1, 1, 0, 0], False, id="who did nothing does not contribute"),
        pytest.param([4, 1, 1, 1, 1], True, id="exactly half"),
        pytest.param([5, 1, 1, 1, 1], False, id="more than half"),
    ],
)
def test_a_sum_is_told_only_where_it_gives_away_nobody(parts: list[int], expected: bool) -> None:
    assert is_anonymous_enough(parts) is expected


def test_five_who_practised_are_told_as_one_number(cast: Cast) -> None:
    group = members(cast, 6)
    session_id = planned(cast, *group)
    for user in group[:5]:
        wrote(user, "skill_practice", at(1), skill="name-it")
    wrote(group[0], "skill_practice", at(2), skill="slow-breathing")

    found = projects(cast, session_id)

    assert found.skills == (DisplayedSkill("Put it into words", 5),)
    assert found.practices == 6
    # 6 days with entries of 6 members times 4 days that are over.
    assert found.logging == 30


def test_four_are_told_as_nothing(cast: Cast) -> None:
    group = members(cast, 6)
    session_id = planned(cast, *group)
    for user in group[:4]:
        wrote(user, "skill_practice", at(1), skill="name-it")

    found = projects(cast, session_id)

    assert (found.practices, found.skills, found.logging) == (None, (), None)


def test_one_who_makes_up_more_than_half_hides_it(cast: Cast) -> None:
    group = members(cast, 5)
    session_id = planned(cast, *group)
    for user in group:
        wrote(user, "skill_practice", at(1), skill="name-it")
    for hour in (8, 9, 10, 11):
        wrote(group[0], "skill_practice", at(1, hour), skill="name-it")

    found = projects(cast, session_id)

    assert (found.practices, found.skills) == (None, ())
    assert found.logging == 30


def test_what_is_not_for_the_team_adds_to_no_number(cast: Cast) -> None:
    group = members(cast, 5)
    session_id = planned(cast, *group)
    for user in group[:4]:
        wrote(user, "skill_practice", at(1), skill="name-it")
    wrote(group[4], "skill_practice", at(1), skill="name-it", share="private")

    found = projects(cast, session_id)

    assert (found.practices, found.skills, found.logging) == (None, (), None)
