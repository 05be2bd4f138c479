"""``reminder_history``: print how a patient's reminders fared, without anything clinical."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.log import log_operator_read
from care.models import Patient
from notifications.push.devices import device_statuses
from notifications.reminders.history import history_page


class Command(BaseCommand):
    """Print the newest reminders of a patient, each with what became of it, and their devices."""

    help = "Tell how a patient's reminders fared; it shows nothing of what they are about."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the patient's id, and how many reminders."""
        parser.add_argument("patient", help="the patient's id")
        parser.add_argument("--last", type=int, default=50, help="so many reminders")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them, newest first; the access log says that an operator looked."""
        patient_id = _parse_id(options["patient"])
        if not Patient.objects.filter(pk=patient_id).exists():
            raise CommandError("There is no such patient.")
        log_operator_read(patient_id=patient_id, what=DataCategory.REMINDERS, now=timezone.now())
        lines = history_page(patient_id=patient_id, may_see_clinical=False, limit=options["last"])
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
