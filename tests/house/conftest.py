"""The demo clinic, loaded once for all the tests of a file that only read it."""

from collections.abc import Iterator
from typing import Any

import pytest

from backend.demo.loader import load_demo
from tests.house.demo_snapshot import NOW, PASSWORD
from tests.rollback import rolled_back


@pytest.fixture(scope="module")
def demo_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Load it, and return how many entries it has."""
    with django_db_blocker.unblock(), rolled_back():
        yield load_demo(password=PASSWORD, now=NOW)


@pytest.fixture
def loaded(demo_of_module: int, db: None) -> int:
    """Return how many entries the demo has; what a test changes is gone after it."""
    return demo_of_module
