"""The same application with a guard taken away: what watches it must see the loss.

Numbers of the journal are given before its lock is held, as a serial column would: they are in
order, but commits are not, so a phone that has read up to a number misses what comes below it.
"""

import itertools
import threading
import time
from typing import Any

from tests.proofs.chaos.preloaded_app import application

__all__ = ["application"]


class _UncountedJournal:
    """The table of journals as it is read; a counter that is set under the lock stays as it is."""

    def __init__(self, journal: Any) -> None:
        self._rows = journal.objects
        self.objects = self

    def filter(self, **conditions: object) -> Any:
        """Select rows whose ``update`` changes nothing."""
        rows = self._rows.filter(**conditions)
        rows.update = lambda **_: 0
        return rows


def _take_the_guard_away() -> None:
    # Only now, when Django is set up, can our rooms be imported.
    from django.db import transaction

    from journaling.models import Journal
    from journaling.models.journal import lock_journal
    from journaling.sync import exchange as sync_exchange
    from journaling.sync.protocol import MAX_OPERATIONS

    mine, apply_operations = threading.local(), sync_exchange._apply_operations
    calls = itertools.count()

    def number_first(chart: Any, *rest: Any) -> Any:
        with transaction.atomic():
            mine.head = lock_journal(patient_id=chart.patient_id)
            rows = Journal.objects.filter(patient_id=chart.patient_id)
            rows.update(last_seq=mine.head[0] + MAX_OPERATIONS)
        if next(calls) % 2 == 0:
            time.sleep(2.0)  # others commit meanwhile
        return apply_operations(chart, *rest)

    replaced: dict[str, Any] = {
        "Journal": _UncountedJournal(Journal),
        "lock_journal": lambda **_: mine.head,
        "_apply_operations": number_first,
    }
    for name, careless in replaced.items():
        getattr(sync_exchange, name)  # a name that moved would be replaced in vain
        setattr(sync_exchange, name, careless)


_take_the_guard_away()
