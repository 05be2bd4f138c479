"""What may be said about skills: pairs, and one that stands out."""

from datetime import timedelta

import pytest

from journaling.entries.entry import EntryValue
from journaling.insights.confidence import Confidence
from journaling.insights.skill_outcomes import cravings_after_skills, find_standout_skill
from tests.journaling.insights.logged_entries import fell

BREATHING, NAMING, RIDING = "slow-breathing", "name-it", "ride-the-urge"


def test_pairs_are_told_in_the_fixed_words() -> None:
    entries = [fell(n, 7, 4, BREATHING) for n in range(6)]
    entries += [fell(n, 7, 7, BREATHING) for n in (6, 7)]

    (found,) = cravings_after_skills(entries)

    assert found.text == ("lower 6 of 8 times (typically 7→4). Cravings also fade by themselves.")
    assert found.entries == tuple(entry.id for entry in entries)


def test_two_pairs_say_nothing() -> None:
    assert cravings_after_skills([fell(n, 7, 4, BREATHING) for n in range(2)]) == []


@pytest.mark.parametrize(
    "left_out",
    [
        fell(9, 2, 0, BREATHING),
        fell(9, 7, 4, BREATHING, later=61),
        fell(9, 7, 4, BREATHING, later=4),
        fell(9, 7, None, BREATHING),
        fell(9, 7, 4, BREATHING, later=None),
        fell(9, 7, 4),
        fell(9, 7, 4, BREATHING, late=timedelta(hours=30)),
        fell(9, 7, 4, BREATHING, late=timedelta(hours=49)),
    ],
    ids=[
        "too weak to fall", "rated too late", "rated too soon", "not rated", "nobody knows when",
        "no skill", "recalled", "recalled after 48 hours",
    ],
)  # fmt: skip
def test_what_may_not_count_is_no_pair(left_out: object) -> None:
    entries = [fell(n, 7, 4, BREATHING) for n in range(2)]

    assert cravings_after_skills([*entries, left_out]) == []  # type: ignore[list-item] # is one


@pytest.mark.parametrize("later", [5, 60])
def test_the_ends_of_the_hour_count(later: int) -> None:
    (found,) = cravings_after_skills([fell(n, 3, 3, BREATHING, later=later) for n in range(3)])

    assert (found.lower, len(found.pairs)) == (0, 3)


def test_skills_come_by_how_often_they_were_used_never_by_what_they_did() -> None:
    entries = [fell(n, 9, 0, NAMING) for n in range(3)]
    entries += [fell(n, 5, 6, BREATHING) for n in range(4)]

    assert [found.skill for found in cravings_after_skills(entries)] == [BREATHING, NAMING]


def test_a_skill_that_stands_out_is_named_with_its_gain_and_uses() -> None:
    entries = [fell(n, 7, 2 - n % 2, RIDING) for n in range(12)]
    entries += [fell(n, 7, 5 + n % 2, BREATHING) for n in range(10)]
    entries += [fell(n, 7, 5 - n % 2, NAMING) for n in range(10)]

    found = find_standout_skill(entries)

    assert found.skill == RIDING
    assert found.confidence is Confidence.FAIRLY_SURE
    assert found.text == (
        "Ride the urge like a wave has gone with a larger drop than your other skills so far "
        "(about 3 points, 12 times; fairly sure)."
    )
    assert "than their other skills" in found.sentence(whose="their")
    assert set(found.entries) == {entry.id for entry in entries[:12]}


def test_skills_that_do_alike_do_not_stand_out() -> None:
    entries = [
        fell(n, 7, 4 + n % 2, skill) for skill in (BREATHING, NAMING, RIDING) for n in range(12)
    ]

    found = find_standout_skill(entries)

    assert (found.confidence, found.skill) == (Confidence.NONE, None)
    assert found.text == "No skill stands out yet."


@pytest.mark.parametrize(
    "entries",
    [
        [fell(n, 7, 1, RIDING) for n in range(7)]
        + [fell(n, 7, 6, skill) for skill in (BREATHING, NAMING) for n in range(20)],
        [fell(n, 7, 1, RIDING) for n in range(20)] + [fell(n, 7, 6, NAMING) for n in range(20)],
        [],
    ],
    ids=["seven uses", "two skills", "nothing"],
)
def test_too_little_claims_nothing(entries: list[EntryValue]) -> None:
    found = find_standout_skill(entries)

    assert found.confidence is Confidence.TOO_EARLY
    assert found.text == "No skill stands out yet."


def test_a_skill_kept_for_strong_cravings_does_not_stand_out_for_it() -> None:
    entries = [fell(n, 10, 6 - n % 2, RIDING) for n in range(12)]
    entries += [
        fell(n, before, before // 2 - n % 2 + 1, skill)
        for skill in (BREATHING, NAMING)
        for n, before in enumerate((4, 5, 6, 7, 8, 9, 10, 10, 10, 4, 5, 6))
    ]

    assert find_standout_skill(entries).skill is None


def test_a_skill_that_does_worse_is_never_named() -> None:
    entries = [fell(n, 7, 8, RIDING) for n in range(12)]
    entries += [fell(n, 7, 3 + n % 2, skill) for skill in (BREATHING, NAMING) for n in range(12)]

    found = find_standout_skill(entries)

    assert "ide the urge" not in found.text


def test_skills_always_used_together_have_nothing_to_be_compared_with() -> None:
    entries = [fell(n, 7, 2 + n % 2, BREATHING, NAMING, RIDING) for n in range(20)]

    assert find_standout_skill(entries).confidence is Confidence.NONE
