"""``audit_verify``: look for what was changed in the access log; exit code 1 where anything was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from care.audit.seal import verify_access_log


class Command(BaseCommand):
    """Verify the access log."""

    help = "Find any change, deletion, addition or cut-off in the sealed access log."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found.

        :raises CommandError: where anything is not as it was sealed.
        """
        verification = verify_access_log(now=timezone.now())
        self.stdout.write(
            f"{verification.rows} rows under {verification.seals} seals; "
            f"{verification.unsealed} not sealed yet."
        )
        for fault in verification.faults:
            self.stdout.write(f"{fault.what}: rows {fault.first_id} to {fault.last_id}")
        if verification.faults:
            raise CommandError(f"{len(verification.faults)} faults.")
