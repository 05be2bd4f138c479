"""``clinic``: add a clinic, or list those that are there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.accounts.staff import add_clinic
from care.models import Clinic


class Command(BaseCommand):
    """Add or list clinics."""

    help = "Add a clinic, or list those that are there; its staff are added by `admin add`."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, and a clinic's name and zone."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|list")
        add = verbs.add_parser("add", help="add a clinic")
        add.add_argument("name")
        add.add_argument("--time-zone", required=True, help="such as America/Chicago")
        verbs.add_parser("list", help="list the clinics")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add or list.

        :raises CommandError: the name is taken or none, or the zone isn't known.
        """
        if options["verb"] == "list":
            for clinic in Clinic.objects.order_by("name", "id"):
                self.stdout.write(f"{clinic.name} ({clinic.time_zone})")
            return
        try:
            clinic = add_clinic(
                name=options["name"], time_zone=options["time_zone"], now=timezone.now()
            )
        except InvalidInput as fault:
            raise CommandError(" ".join(error.detail for error in fault.errors)) from None
        self.stdout.write(f"{clinic.name} is added. Its first administrator: ./between admin add")
