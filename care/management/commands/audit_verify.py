"""``audit_verify``: look for what was changed in the access log; exit code 1 where anything was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from care.audit.verify import verify_access_log


class Command(BaseCommand):
    """Verify the access log."""

    help = "Find any change, deletion, addition or cut-off in the sealed access log."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell what was found.

        :raises CommandError: where anything is not as it was sealed.
        """
        found = verify_access_log(now=timezone.now())
        self.stdout.write(
            f"{found.rows} rows under {found.seals} seals; {found.unsealed} not sealed yet."
        )
        for fault in found.faults:
            self.stdout.write(f"{fault.what}: rows {fault.first_id} to {fault.last_id}")
        if found.faults:
            raise CommandError(f"{len(found.faults)} faults.")
