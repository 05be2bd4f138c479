"""``legal_hold``: keep everything of a patient, or end that."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from care.privacy import retention


class Command(BaseCommand):
    """Place or lift a legal hold."""

    help = "Keep everything of a patient from erasure and retention until the hold is lifted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, about whom, and under which number."""
        parser.add_argument("what", choices=["place", "lift"])
        parser.add_argument("patient", type=UUID)
        parser.add_argument("matter", help="the number of the case, never its story")

    def handle(self, *args: Any, **options: Any) -> None:
        """Place or lift the hold.

        :raises CommandError: no such patient, or no such hold.
        """
        what = {"patient_id": options["patient"], "matter": options["matter"]}
        try:
            if options["what"] == "place":
                retention.place_hold(**what, now=timezone.now())
            elif not retention.lift_hold(**what, now=timezone.now()):
                raise CommandError("There is no such hold.")
        except retention.NoSuchPatient:
            raise CommandError("There is no patient of this id.") from None
