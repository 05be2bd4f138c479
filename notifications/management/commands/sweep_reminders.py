"""Sweep devices and sessions by hand; beat does it every five minutes."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications.engine.sweep import sweep


class Command(BaseCommand):
    """Run the reconciliation once."""

    help = "End devices that nobody uses any more, and let reminders follow changed sessions."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, and print how much was changed."""
        changed = {what: count for what, count in sweep(now=timezone.now()).items() if count}
        summary = ", ".join(f"{count} {what}" for what, count in sorted(changed.items()))
        self.stdout.write(summary or "nothing to sweep")
