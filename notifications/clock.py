"""What time it is for the engine: the database's, so that workers whose clocks differ agree.

It is asked once for a run; from then on a clock counts that nobody can set.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from backend.kit.rows import returning


def database_clock(*, here: Callable[[], datetime]) -> Callable[[], datetime]:
    """Make a clock that starts at the database's time; SQLite has no other than that of ``here``.

    Leases are given and judged by it. By clocks of their own, a worker five minutes ahead would
    take away what another has just begun.
    """
    started, began_at = time.monotonic(), here()
    if connection.vendor == "postgresql":
        row = returning("SELECT clock_timestamp()", [])
        if row is not None:
            began_at = row[0]

    def now() -> datetime:
        return began_at + timedelta(seconds=time.monotonic() - started)

    return now
