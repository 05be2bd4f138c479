"""``verify_restored``: compare this database with the manifest of the backup it came from."""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.backup import manifest, snapshot
from backend.backup.restore import LOG_INCOMPLETE_EXIT
from backend.kit.db.postgres import roles
from care.audit.seal import SEALING_STOPPED, verify_access_log


class Command(BaseCommand):
    """Verify a restored database."""

    help = "Verify rows, access log and texts of a restored database (restore does it by itself)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the manifest."""
        parser.add_argument("manifest", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is there, and what differs.

        :raises CommandError: where anything is.
        """
        told = orjson.loads(options["manifest"].read_bytes())
        made_at = datetime.fromisoformat(told["made_at"])
        # Anchors of today speak of seals that a backup of yesterday can't have.
        settings.AUDIT_ANCHORS = options["manifest"].with_suffix(".anchors")
        lines = (f"{seal} {last} {digest}\n" for seal, last, digest in told["anchors"])
        settings.AUDIT_ANCHORS.write_text("".join(lines), encoding="ascii")
        with roles.connected_as_owner(), snapshot.snapshot_transaction():
            faults = manifest.manifest_differences(told, manifest.build_manifest(now=made_at))
            log = verify_access_log(now=made_at)
            opened, closed = manifest.unreadable_patients()
        told_of_log = [
            f"access log: {one.what} ({one.first_id}-{one.last_id})" for one in log.faults
        ]
        broken = [one for one in log.faults if one.what != SEALING_STOPPED]
        faults += [f"text of {patient} does not open" for patient in closed]
        rows = sum(count for count, _ in told["tables"].values())
        self.stdout.write(
            f"{rows} rows of {len(told['tables'])} tables; access log: {log.rows} rows under "
            f"{log.seals} seals; texts of {opened} patients open."
        )
        for fault in (*faults, *told_of_log):
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults.")
        if log.faults and not broken:
            self.stdout.write("Sealing had stopped before the backup was made; the data are equal.")
        if broken:
            raise CommandError("The data are equal; their access log was not whole.",
                               returncode=LOG_INCOMPLETE_EXIT)  # fmt: skip
