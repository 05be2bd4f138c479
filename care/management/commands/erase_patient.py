"""``erase_patient``: destroy a patient's key and everything that tells of them."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.db.postgres import roles
from care.privacy import erasure
from care.privacy.retention import NoSuchPatient


class Command(BaseCommand):
    """Erase a patient."""

    help = "Erase a patient for good. Old backups hold them until those are destroyed as well."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: whom, why, and whether the files are rewritten."""
        parser.add_argument("patient", type=UUID)
        parser.add_argument(
            "--reason", required=True, choices=[r.name for r in erasure.ErasureReason]
        )
        parser.add_argument(
            "--no-purge", action="store_true", help="leave the files to a later purge"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase the patient and print what is gone.

        :raises CommandError: no such patient, a legal hold, or bytes that may still be in the file.
        """
        whom = {
            "patient_id": options["patient"],
            "reason": erasure.ErasureReason[options["reason"]],
        }
        try:
            gone = erasure.erase_patient(**whom, now=timezone.now())
            # A request that was under way when the key went may have written meanwhile.
            gone += erasure.erase_patient(**whom, now=timezone.now())
        except NoSuchPatient:
            raise CommandError("There is no patient of this id.") from None
        except erasure.OnLegalHold:
            raise CommandError("A legal hold stands; nothing was changed.") from None
        for table, count in sorted(gone.items()):
            self.stdout.write(f"{table}: {count} deleted.")
        in_the_way = ""
        if not options["no_purge"]:
            with roles.connected_as_owner():
                in_the_way = erasure.rewrite_database_files()
        if in_the_way:
            raise CommandError(f"Erased, but bytes may be left in the files: {in_the_way}.")
