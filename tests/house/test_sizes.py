"""Files and functions stay small enough to be read at once (budgets of CONTRIBUTING.md)."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, files, functions, lines_of, named

LONGEST_FILE, MOST_FILES = 400, 300
LONGEST_FUNCTION, MOST_FUNCTIONS = 60, 30


def test_no_file_is_longer_than_its_budget() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in files(*ROOMS, "tests")}

    too_long = {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    long_ones = [name for name, length in lengths.items() if length > MOST_FILES]
    assert too_long == {}
    assert len(long_ones) <= len(lengths) * 0.05, long_ones


def test_no_function_is_longer_than_its_budget() -> None:
    lengths = {
        f"{named(path)}::{node.name}": lines_of(node)
        for path in files()
        for node in functions(path)
    }

    too_long = {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}
    long_ones = [name for name, length in lengths.items() if length > MOST_FUNCTIONS]
    assert too_long == {}
    assert len(long_ones) <= len(lengths) * 0.05, long_ones


def test_there_are_more_lines_of_tests_than_of_what_they_test() -> None:
    def count(paths: list[Path]) -> int:
        return sum(len(path.read_text().splitlines()) for path in paths)

    # The demo's people are told line by line, and prove nothing.
    told = set(files("backend/demo"))
    ours = [path for path in files() if path not in told]
    assert count(files("tests")) >= count(ours)


@pytest.mark.parametrize("room", ["care", "journaling", "notifications", "backend"])
def test_everything_public_says_what_it_will_do(room: str) -> None:
    silent = []
    for path in files(room):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if ast.get_docstring(tree) is None and tree.body:
            silent.append(named(path))
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name[0] == "_":
                continue
            if ast.get_docstring(node) is None:
                silent.append(f"{named(path)}::{node.name}")

    assert silent == []


def test_no_room_is_named_for_nothing() -> None:
    nameless = {"utils", "helpers", "common", "base", "manager", "service", "misc"}

    found = {named(path) for path in files() if path.stem in nameless}
    # Django asks for these names.
    assert found <= {"backend/kit/db/sqlite/base.py", "backend/kit/db/postgres/base.py"}
