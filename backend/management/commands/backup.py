"""``backup``: write an encrypted copy of the database while it is used."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.backup import archive
from backend.backup.snapshot import ToolMissing
from backend.kit.db.postgres import roles


class Command(BaseCommand):
    """Make a backup."""

    help = "Write an encrypted backup; it opens with the master key that is first now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file to write."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the backup; print how much it holds.

        :raises CommandError: something of this name is there, or pg_dump can't do it.
        """
        try:
            with roles.connected_as_owner():
                manifest = archive.write_archive(options["file"], now=timezone.now())
        except FileExistsError:
            raise CommandError(f"{options['file']} is there already.") from None
        except ToolMissing as why:
            raise CommandError(f"{why}.") from None
        rows = sum(count for count, _ in manifest["tables"].values())
        self.stdout.write(
            f"{rows} rows of {len(manifest['tables'])} tables, {manifest['made_at']}."
        )
