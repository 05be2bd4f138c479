"""The API answers as it was recorded; ``python -m tests.contract --record`` records it anew."""

import difflib
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests import cast as people
from tests.api import world as worlds
from tests.api.world import World
from tests.contract import described
from tests.contract.described import operations
from tests.contract.scenarios import NOUNS
from tests.contract.scenarios.entries import KINDS
from tests.contract.stage import MOMENT, Exchange, Stage
from tests.rollback import rolled_back

RECORDED = Path(__file__).with_name("recorded")
IS_RECORDING = os.environ.get("BETWEEN_CONTRACT") == "record"
#: So much of a difference is told; the rest is more of the same.
MOST_TOLD = 80


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build it once, at the moment of the scenario; each noun undoes what it did to the rows."""
    with django_db_blocker.unblock(), rolled_back():
        with time_machine.travel(MOMENT, tick=False):
            made = worlds.build(people.enter())
        yield made


def test_the_schema_is_as_it_was_recorded() -> None:
    told = Client().get("/api/schema/", headers={"Accept": "application/json"}).json()

    _holds(described.FILE, _as_lines(told))


@pytest.mark.parametrize("noun", NOUNS)
def test_the_answers_are_as_they_were_recorded(world: World, db: None, noun: str) -> None:
    with time_machine.travel(MOMENT + timedelta(minutes=1), tick=False) as clock:
        stage = Stage(world, clock)
        NOUNS[noun](stage)

    _holds(RECORDED / f"{noun}.json", _as_text(stage.exchanges))


def test_every_operation_is_recorded_as_it_goes_well() -> None:
    well = [one for one in _recorded() if one["answer"]["status"] < 300]

    missing = [
        operation.name
        for operation in operations(described.recorded())
        if not any(operation.is_at(one["request"]["method"], _path(one)) for one in well)
    ]
    assert missing == []


def test_so_much_is_recorded() -> None:
    statuses = Counter(one["answer"]["status"] for one in _recorded())

    assert sum(statuses.values()) >= 200
    assert {200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 410, 412, 422, 428, 429} <= set(
        statuses
    )
    assert {path.stem for path in RECORDED.glob("*.json")} == set(NOUNS)


def test_entries_of_every_kind_are_recorded() -> None:
    schema = described.recorded()
    kinds = schema["components"]["schemas"]["EntryInRequest"]["discriminator"]["mapping"]
    outcomes = {
        (op.get("kind"), result["status"])
        for one in _recorded()
        if _path(one) == "/api/v1/sync" and one["answer"]["status"] == 200
        for op, result in zip(
            one["request"]["body"].get("ops") or [], one["answer"]["body"]["results"], strict=True
        )
        if isinstance(op, dict)
    }

    assert set(KINDS) == set(kinds)
    for status in ("created", "updated", "unchanged", "conflict", "invalid"):
        assert {kind for kind, of in outcomes if of == status} >= set(kinds), status


def _recorded() -> list[Exchange]:
    return [
        one
        for path in sorted(RECORDED.glob("*.json"))
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]


def _path(one: Exchange) -> str:
    return str(one["request"]["path"]).split("?")[0]


def _as_text(exchanges: list[Exchange]) -> str:
    return json.dumps(exchanges, indent=1, ensure_ascii=False) + "\n"


def _as_lines(schema: dict[str, Any]) -> str:
    """Write a schema with one line for each path and each component, sorted."""
    parts = [f'"{name}": {_short(schema[name])}' for name in sorted(schema) if name not in _LONG]
    parts += [f'"paths": {_table(schema["paths"])}']
    components = schema["components"]
    tables = [f'"{name}": {_table(components[name])}' for name in sorted(components)]
    parts += ['"components": {\n' + ",\n".join(tables) + "}"]
    return "{" + ",\n".join(parts) + "}\n"


_LONG = {"paths", "components"}


def _table(rows: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f'"{name}": {_short(rows[name])}' for name in sorted(rows)) + "}"


def _short(part: Any) -> str:
    return json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _holds(path: Path, told: str) -> None:
    """Compare with the file, or write it."""
    if IS_RECORDING:
        path.write_text(told, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else "[]\n"
    if kept != told:
        pytest.fail(_difference(path.name, kept, told), pytrace=False)


def _difference(name: str, kept: str, told: str) -> str:
    before, after = (_spread(text) for text in (kept, told))
    lines = list(difflib.unified_diff(before, after, f"recorded {name}", "answered now", n=12))
    shown = [line.rstrip("\n") for line in lines[:MOST_TOLD]]
    left = len(lines) - len(shown)
    return "\n".join([*shown, *([f"… and {left} lines more"] if left else [])])


def _spread(text: str) -> list[str]:
    found = json.loads(text)
    return json.dumps(found, indent=1, ensure_ascii=False).splitlines(keepends=True)
