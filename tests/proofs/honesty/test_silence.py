"""Silent weekdays in a small size; ``python -m tests.proofs.honesty --silence`` is in full."""

import pytest

from tests.proofs.honesty.bounds import Bound
from tests.proofs.honesty.silence import BOUNDS, CLAIMS, NULLS, PLANTED, SUNDAY, live, shares

PEOPLE = 120
EVERYBODY = {**NULLS, **PLANTED}


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.told)
def test_a_silent_weekday_is_claimed_where_there_is_one_and_hardly_elsewhere(bound: Bound) -> None:
    found = shares(EVERYBODY[bound.patient], people=PEOPLE)

    assert bound.holds(found), f"{found.of(bound.claim):.0%} of {PEOPLE}"


def test_every_bound_speaks_of_somebody_and_a_claim_that_exist() -> None:
    assert {bound.patient for bound in BOUNDS} == {*EVERYBODY}
    assert {bound.claim for bound in BOUNDS} <= {*CLAIMS}


def test_the_same_seed_lives_the_same_days() -> None:
    truth = NULLS["in short runs"]

    assert live(truth, seed=3) == live(truth, seed=3)
    assert live(truth, seed=3) != live(truth, seed=4)


def test_planted_sundays_are_silent_and_other_days_are_not() -> None:
    shown, logged = live(PLANTED["8 of 10 Sundays, else 1 of 10"], seed=1)

    by_weekday = {
        weekday: sum(day not in logged for day in shown if day.weekday() == weekday)
        for weekday in range(7)
    }
    assert max(by_weekday, key=lambda weekday: by_weekday[weekday]) == SUNDAY
