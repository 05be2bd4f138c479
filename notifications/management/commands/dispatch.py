"""Send what is due without Celery: once, or for ever."""

import logging
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from journaling.exports.jobs import run_next_export
from journaling.exports.parts import all_export_parts
from journaling.safety.sweep import sweep_safety
from notifications.engine.sweep import sweep
from notifications.engine.tick import database_clock, dispatch
from notifications.push.gateway import push_gateway
from notifications.staff.mail_threads import run_at_once
from notifications.staff.outbox import send_waiting_mail

log = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
SWEEP_SECONDS = 300.0


class Command(BaseCommand):
    """Run the engine by hand, or as a service of its own beside or instead of Celery."""

    help = "Send due reminders and mails; --forever: every five seconds, exports as well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option to go on for ever, and its pause."""
        parser.add_argument("--forever", action="store_true", help="until stopped")
        parser.add_argument(
            "--pause", type=float, default=PAUSE_SECONDS, help="seconds between two looks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send what is due once, or for ever, also through failures of the database."""
        if not options["forever"]:
            summary = ", ".join(f"{count} {state}" for state, count in sorted(_drain().items()))
            self.stdout.write(summary or "nothing due")
            sweep_safety(now=_clock()())
            send_waiting_mail(clock=_clock(), start=run_at_once)
            return
        sweep_at = time.monotonic()
        while True:
            try:
                if time.monotonic() >= sweep_at:
                    sweep(now=timezone.now())
                    sweep_at = time.monotonic() + SWEEP_SECONDS
                sweep_safety(now=_clock()())
                send_waiting_mail(clock=_clock())
                _drain()
                run_next_export(parts=all_export_parts(), clock=timezone.now)
                close_old_connections()
            except DatabaseError as fault:
                code = type(fault).__name__
                log.error("no database", extra={"event": "no_database", "code": code})
                connections.close_all()
            time.sleep(options["pause"])


def _drain() -> Counter[str]:
    return dispatch(clock=_clock(), gateway=push_gateway())


def _clock() -> Callable[[], datetime]:
    return database_clock(here=timezone.now)
