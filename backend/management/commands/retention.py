"""``retention``: delete what the schedule says is over, and what was to be gone before.

Each table declares its own period (backend/kit/handling.py); deleted entries and the files of
exports have their own ways.
"""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from care.privacy import retention
from journaling.entries.edit import (
    DELETED_ENTRY_RETENTION,
    DELETED_ENTRY_RETENTION_SOURCE,
    count_purgeable,
    purge_all_deleted,
)
from journaling.exports.jobs import (
    EXPORT_RETENTION,
    EXPORT_RETENTION_SOURCE,
    count_expired_exports,
    delete_expired_exports,
)


class Command(BaseCommand):
    """Keep to the retention schedule."""

    help = "Tell (--dry-run) or delete (--apply) what is over; legal holds are respected."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--dry-run`` and ``--apply``, of which one must be given."""
        ways = parser.add_mutually_exclusive_group(required=True)
        ways.add_argument("--dry-run", action="store_true")
        ways.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply or count; print each class, its period and why."""
        now = timezone.now()
        counted = (
            retention.delete_expired(now=now)
            if options["apply"]
            else retention.count_expired(now=now)
        )
        word = "deleted" if options["apply"] else "over"
        for rule in retention.retention_schedule():
            line = f"{rule.name}: {counted[rule.name]} {word} ({rule.period.days} days; "
            self.stdout.write(line + f"{rule.source})")
        ask = purge_all_deleted if options["apply"] else count_purgeable
        line = f"deleted entries: {ask(now=now)} {word} ({DELETED_ENTRY_RETENTION.days} days; "
        self.stdout.write(line + f"{DELETED_ENTRY_RETENTION_SOURCE})")
        files = _delete_expired_files(now) if options["apply"] else count_expired_exports(now=now)
        line = f"files of exports: {files} {word} ({EXPORT_RETENTION.days} days; "
        self.stdout.write(line + f"{EXPORT_RETENTION_SOURCE})")


def _delete_expired_files(now: datetime) -> int:
    """Delete the files of every export that has expired, a few at a time."""
    gone = 0
    while some := delete_expired_exports(now=now):
        gone += some
    return gone
