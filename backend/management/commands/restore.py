"""``restore``: put a backup in place of nothing, or try whether it could be (``--drill``)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.backup import restore
from backend.backup.snapshot import ToolMissing
from backend.kit.crypto import DecryptionFailed
from backend.kit.db.postgres import roles


class Command(BaseCommand):
    """Restore a backup and verify it."""

    help = "Restore a backup where no data are yet, and verify rows, access log and texts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, and whether to keep what was restored."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--drill", action="store_true", help="restore beside the live data, verify, delete"
        )
        parser.add_argument(
            "--end-sign-ins", action="store_true", help="end every sign-in of the restored data"
        )
        parser.add_argument(
            "--newer", metavar="PLACE", default="",
            help="a newer copy of the database: consents and sign-ins ended there end again",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore or drill; the verifying process prints its findings.

        :raises CommandError: where data are already, or anything is not as it was.
        """
        more = ["--end-sign-ins"] if options["end_sign_ins"] else []
        more += ["--newer", options["newer"]] if options["newer"] else []
        try:
            with roles.connected_as_owner():
                if options["drill"]:
                    is_whole = restore.run_drill(options["file"])
                else:
                    is_whole = restore.restore_backup(options["file"], *more)
        except restore.AccessLogIncomplete:
            raise CommandError(
                "The restored data are what was backed up. Their access log was not whole then: "
                "see `audit verify`."
            ) from None
        except restore.DatabaseNotEmpty as where:
            raise CommandError(f"{where} holds data: nothing was touched.") from None
        except (ToolMissing, OSError) as why:
            raise CommandError(f"{why}.") from None
        except DecryptionFailed:
            raise CommandError(
                "The backup doesn't open: another master key, or a damaged file."
            ) from None
        if not is_whole:
            raise CommandError("The restored data are not what was backed up.")
