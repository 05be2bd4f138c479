"""Send what is due without Celery: once, or for ever."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from notifications.dispatch import dispatch
from notifications.gateways import chosen

PAUSE_SECONDS = 5.0


class Command(BaseCommand):
    """Run the engine by hand, or as a service of its own beside or instead of Celery."""

    help = "Send the reminders that are due; with --forever look again every five seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to go on."""
        parser.add_argument("--forever", action="store_true", help="until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drain once, or again and again."""
        while True:
            tally = dispatch(clock=timezone.now, gateway=chosen())
            if not options["forever"]:
                found = ", ".join(f"{count} {state}" for state, count in sorted(tally.items()))
                self.stdout.write(found or "nothing due")
                return
            close_old_connections()
            time.sleep(PAUSE_SECONDS)
