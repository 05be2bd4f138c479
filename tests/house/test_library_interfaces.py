"""Libraries are used by their public names: what begins with an underscore is theirs to change."""

import ast
import importlib
import sys
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOMS, ROOT, files, named

OURS = {*ROOMS, "tests"}
#: Underscored, and documented all the same.
DOCUMENTED = {
    "_meta", "_base_manager", "_default_manager",  # Django's models
    "_replace", "_make", "_fields", "_asdict",  # named tuples
    "_exit",  # os
}  # fmt: skip
#: What can't be had by a public name, and why.
EXCEPTIONS = {
    ("api/http/openapi.py", "_matches"): "drf-spectacular asks an extension by no other name",
    ("backend/filesystem_broker.py", "_put"): "kombu's interface for transports has this name",
    ("backend/filesystem_broker.py", "_queue_bind"): "likewise",
    ("tests/rollback.py", "_from_testcase"): "how Django's test cases mark their transactions",
    ("tests/proofs/bench/reads_raw.py", "_functions"): "recorded statements name its functions",
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_")


def sources() -> dict[str, str]:
    """Return the text of every Python file that is ours, by its path from the top."""
    listed = [*files(*ROOMS, "tests"), *ROOT.glob("*/migrations/*.py"), ROOT / "between"]
    return {named(path): path.read_text(encoding="utf-8") for path in listed}


def private_imports(tree: ast.AST) -> Iterator[str]:
    """Yield the private parts of what is imported from libraries."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            paths = [each.name.split(".") for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            paths = [[*node.module.split("."), each.name] for each in node.names]
        else:
            continue
        for path in paths:
            if path[0] not in OURS:
                yield from (part for part in path if is_private(part) or part == "internal")


def defined_names(tree: ast.AST) -> set[str]:
    """Return every name and attribute that this file itself defines or sets."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names |= {node.attr} if ast.unparse(node.value) in ("self", "cls") else set()
    return names


def imported_names(tree: ast.AST) -> set[str]:
    """Return the names that imports from libraries bind in this file."""
    return {
        each.asname or each.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
        if (getattr(node, "module", None) or each.name).partition(".")[0] not in OURS
    }


def private_attributes(tree: ast.AST, ours: set[str]) -> Iterator[str]:
    """Yield the private attributes of what is imported, and those that nothing of ours defines."""
    imported = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            is_imported = isinstance(node.value, ast.Name) and node.value.id in imported
            if node.attr not in DOCUMENTED and (is_imported or node.attr not in ours):
                yield node.attr


def private_overrides(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield the private names of library classes that a class of this file defines anew."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    defined = {
        node.name: {each for each in map(_name_in_class, node.body) if each and is_private(each)}
        for node in classes
    }
    if not any(defined.values()):
        return
    module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
    for class_name, names in defined.items():
        for base in getattr(module, class_name).__mro__:
            top = base.__module__.partition(".")[0]
            if top not in OURS and top not in sys.stdlib_module_names:
                yield from names & set(vars(base))


def _name_in_class(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def uses(texts: dict[str, str]) -> set[tuple[str, str]]:
    trees = {name: ast.parse(text) for name, text in texts.items()}
    ours = set().union(*map(defined_names, trees.values()))
    return {
        (name, each)
        for name, tree in trees.items()
        for each in (
            *private_imports(tree),
            *private_attributes(tree, ours),
            *(private_overrides(name, tree) if name.startswith(ROOMS) else ()),
        )
    }


def test_nothing_private_of_a_library_is_used() -> None:
    found = uses(sources())

    assert found - set(EXCEPTIONS) == set()
    assert set(EXCEPTIONS) - found == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from allauth.mfa.totp.internal.auth import hotp_value", "internal"),
        ("import playwright._impl", "_impl"),
        ("from kombu import _private", "_private"),
        ("from firebase_admin import messaging\nmessaging._get_messaging_service()", None),
        ("def f(request):\n    return request._request.body", "_request"),
        ("import celery.app as app\ndef _ours(): ...\napp._ours", "_ours"),
    ],
)
def test_what_is_private_is_seen(text: str, name: str | None) -> None:
    assert uses({"tests/x.py": text}) == {("tests/x.py", name or "_get_messaging_service")}


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def _b(self): ...\n    def c(self):\n        return self._b()",
        "import os\nos._exit(1)",
        "from django.apps import apps\nlist(model._meta for model in apps.get_models())",
        "from __future__ import annotations",
    ],
)
def test_what_is_ours_or_documented_is_free(text: str) -> None:
    assert uses({"tests/x.py": text}) == set()
