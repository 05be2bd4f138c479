"""The whole brief's claims, in a small size; all: ``python -m tests.proofs.honesty --briefs``."""

import pytest

from tests.proofs.honesty.bounds import Bound
from tests.proofs.honesty.briefs import BOUNDS, CLAIMS, claimed, read, shares
from tests.proofs.honesty.claims import CLAIMS as FIGURES
from tests.proofs.honesty.claims import Shares
from tests.proofs.honesty.patients import NULLS, PLANTED, simulate

PEOPLE = 25
EVERYBODY = {**NULLS, **PLANTED}
_known: dict[str, Shares] = {}


def found_of(patient: str) -> Shares:
    """Write the briefs of one kind of patient once, however many bounds ask."""
    if patient not in _known:
        _known[patient] = shares(EVERYBODY[patient], people=PEOPLE)
    return _known[patient]


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.told)
def test_the_page_claims_what_is_there_and_little_else(bound: Bound) -> None:
    found = found_of(bound.patient)

    assert bound.holds(found), f"{found.of(bound.claim):.0%} of {PEOPLE}"


def test_every_bound_speaks_of_a_patient_and_a_claim_that_exist() -> None:
    assert {bound.patient for bound in BOUNDS} <= {*EVERYBODY}
    assert {bound.claim for bound in BOUNDS} <= {*CLAIMS}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["day part", "skill"])
def test_the_page_says_what_the_figures_say(name: str, seed: int) -> None:
    patient = simulate(PLANTED["a skill that helps by 3"], seed=seed)

    assert claimed(patient)[name] is FIGURES[name](patient)


def test_a_brief_of_simulated_days_never_says_more_than_fairly_sure() -> None:
    for name, truth in EVERYBODY.items():
        said = " ".join(read(simulate(truth, seed=1)).values())

        assert "p <" not in said, name
        assert "works" not in said
        assert "causes" not in said
