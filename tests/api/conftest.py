"""A world that stands for all tests of a module."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import cast as people
from tests.api import world as worlds
from tests.api.world import World
from tests.rollback import rolled_back


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build it once; a test that asks for the database undoes its own changes to the rows.

    The objects in memory are shared, so that no test may change those.
    """
    with django_db_blocker.unblock(), rolled_back():
        yield worlds.build(people.enter())
