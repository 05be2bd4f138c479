"""Threads in the background of a worker, one for each kind of mail: it waits for none of them."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)

#: A thread that runs for longer hangs: another is started beside it. Rows are claimed.
HUNG_AFTER_SECONDS = 300.0

_started_at: dict[str, float] = {}
_started_lock = threading.Lock()


def run_in_thread(name: str, work: Callable[[], object]) -> bool:
    """Run work in a background thread, unless the one before still runs; return whether it began.

    The thread ends with its process: what it had claimed is claimed again.
    """
    began = time.monotonic()
    with _started_lock:
        if began - _started_at.get(name, -HUNG_AFTER_SECONDS) < HUNG_AFTER_SECONDS:
            return False
        _started_at[name] = began
    threading.Thread(target=_run_and_log, args=(name, work, began), name=name, daemon=True).start()
    return True


def run_at_once(name: str, work: Callable[[], object]) -> None:
    """Run work here and now, for callers that are to see what it raises."""
    work()


def _run_and_log(name: str, work: Callable[[], object], began: float) -> None:
    try:
        work()
    except Exception as fault:  # no caller waits for it: it can only be logged here
        code = type(fault).__name__
        log.exception("work apart failed", extra={"event": "apart_failed", "code": code})
    finally:
        connections.close_all()
        with _started_lock:
            if _started_at.get(name) == began:
                del _started_at[name]
