"""What is named for reading never writes: ``read.py`` of a slice, and files that begin with it."""

import ast

from tests.house.tree import ROOMS, files, named

WRITES = {
    "create", "bulk_create", "get_or_create", "update_or_create", "save", "delete", "update",
    "bulk_update", "bulk_insert", "insert_row", "claim", "execute",
}  # fmt: skip


def writes_in(source: str) -> list[str]:
    """Return the calls that write, as ``line: name``; ``update`` of a dict counts too."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    named_calls = (
        (call.lineno, call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id)
        for call in calls
        if isinstance(call.func, ast.Attribute | ast.Name)
    )
    return [f"{line}: {name}" for line, name in sorted(named_calls) if name in WRITES]


def test_files_of_reads_write_nothing() -> None:
    reads = [path for path in files(*ROOMS) if path.stem == "read" or path.stem.startswith("read_")]

    found = {named(path): writes_in(path.read_text()) for path in reads}

    assert len(reads) >= 8
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_write_is_seen() -> None:
    assert writes_in("def f(rows):\n    rows.filter(id=1).update(a=2)\n") == ["2: update"]
