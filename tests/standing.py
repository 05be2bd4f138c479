"""Rows that stand for many tests: made once, in a transaction that each test's own goes back to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def standing(blocker: Any) -> Iterator[None]:
    """Keep what is made within until the end, then leave no row of it.

    For a fixture of a module. A test that asks for the database sees these rows, and what it
    changes is undone behind it; objects in memory are shared, so that no test may change those.
    """
    block = transaction.atomic()
    # As Django's test cases say it: such a transaction is no transaction of ours.
    block._from_testcase = True  # type: ignore[attr-defined]
    with blocker.unblock(), block:
        yield
        transaction.set_rollback(True)
