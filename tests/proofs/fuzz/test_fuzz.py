"""Generated requests find only what is broken; full size: ``python -m tests.proofs.fuzz``."""

from typing import Any

import pytest

from tests.api import world as worlds
from tests.api.world import World
from tests.cast import Cast
from tests.proofs.fuzz import schema_fuzzer as trials
from tests.proofs.fuzz.schema_fuzzer import trial

ONE = "GET /api/v1/entries/{entry_id}"


@pytest.fixture
def world(cast: Cast) -> World:
    return worlds.build(cast)


#: Few doors of each, others for each role, so that it takes seconds.
@pytest.mark.parametrize(
    ("role", "seed"), [("nobody", 1), ("own", 2), ("team", 3), ("admin", 4), ("supporter", 5)]
)
def test_a_few_doors_hold_what_the_schema_says(world: World, role: str, seed: int) -> None:
    told: list[str] = []

    report = trial(world, role, examples=1, seed=seed, every=30, tell=told.append)

    assert told == []
    assert report.answers.total() >= 8


def test_a_view_that_breaks_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("api.journal.one_entry.entry_to_json", broken)

    faults = trial(world, "own", examples=1, seed=1, door=ONE).faults

    assert any("ServerError" in what and "ZeroDivisionError" in what for _, what in faults)


def test_an_answer_that_the_schema_does_not_say_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.journal.one_entry.entry_to_json", lambda *_, **__: {"id": 7})

    faults = trial(world, "own", examples=1, seed=1, door=ONE).faults

    assert any("JsonSchemaError" in what for _, what in faults)


def test_who_is_let_in_unsigned_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_is_open", lambda _: False)

    faults = trial(world, "nobody", examples=1, seed=1, door="crisis-resources").faults

    assert ("GET /api/v1/crisis-resources", "lets in who is not signed in") in faults
