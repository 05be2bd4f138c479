"""The demo clinic, loaded once for all the tests of a file that only read it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from backend.demo.loader import load_demo
from tests.house.demo_snapshot import NOW, PASSWORD


@pytest.fixture(scope="module")
def demo_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Load the demo in a transaction that ends with the file; a test's own is a savepoint in it."""
    atomic = transaction.atomic()
    atomic._from_testcase = True  # type: ignore[attr-defined] # as Django's own: durable ones may begin
    with django_db_blocker.unblock():
        atomic.__enter__()
        try:
            loaded = load_demo(password=PASSWORD, now=NOW)
        except BaseException as error:
            atomic.__exit__(type(error), error, error.__traceback__)
            raise
    yield loaded
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def loaded(demo_of_module: int, db: None) -> int:
    """Return how many entries the demo has; what a test changes is gone after it."""
    return demo_of_module
