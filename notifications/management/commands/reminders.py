"""``reminders``: reconcile them by hand, or print how a patient's fared."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.log import log_operator_read
from care.models import Patient
from notifications.engine.sweep import sweep
from notifications.push.devices import device_statuses
from notifications.reminders.history import history_page


class Command(BaseCommand):
    """Run the reconciliation once, or print a patient's newest reminders and their devices."""

    help = "Reconcile reminders and devices, or tell how a patient's reminders fared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: what to do; of a history, whose, and how many reminders."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="sweep|history")
        verbs.add_parser(
            "sweep",
            help="end devices that nobody uses any more, and let reminders follow changed sessions "
            "(beat does it every five minutes)",
        )
        history = verbs.add_parser(
            "history", help="print what became of each; nothing of what they are about"
        )
        history.add_argument("patient", help="the patient's id")
        history.add_argument("--last", type=int, default=50, help="so many reminders")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        now = timezone.now()
        if options["verb"] == "sweep":
            self._sweep(now)
        else:
            self._print_history(_parse_id(options["patient"]), options["last"], now)

    def _sweep(self, now: datetime) -> None:
        """Sweep, and print how much was changed."""
        changed = {what: count for what, count in sweep(now=now).items() if count}
        summary = ", ".join(f"{count} {what}" for what, count in sorted(changed.items()))
        self.stdout.write(summary or "nothing to sweep")

    def _print_history(self, patient_id: UUID, limit: int, now: datetime) -> None:
        """Print them, newest first; the access log says that an operator looked."""
        if not Patient.objects.filter(pk=patient_id).exists():
            raise CommandError("There is no such patient.")
        log_operator_read(patient_id=patient_id, what=DataCategory.REMINDERS, now=now)
        lines = history_page(patient_id=patient_id, may_see_clinical=False, limit=limit)
        for line in lines:
            self.stdout.write(f"{line.due_at:%Y-%m-%d %H:%M}Z  {line.words}")
        for device in device_statuses(patient_id=patient_id):
            last_seen = f"{device.last_seen_at:%Y-%m-%d}"
            self.stdout.write(f"{device.platform}, last seen {last_seen}, {device.words}")
        if not lines:
            self.stdout.write("No reminder fell due yet.")


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError("A patient's id is a UUID.") from None
