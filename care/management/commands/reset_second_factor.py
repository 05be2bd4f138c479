"""``reset_second_factor NAME``: for somebody of the staff who lost phone and recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.text import fold_name
from care.access.log import log_sign_in
from care.accounts.staff import remove_second_factor_as_operator
from care.models import AccessLogEntry, User


class Command(BaseCommand):
    """Take every factor and sign-in of one user away; they enrol anew at their next sign-in."""

    help = "Let somebody enrol a second factor anew. See in person that it is them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the argument: the name that they sign in with."""
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove the factor, log it, and notify the clinic's administrators.

        :raises CommandError: when nobody has that name.
        """
        user = User.objects.filter(username=fold_name(options["username"])).first()
        if user is None:
            raise CommandError("Nobody has this name.")
        now = timezone.now()
        remove_second_factor_as_operator(user=user, now=now)
        log_sign_in(
            user=user, action=AccessLogEntry.Action.WRITE, reason="second_factor_reset",
            device_session_id=None, now=now,
        )  # fmt: skip
        self.stdout.write("Done: at the next sign-in a new second factor is asked for.")
