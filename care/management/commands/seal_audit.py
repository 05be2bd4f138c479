"""``seal_audit``: seal the access log now, as the service does each minute."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from care.audit.seal import seal_access_log


class Command(BaseCommand):
    """Seal what has settled."""

    help = "Seal the access log, a minute behind."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal, and print how many rows."""
        self.stdout.write(f"{seal_access_log(now=timezone.now())} rows sealed.")
