"""What every test may rely on: the cast, and a network that ends at this machine."""

import contextlib
import importlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backend.kit.db import rls_actor
from tests import both_databases, database_roles, flush, prerequisites
from tests import cast as people
from tests.cast import Cast

#: Named here, so that all folders share the one browser of a process, and the fake push service.
pytest_plugins = ["tests.chromium", "tests.proofs.webpush.subscriptions"]

_LOCAL = {"127.0.0.1", "::1", "localhost", ""}
_connect = socket.socket.connect


def _only_here(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] not in _LOCAL:
        raise RuntimeError("tests reach this machine only")
    _connect(self, address)


def pytest_collection(session: pytest.Session) -> None:
    """Let each of several workers import its share of all tests first.

    What one has rewritten for pytest's assertions the others read; each would write all of it.
    """
    here: dict[str, Any] = getattr(session.config, "workerinput", {})
    if not here or session.config.args != session.config.getini("testpaths"):
        return
    number, count = int(here["workerid"].removeprefix("gw")), here["workercount"]
    listed = [file for file in sorted(both_databases.TESTS.rglob("test_*.py"))
              if not pytest_ignore_collect(file)]  # fmt: skip
    for file in listed[number::count]:
        name = file.relative_to(both_databases.TESTS.parent).with_suffix("")
        # Whatever is wrong with it is said when it is collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(name.parts))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out, in the second of two runs, the files of which nothing runs again."""
    if not os.environ.get("BETWEEN_TEST_AGAIN") or not collection_path.name.startswith("test_"):
        return None
    return None if both_databases.is_listed(collection_path) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Skip what cannot run here; in the second of two runs, leave out what ran in the first."""
    prerequisites.skip_what_cannot_run(items)
    if os.environ.get("BETWEEN_TEST_AGAIN"):
        again = [item for item in items if both_databases.runs_again(item)]
        kept = {id(item) for item in again}
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
        items[:] = again
    # The longest begin first: whoever ends last then waits for none of them.
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("bare", "once", "browser"))))


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Let nothing in this process reach beyond the machine."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _only_here)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Serve by a role that row policies bind, once the tables are there."""
    rls_actor.set_process_actor(rls_actor.OPERATOR_ACTOR)
    if connection.vendor != "postgresql":
        yield
        return
    with django_db_blocker.unblock():
        database_roles.bind()
    yield
    with django_db_blocker.unblock():
        database_roles.unbind()


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Empty the tables that have rows after a test that commits, append-only ones too."""
    patch = pytest.MonkeyPatch()
    flush.install(patch)
    yield
    patch.undo()


@pytest.fixture
def cast(db: None) -> Cast:
    """Bring in maya, noah, dr_okafor, dr_lind, ada and sam."""
    return people.enter()
