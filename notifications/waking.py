"""Waking a worker at once instead of at the next tick; nothing depends on it."""

import logging
import threading
from importlib import import_module

from django.conf import settings

#: Names of tasks, for who wants them run at once.
EXPORTS = "notifications.tasks.make_exports"
log = logging.getLogger(__name__)


def wake(task: str) -> None:
    """Ask the broker to run a task of ours, behind the caller's back.

    An answer to a patient never waits for a broker: without one, the next tick finds the work.
    """
    if settings.CELERY_APP:
        threading.Thread(target=_send, args=(task,), daemon=True).start()


def _send(task: str) -> None:
    try:
        app = import_module(settings.CELERY_APP).app
        app.send_task(task, retry=False, expires=settings.REMINDER_TICK_SECONDS)
    except Exception as error:
        log.warning("wake_failed", extra={"reason": type(error).__name__})
