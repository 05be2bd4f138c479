"""Work that may wait for another server, beside the reminders: a thread of its own for each kind.

A worker has one process and one task at a time. A mail server that accepts a connection and says
nothing would hold it, and every reminder behind it, for as long as the time-out of each mail.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)

#: Whoever still runs after so long hangs: another begins beside it. Rows are taken by claim.
HANGS_AFTER = 300.0

_began: dict[str, float] = {}
_lock = threading.Lock()


def run_apart(name: str, work: Callable[[], object]) -> bool:
    """Let work run while its caller goes on, unless the one before still does.

    Return whether it began. The thread ends with its process: what it had claimed is claimed again.
    """
    began = time.monotonic()
    with _lock:
        if began - _began.get(name, -HANGS_AFTER) < HANGS_AFTER:
            return False
        _began[name] = began
    threading.Thread(target=_run, args=(name, work, began), name=name, daemon=True).start()
    return True


def _run(name: str, work: Callable[[], object], began: float) -> None:
    try:
        work()
    except Exception as fault:  # nobody waits for it: it can only be told here
        code = type(fault).__name__
        log.exception("work apart failed", extra={"event": "apart_failed", "code": code})
    finally:
        connections.close_all()
        with _lock:
            if _began.get(name) == began:
                del _began[name]
