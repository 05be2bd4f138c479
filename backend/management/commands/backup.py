"""``backup``: write an encrypted copy of the database while it is used, and restore one.

``restore`` runs ``verify`` and ``begin-generation`` in processes of their own, on the database that
it filled.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.backup import archive, manifest, restore, snapshot
from backend.backup.snapshot import ToolMissing
from backend.kit.crypto import DecryptionFailed
from backend.kit.db.postgres import roles
from care.audit.seal import SEALING_STOPPED, read_anchors, verify_access_log
from care.models import AuditSeal


class Command(BaseCommand):
    """Make a backup, restore one, or do a part of a restore."""

    help = "Write an encrypted backup, or restore one and verify it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, with which file, and what a restore ends."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="write|restore|verify|begin-generation"
        )
        write = verbs.add_parser(
            "write", help="write a backup; it opens with the master key that is first now"
        )
        write.add_argument("file", type=Path)
        back = verbs.add_parser(
            "restore", help="restore where no data are yet, verify rows, access log and texts"
        )
        back.add_argument("file", type=Path)
        back.add_argument(
            "--drill", action="store_true", help="restore beside the live data, verify, delete"
        )
        verify = verbs.add_parser(
            "verify", help="compare this database with a backup's manifest (restore does it)"
        )
        verify.add_argument("manifest", type=Path)
        begin = verbs.add_parser(
            "begin-generation",
            help="raise cursors, revisions and token generations, and say what was revived "
            "(restore does it; do it after a point-in-time recovery of PostgreSQL)",
        )
        begin.add_argument("--made-at", default="", help="when the backup was made, to say so")
        for verb in (back, begin):
            verb.add_argument("--end-sign-ins", action="store_true", help="end every sign-in")
            verb.add_argument(
                "--newer", metavar="PLACE", default="",
                help="a newer copy of the database (a file or postgres:// address): what consents "
                "and sign-ins had ended there ends again",
            )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says.

        :raises CommandError: it can't be done, or anything is not as it was.
        """
        if options["verb"] == "write":
            self._write(options["file"])
        elif options["verb"] == "restore":
            _restore(options)
        elif options["verb"] == "verify":
            self._verify(options["manifest"])
        else:
            self._begin_generation(options, timezone.now())

    def _write(self, file: Path) -> None:
        """Write the backup; print how much it holds."""
        try:
            with roles.connected_as_owner():
                told = archive.write_archive(file, now=timezone.now())
        except FileExistsError:
            raise CommandError(f"{file} is there already.") from None
        except ToolMissing as why:
            raise CommandError(f"{why}.") from None
        rows = sum(count for count, _ in told["tables"].values())
        self.stdout.write(f"{rows} rows of {len(told['tables'])} tables, {told['made_at']}.")

    def _verify(self, file: Path) -> None:
        """Print what is there, and what differs from the manifest."""
        told = orjson.loads(file.read_bytes())
        made_at = datetime.fromisoformat(told["made_at"])
        # Anchors of today speak of seals that a backup of yesterday can't have.
        settings.AUDIT_ANCHORS = file.with_suffix(".anchors")
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
                               returncode=restore.LOG_INCOMPLETE_EXIT)  # fmt: skip

    def _begin_generation(self, options: dict[str, Any], now: datetime) -> None:
        """Begin a generation; print what is in force again."""
        try:
            ended = list(restore.revocations_in_copy(options["newer"])) if options["newer"] else []
        except OSError as why:
            raise CommandError(f"{why}. Nothing was changed.") from None
        with roles.connected_as_owner():
            restore.begin_generation(now=now)
            again = restore.revoke_again(ended=ended)
            over = restore.end_sign_ins(now=now) if options["end_sign_ins"] else None
            held = restore.count_revived(now=now)
            lost = _missing_log_rows()
        since = f" since {options['made_at']}" if options["made_at"] else ""
        self.stdout.write(f"A new generation began. What happened{since} is not in these data.")
        if lost:
            self.stdout.write(
                f"The anchors of the access log know of {lost} rows more: that much is missing."
            )
        for table, key in again:
            name = "Consent" if table == "care_consent" else "Sign-in"
            self.stdout.write(f"{name} {key} had been ended; it is ended again.")
        self.stdout.write(
            f"In force by these data: {held.consents} consents, {held.sign_ins} sign-ins. Whatever "
            "of them was taken back since holds again"
            + ("" if options["newer"] else "; --newer PLACE ends it again")
            + "."
        )
        if over is not None:
            self.stdout.write(f"{over} sign-ins were ended: everybody signs in again.")
        elif held.sign_ins:
            self.stdout.write("--end-sign-ins lets everybody sign in again.")


def _restore(options: dict[str, Any]) -> None:
    """Restore or drill; the verifying process prints its findings."""
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


def _missing_log_rows() -> int:
    """Return how many sealed rows of the access log are missing."""
    last = AuditSeal.objects.order_by("-last_id").values_list("last_id", flat=True).first() or 0
    return max([0, *(anchor.last_id - last for anchor in read_anchors())])
