"""docs/assurance.md names each requirement once, with tests that are there, or as open."""

import ast
import re
from functools import cache

import pytest

from tests.house.tree import ROOT

REQUIRED = [f"R{number}" for number in range(1, 43)]
#: Not built yet. Whoever builds one takes it out here.
OPEN: set[str] = set()

_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@cache
def rows() -> dict[str, tuple[str, str, str]]:
    text = (ROOT / "docs/assurance.md").read_text(encoding="utf-8")
    found: dict[str, tuple[str, str, str]] = {}
    for line in text.splitlines():
        if re.match(r"\| R\d+ \|", line):
            name, promise, tests, ran = (cell.strip() for cell in line.strip("|").split("|"))
            assert name not in found, f"{name} stands there twice"
            found[name] = (promise, tests, ran)
    return found


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_requirement_has_its_row_in_order() -> None:
    assert list(rows()) == REQUIRED


@pytest.mark.parametrize("name", REQUIRED)
def test_a_requirement_has_tests_that_are_there_or_is_open(name: str) -> None:
    promise, tests, _ = rows()[name]
    named = _TEST.findall(tests)

    assert promise
    assert bool(named) != (name in OPEN), tests
    assert ("**open**" in tests) == (name in OPEN)
    for path, function in named:
        assert functions_of(path), path
        assert not function or function in functions_of(path), f"{path}::{function}"


def test_programs_that_the_table_says_ran_are_there() -> None:
    told = " ".join(ran for *_, ran in rows().values())
    programs = re.findall(r"python -m (tests[\w.]*)", told)

    assert programs
    for program in programs:
        folder = ROOT / program.replace(".", "/")
        assert (folder / "__main__.py").exists() or folder.with_suffix(".py").exists(), program
