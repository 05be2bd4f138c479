"""README's drawing of the rooms is what the imports are: each arrow is one, and none goes up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOMS, ROOT, files, named

_DRAWING = re.compile(r"^## The house\n.*?^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROOM = re.compile(r"[a-z_]+/(?:[a-z_]+/)*")


def drawn(readme: str) -> list[list[str]]:
    """Return the storeys of the drawing from the top down, each with its rooms as modules."""
    found = _DRAWING.search(readme)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line.strip()]
    assert [line.strip() for line in lines[1::2]] == ["▼"] * (len(lines) // 2)
    # What a room is for stands two blanks or more behind the last of them.
    return [[room.strip("/").replace("/", ".") for room in _leading(line)] for line in lines[0::2]]


def _leading(line: str) -> Iterator[str]:
    for word in line.split():
        if not _ROOM.fullmatch(word):
            return
        yield word


def imported_by(path: Path) -> Iterator[str]:
    """Go through the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(module: str, rooms: list[str]) -> str | None:
    """Return the innermost room that a module stands in."""
    inside = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(inside, key=len, default=None)


STOREYS = drawn((ROOT / "README.md").read_text(encoding="utf-8"))
STOREY = {room: number for number, storey in enumerate(STOREYS) for room in storey}


def arrows() -> dict[tuple[str, str], set[str]]:
    """Return who imports whom, with the files that do."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in files():
        source = room_of(named(path).removesuffix(".py").replace("/", "."), list(STOREY))
        for module in imported_by(path):
            target = room_of(module, list(STOREY))
            if source is not None and target is not None and source != target:
                found.setdefault((source, target), set()).add(named(path))
    return found


def test_every_room_is_drawn_once() -> None:
    rooms = [room for storey in STOREYS for room in storey]

    assert len(rooms) == len(set(rooms))
    assert set(ROOMS) <= set(rooms)
    for room in rooms:
        assert (ROOT / room.replace(".", "/") / "__init__.py").is_file(), room


def test_imports_go_down_only() -> None:
    wrong = {
        pair: sorted(where)
        for pair, where in arrows().items()
        if STOREY[pair[0]] >= STOREY[pair[1]]
    }

    assert wrong == {}


def test_each_arrow_that_is_drawn_is_one() -> None:
    real = {(STOREY[source], STOREY[target]) for source, target in arrows()}

    assert {(upper, upper + 1) for upper in range(len(STOREYS) - 1)} <= real


def test_a_drawing_is_read_from_the_top_down() -> None:
    readme = "## The house\n\nwords/\n\n```\n  a/  b/c/   what a/ is\n   ▼\n  d/\n```\n"

    assert drawn(readme) == [["a", "b.c"], ["d"]]
