"""``retention``: delete what the schedule says is over, and what was to be gone before.

The schedule is in care/retention.py; deleted entries and the files of exports have their own ways.
"""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from care import retention
from journaling import actions
from journaling.actions import forgetting
from journaling.exporting import making


class Command(BaseCommand):
    """Keep to the retention schedule."""

    help = "Tell (--dry-run) or delete (--apply) what is over; legal holds are respected."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which of the two."""
        ways = parser.add_mutually_exclusive_group(required=True)
        ways.add_argument("--dry-run", action="store_true")
        ways.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and tell each class, its period and why."""
        now = timezone.now()
        counted = retention.apply(now=now) if options["apply"] else retention.count(now=now)
        word = "deleted" if options["apply"] else "over"
        for rule in retention.SCHEDULE:
            told = f"{rule.name}: {counted[rule.name]} {word} ({rule.period.days} days; "
            self.stdout.write(told + f"{rule.source})")
        ask = actions.forget_all_deleted if options["apply"] else actions.forgettable
        told = f"deleted entries: {ask(now=now)} {word} ({forgetting.PERIOD.days} days; "
        self.stdout.write(told + f"{forgetting.SOURCE})")
        files = _forget_files(now) if options["apply"] else making.count_expired(now=now)
        told = f"files of exports: {files} {word} ({making.KEPT.days} days; "
        self.stdout.write(told + f"{making.SOURCE})")


def _forget_files(now: datetime) -> int:
    """Delete the files of every export that has expired, a few at a time."""
    gone = 0
    while some := making.forget_expired(now=now):
        gone += some
    return gone
