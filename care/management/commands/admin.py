"""``admin``: let an administrator in, or anybody of the staff who lost a half of their sign-in."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.errors import InvalidInput
from backend.kit.text import fold_name
from care.access.log import log_sign_in
from care.accounts.staff import remove_second_factor_as_operator
from care.accounts.staff_invitations import invite_staff, renew_staff_code_as_operator
from care.models import AccessLogEntry, Clinic, User


class Command(BaseCommand):
    """Add an administrator of a clinic, or renew one half of a sign-in of somebody of the staff."""

    help = "Invite an administrator; they invite everybody else of the staff on their pages."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, and about whom."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|code|reset-factor")
        add = verbs.add_parser("add", help="invite an administrator")
        add.add_argument("username", help="the name that they will sign in with")
        add.add_argument("--name", help="what they are called (default: the username)")
        add.add_argument("--clinic", help="its name; not needed where there is one alone")
        code = verbs.add_parser("code", help="make a new code for somebody of the staff")
        code.add_argument("username")
        factor = verbs.add_parser(
            "reset-factor",
            help="take every second factor and sign-in of somebody away, who enrols anew at their "
            "next sign-in; see in person that it is them",
        )
        factor.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Invite or renew, and print the code, which is shown only here; or take factors away.

        :raises CommandError: no such clinic or user, or a name that is taken.
        """
        now = timezone.now()
        if options["verb"] == "add":
            self._add(options, now)
        elif options["verb"] == "code":
            self._renew_code(options["username"], now)
        else:
            self._reset_factor(options["username"], now)

    def _add(self, options: dict[str, Any], now: datetime) -> None:
        username = options["username"]
        try:
            _, code = invite_staff(
                clinic_id=_clinic(options["clinic"]).pk, username=username,
                display_name=options["name"] or username, role=User.Role.ADMIN, now=now,
            )  # fmt: skip
        except InvalidInput as fault:
            raise CommandError(" ".join(error.detail for error in fault.errors)) from None
        self._tell(username, code)

    def _renew_code(self, username: str, now: datetime) -> None:
        try:
            self._tell(username, renew_staff_code_as_operator(username=username, now=now))
        except User.DoesNotExist:
            raise CommandError("Nobody of the staff has this name.") from None

    def _reset_factor(self, username: str, now: datetime) -> None:
        """Remove the factor, log it, and notify the clinic's administrators."""
        user = User.objects.filter(username=fold_name(username)).first()
        if user is None:
            raise CommandError("Nobody has this name.")
        remove_second_factor_as_operator(user=user, now=now)
        log_sign_in(
            user=user, action=AccessLogEntry.Action.WRITE, reason="second_factor_reset",
            device_session_id=None, now=now,
        )  # fmt: skip
        self.stdout.write("Done: at the next sign-in a new second factor is asked for.")

    def _tell(self, username: str, code: str) -> None:
        self.stdout.write(
            f"{username} comes in at /review/start/ with this code, once and within 72 hours:\n"
            f"{code}"
        )


def _clinic(name: str | None) -> Clinic:
    clinics = list(Clinic.objects.filter(name=name) if name else Clinic.objects.order_by("id")[:2])
    if len(clinics) == 1:
        return clinics[0]
    if not clinics and not name:
        raise CommandError("There is no clinic yet: ./between clinic add NAME --time-zone ZONE")
    raise CommandError("Name one clinic with --clinic, exactly as ./between clinic list shows it.")
