"""``demo``: load the demo clinic."""

import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from backend.demo.loader import (
    LOGINS_FILE,
    AlreadyLoaded,
    UsernamesTaken,
    load_demo,
    write_logins,
)
from backend.demo.people import PATIENTS


class Command(BaseCommand):
    """Load made-up people with eight weeks of entries, sessions and reminders."""

    help = "Load the demo clinic into the database of a demo; a second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--fresh``."""
        parser.add_argument(
            "--fresh", action="store_true", help="delete the demo clinic first and load it anew"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo, or print in one line why not."""
        if not settings.DEMO:
            raise CommandError("Refused: only a demo (BETWEEN_DEMO=1) may hold made-up people.")
        if not settings.DEMO_PASSWORD:
            raise CommandError("Refused: BETWEEN_DEMO_PASSWORD is not set.")
        try:
            # A terminal sees a bar; anything else sees the closing line only.
            bar = partial(tqdm, desc="Demo clinic", unit=" patients", disable=None, file=sys.stderr)
            entries = load_demo(
                password=settings.DEMO_PASSWORD,
                now=timezone.now(),
                is_fresh=options["fresh"],
                progress=bar,
            )
        except AlreadyLoaded:
            self._say_loaded()
            return
        except UsernamesTaken:
            raise CommandError(
                "Refused: people of these usernames exist already; the demo needs a new database."
            ) from None
        path = write_logins(folder=settings.DATA, password=settings.DEMO_PASSWORD)
        self.stdout.write(
            f"The demo clinic is loaded: {len(PATIENTS)} patients, {entries} entries; {path}"
        )

    def _say_loaded(self) -> None:
        if not (settings.DATA / LOGINS_FILE).exists():
            # An earlier run ended between the commit and the file.
            write_logins(folder=settings.DATA, password=settings.DEMO_PASSWORD)
        self.stdout.write("The demo clinic is loaded already; nothing was changed.")
