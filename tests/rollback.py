"""Undoing what happens in a test's database, as Django's test cases do it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo at the end what happens within; such a transaction is no transaction of ours.

    Where one holds the rows of a whole module, each test's own goes back to them.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # as Django's test cases say it
    with block:
        yield
        transaction.set_rollback(True)
