"""``rotate_keys``: move everything under the first key of BETWEEN_MASTER_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from care.privacy.key_rotation import rotate_keys


class Command(BaseCommand):
    """Rotate the master keys."""

    help = "Wrap every data key and secret anew under the first master key; the service may run."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and print what was moved and what could not be.

        :raises CommandError: where a row still needs an older key.
        """
        result = rotate_keys()
        for place, count in (result.moved | result.columns).items():
            self.stdout.write(f"{place}: {count} moved.")
        for place, row, why in result.left:
            self.stdout.write(f"{place} {row}: {why}.")
        if result.left:
            raise CommandError(
                f"{len(result.left)} rows are not under the first key: keep the rest."
            )
        self.stdout.write("No row needs another key than the first.")
