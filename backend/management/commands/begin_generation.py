"""``begin_generation``: after this database was put back to an earlier state, by any means."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.backup import restore
from backend.kit.db.postgres import roles
from care.audit.seal import read_anchors
from care.models import AuditSeal


class Command(BaseCommand):
    """Raise what phones count by, and say what holds again."""

    help = (
        "Raise cursors, revisions and token generations after a restore, and say what it revived "
        "(restore does it by itself; do it after a point-in-time recovery of PostgreSQL)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--end-sign-ins`` and ``--newer``."""
        parser.add_argument("--end-sign-ins", action="store_true", help="end every sign-in")
        parser.add_argument(
            "--newer", metavar="PLACE", default="",
            help="a newer copy of the database (a file or postgres:// address): what consents and "
            "sign-ins had ended there ends again",
        )  # fmt: skip
        parser.add_argument("--made-at", default="", help="when the backup was made, to say so")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a generation; print what is in force again.

        :raises CommandError: the newer copy can't be read; nothing was changed.
        """
        now = timezone.now()
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


def _missing_log_rows() -> int:
    """Return how many sealed rows of the access log are missing."""
    last = AuditSeal.objects.order_by("-last_id").values_list("last_id", flat=True).first() or 0
    return max([0, *(anchor.last_id - last for anchor in read_anchors())])
