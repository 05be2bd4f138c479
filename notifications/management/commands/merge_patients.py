"""``merge_patients``: make one of two records of a person who was invited twice by mistake."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from care.privacy import erasure, merge_patients
from care.privacy.retention import NoSuchPatient
from notifications.reminders.follow import follow_sessions_of


class Command(BaseCommand):
    """Merge a mistaken invitation into the record that stays."""

    help = "Move sessions, groups and care team to the first patient, and erase the second."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the record that stays, and the one made by mistake."""
        parser.add_argument("kept", type=UUID, help="the patient whose record stays")
        parser.add_argument("mistaken", type=UUID, help="the invitation made by mistake")

    def handle(self, *args: Any, **options: Any) -> None:
        """Merge them, update the reminders, and print what moved.

        :raises CommandError: they can't be merged; it says why, and nothing was changed.
        """
        kept, now = options["kept"], timezone.now()
        try:
            moved = merge_patients.merge_patients(
                kept_id=kept, mistaken_id=options["mistaken"], now=now
            )
        except NoSuchPatient:
            raise CommandError("There is no patient of one of these ids.") from None
        except merge_patients.NotMergeable as refusal:
            raise CommandError(f"{refusal.why} Nothing was changed.") from None
        except erasure.OnLegalHold:
            raise CommandError("A legal hold stands on the mistaken one.") from None
        follow_sessions_of(patients=[kept], now=now)
        for table, count in sorted(moved.items()):
            self.stdout.write(f"{table}: {count} moved.")
        self.stdout.write("The mistaken record is erased.")
