"""The claims' bounds in a small size; ``python -m tests.proofs.honesty`` runs them in full."""

from collections.abc import Iterable

import pytest

from tests.proofs.honesty.bounds import BOUNDS, Bound
from tests.proofs.honesty.claims import CLAIMS, Shares, shares
from tests.proofs.honesty.patients import NULLS, PLANTED, simulate

PEOPLE = 25


def told(bounds: Iterable[Bound]) -> list[str]:
    return [bound.told for bound in bounds]


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.told)
def test_false_claims_are_rare_and_what_is_there_is_found(bound: Bound) -> None:
    truth = {**NULLS, **PLANTED}[bound.patient]

    found = shares(truth, people=PEOPLE, claims={bound.claim: CLAIMS[bound.claim]})

    assert bound.holds(found), f"{found.of(bound.claim):.0%} of {PEOPLE}"


def test_a_bound_that_is_broken_is_noticed() -> None:
    bound = Bound("steady", "skill", most=0.05)

    assert bound.holds(Shares(1_000, {"skill": 50}))
    assert not bound.holds(Shares(1_000, {"skill": 90}))
    assert not Bound("x", "skill", least=0.8).holds(Shares(1_000, {"skill": 700}))


def test_every_bound_speaks_of_a_patient_and_a_claim_that_exist() -> None:
    assert {bound.patient for bound in BOUNDS} <= {*NULLS, *PLANTED}
    assert {bound.claim for bound in BOUNDS} <= {*CLAIMS}


def test_the_same_seed_lives_the_same_days() -> None:
    truth = NULLS["steady"]

    assert simulate(truth, seed=3) == simulate(truth, seed=3)
    assert simulate(truth, seed=3).entries != simulate(truth, seed=4).entries


def test_a_silent_weekend_has_no_entry() -> None:
    found = simulate(NULLS["silent weekends"], seed=1)

    assert {entry.local_date.weekday() for entry in found.entries} == set(range(5))
