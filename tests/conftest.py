"""What every test may rely on: the cast, and a network that ends at this machine."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from backend.kit.db import rls_actor
from tests import cast as people
from tests import database_roles, prerequisites
from tests.cast import Cast
from tests.database_roles import append_only_lifted

_LOCAL = {"127.0.0.1", "::1", "localhost", ""}
_connect = socket.socket.connect
_OTHER_PROCESSES = {
    "test_celery_worker.py", "test_dispatch.py", "test_worker_processes.py",
    "test_unresponsive_mail_server.py", "test_races.py",
}  # fmt: skip


def _only_here(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] not in _LOCAL:
        raise RuntimeError("tests reach this machine only")
    _connect(self, address)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what cannot run here; leave out, where two suites run, what would do the same in both.

    What asks nothing of the database runs in the first, on SQLite, and so do browsers; sweeps of
    odd input in the second, whose numbers, dates and texts have the narrower limits.
    """
    prerequisites.skip_what_cannot_run(items)
    left_out: tuple[str, ...] = ()
    if os.environ.get("BETWEEN_TEST_AGAIN"):
        left_out = ("bare", "once", "browser")
    elif os.environ.get("BETWEEN_TEST_FOLLOWED"):
        left_out = ("sweep",)
    same = {id(item) for item in items if any(map(item.get_closest_marker, left_out))}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in same])
    left = [item for item in items if id(item) not in same]
    # What lets other processes and threads write into the database comes first, before anything
    # else has had the file of an SQLite database in hand.
    items[:] = sorted(left, key=lambda item: item.path.name not in _OTHER_PROCESSES)


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
def emptying_lifts_append_only() -> Iterator[None]:
    """Let Django empty the tables after a test that commits; nothing else may."""
    original = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: BaseDatabaseOperations, sql_list: Any) -> Any:
        with append_only_lifted():
            return original(self, sql_list)

    patch = pytest.MonkeyPatch()
    patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lifted)
    yield
    patch.undo()


@pytest.fixture
def cast(db: None) -> Cast:
    """Bring in maya, noah, dr_okafor, dr_lind, ada and sam."""
    return people.enter()
