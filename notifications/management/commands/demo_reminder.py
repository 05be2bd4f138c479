"""Let one reminder arrive within a minute of the demo's start."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notifications.actions.demo import plan_demo_reminder


class Command(BaseCommand):
    """Plan the demo's reminder; run at every start of the demo."""

    help = "Demo only: plan one check-in of maya, due in seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan it, unless this is no demo."""
        if not settings.DEMO:
            raise CommandError("This is not the demo: real patients plan their own reminders.")
        name = plan_demo_reminder(now=timezone.now())
        self.stdout.write(f"a check-in for {name} is due" if name else "nobody to remind")
