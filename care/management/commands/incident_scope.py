"""``incident_scope``: whose data an account or a sign-in could have seen, and did see."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.log import log_operator_read
from care.audit import incident
from care.audit.incident import Exposure


class Command(BaseCommand):
    """Print the scope of an incident."""

    help = "List, one JSON line a patient, whose data was within reach and what was looked at."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: who, and from when until when."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--account", type=UUID, help="the id of a user")
        whose.add_argument("--sign-in", type=UUID, help="the id of one sign-in on one device")
        parser.add_argument("--from", dest="first", required=True, type=_instant)
        parser.add_argument("--until", dest="last", required=True, type=_instant)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the exposures; each look is itself in the patient's access log.

        :raises CommandError: no such account or sign-in, or a stretch that ends before it begins.
        """
        if options["last"] <= options["first"]:
            raise CommandError("--until must lie after --from.")
        between = {"first": options["first"], "last": options["last"]}
        try:
            if options["account"]:
                exposures = incident.exposures_of_account(actor_id=options["account"], **between)
            else:
                exposures = incident.exposures_of_sign_in(session_id=options["sign_in"], **between)
        except incident.NoSuchActor:
            raise CommandError("There is no account or sign-in of this id.") from None
        now = timezone.now()
        for exposure in exposures:
            log_operator_read(patient_id=exposure.patient_id, what=DataCategory.ACCESS_LOG, now=now)
            self.stdout.write(orjson.dumps(_to_json(exposure)).decode())


def _to_json(exposure: Exposure) -> dict[str, Any]:
    return {
        "patient": exposure.patient_id,
        "could_see": [
            {"from": stretch.start, "until": stretch.end, "why": why}
            for stretch, why in exposure.could
        ],
        "did": [
            {"action": action, "what": what, "times": times}
            for (action, what), times in sorted(exposure.did.items())
        ],
    }


def _instant(text: str) -> datetime:
    """Read an instant with its offset, such as ``2026-03-01T08:00:00-06:00``."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an offset is missing")
    return instant
