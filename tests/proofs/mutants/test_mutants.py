"""No mutant is stale, and some are really killed; all: ``python -m tests.proofs.mutants``."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.proofs.mutants import runner
from tests.proofs.mutants.__main__ import AREAS, survivors
from tests.proofs.mutants.mutant import Mutant, Stale, faults_of

ALL = [mutant for mutants in AREAS.values() for mutant in mutants]
NAMED = {mutant.name: mutant for mutant in ALL}


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_what_a_mutant_changes_is_there_once_and_its_tests_are_there(mutant: Mutant) -> None:
    assert list(faults_of(mutant)) == []


def test_there_are_as_many_as_were_promised_each_under_a_name_of_its_own() -> None:
    assert len(AREAS["authorisation"]) >= 30
    assert len(AREAS["consistency"]) >= 20
    assert len(NAMED) == len(ALL)


def test_what_changes_nothing_or_names_no_test_is_told() -> None:
    mutant = NAMED["a one-time code once"]

    for changes, told in (
        ({"before": "nobody wrote this"}, "has what it changes 0 times"),
        ({"before": "return"}, "has what it changes"),
        ({"after": mutant.before}, "it changes nothing"),
        ({"tests": ()}, "it names no test"),
        (
            {"tests": ("tests/care/accounts/test_second_factor.py::test_nothing",)},
            "there is no tests/",
        ),
        ({"tests": ("tests/nothing.py::test_nothing",)}, "there is no tests/"),
    ):
        faults = list(faults_of(replace(mutant, **changes)))
        assert len(faults) == 1, faults
        assert told in faults[0]


def test_a_stale_mutant_changes_no_file(tmp_path: Path) -> None:
    mutant = replace(NAMED["a one-time code once"], before="nobody wrote this")
    file = tmp_path / mutant.file
    file.parent.mkdir(parents=True)
    file.write_text("as it was\n", encoding="utf-8")

    with pytest.raises(Stale):
        mutant.applied_to(tmp_path)

    assert file.read_text(encoding="utf-8") == "as it was\n"


@pytest.mark.once
def test_two_are_killed_and_one_that_harms_nothing_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETWEEN_TEST_DATABASE", "sqlite")  # as the command does unless told
    code = NAMED["a one-time code once"]
    chart = NAMED["the row of a denial"]
    harmless = replace(
        code, name="harmless", before="RECOVERY_CODES = 10", after="RECOVERY_CODES = 11"
    )
    told: list[str] = []

    with runner.copied() as tree:
        alive = survivors([code, chart, harmless], tree, say=told.append)
        left = (tree / code.file).read_text(encoding="utf-8")

    assert alive == ["harmless"], told
    assert left == (ROOT / code.file).read_text(encoding="utf-8")
