"""One guard that is taken out, and which tests must miss it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT

_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)(\[[^\]]+\])?")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one file; ``before`` stands there exactly once.

    Each of ``tests`` must turn red by it; of a test with several cases, one case is enough.
    """

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]

    def applied_to(self, tree: Path) -> str:
        """Change the file in a tree; return what stood there before.

        :raises Stale: when what is to be changed isn't there exactly once.
        """
        path = tree / self.file
        whole = path.read_text(encoding="utf-8")
        if whole.count(self.before) != 1:
            raise Stale(self.name)
        path.write_text(whole.replace(self.before, self.after), encoding="utf-8")
        return whole


class Stale(Exception):
    """A mutant speaks of code that isn't there any more, or that stands there twice."""


def faults_of(mutant: Mutant, tree: Path = ROOT) -> Iterator[str]:
    """Tell why a mutant would prove nothing in a tree: it is stale, or names no test."""
    path = tree / mutant.file
    whole = path.read_text(encoding="utf-8") if path.is_file() else ""
    count = whole.count(mutant.before)
    if count != 1:
        yield f"{mutant.file} has what it changes {count} times"
        return
    changed = whole.replace(mutant.before, mutant.after)
    if _meaning(changed) == _meaning(whole):
        yield "it changes nothing"
    if not mutant.tests:
        yield "it names no test"
    for test in mutant.tests:
        found = _TEST.fullmatch(test)
        if found is None or found[2] not in _functions(tree / found[1]):
            yield f"there is no {test}"


def _meaning(text: str) -> str:
    return ast.dump(ast.parse(text))


def _functions(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
