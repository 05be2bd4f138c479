"""An entry is typed on its way from the request to its row and back: ``Any`` stands nowhere."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import files, named

#: The files on the way of an entry, and of what safety answers to it.
ON_THE_WAY = files("api/journal", "journaling/entries", "journaling/sync", "journaling/safety")
#: Where a value has no type, and why.
EXPLAINED = {
    "api/journal/sync.py::SyncOut": "drf-spectacular asks for serializers, and takes a dataclass",
    "journaling/entries/entry.py::Row": "columns as a database gives them",
    "journaling/entries/kinds/field_types.py::JsonSchema": "a description, never somebody's answer",
    "journaling/entries/read.py::_PARAMETER_FIELDS": "Django's fields, whatever they hold",
}


def untyped_in(code: str) -> Iterator[str]:
    """Yield the functions, classes and assignments of a file that use ``Any``."""
    for node in ast.parse(code).body:
        if not isinstance(node, ast.Import | ast.ImportFrom) and _uses_any(node):
            yield _name_of(node)


def _uses_any(tree: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == "Any")
        or (isinstance(node, ast.Constant) and _is_quoted_any(node.value))
        for node in ast.walk(tree)
    )


def _is_quoted_any(value: object) -> bool:
    """Whether a text is an annotation that uses ``Any``."""
    if not isinstance(value, str) or "Any" not in value:
        return False
    try:
        return _uses_any(ast.parse(value, mode="eval"))
    except SyntaxError:
        return False


def _name_of(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return f"line {node.lineno}"


def test_an_entry_is_typed_from_the_request_to_the_row_and_back() -> None:
    untyped = {
        f"{named(path)}::{name}" for path in ON_THE_WAY for name in untyped_in(path.read_text())
    }

    assert untyped == set(EXPLAINED)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def read(sent: dict[str, Any]) -> int: ...", ["read"]),
        ("class Kept:\n    rows: list[Any]", ["Kept"]),
        ("ROWS: 'dict[str, Field[Any, Any]]' = {}", ["ROWS"]),
        ("from typing import Any", []),
        ("def read(sent: Json) -> int:\n    'Any use is read.'", []),
    ],
)
def test_what_is_untyped_is_found(code: str, expected: list[str]) -> None:
    assert list(untyped_in(code)) == expected
