"""``audit``: seal and verify the access log, and list whose data an incident put within reach."""

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
from care.audit.seal import seal_access_log, verify_access_log


class Command(BaseCommand):
    """Seal or verify the access log, or print the scope of an incident."""

    help = "Seal the access log, verify its seals, or list what an account could have seen."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do; of an incident, who, and from when until when."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="seal|verify|incident")
        verbs.add_parser("seal", help="seal it now, a minute behind, as the service does")
        verbs.add_parser("verify", help="find any change, deletion, addition or cut-off in it")
        scope = verbs.add_parser(
            "incident",
            help="list, one JSON line a patient, whose data was in reach and what was looked at",
        )
        whose = scope.add_mutually_exclusive_group(required=True)
        whose.add_argument("--account", type=UUID, help="the id of a user")
        whose.add_argument("--sign-in", type=UUID, help="the id of one sign-in on one device")
        scope.add_argument("--from", dest="first", required=True, type=_instant)
        scope.add_argument("--until", dest="last", required=True, type=_instant)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says.

        :raises CommandError: a fault of the log, no such account or sign-in, or a stretch that ends
            before it begins.
        """
        now = timezone.now()
        if options["verb"] == "seal":
            self.stdout.write(f"{seal_access_log(now=now)} rows sealed.")
        elif options["verb"] == "verify":
            self._verify(now)
        else:
            self._print_exposures(options, now)

    def _verify(self, now: datetime) -> None:
        verification = verify_access_log(now=now)
        self.stdout.write(
            f"{verification.rows} rows under {verification.seals} seals; "
            f"{verification.unsealed} not sealed yet."
        )
        for fault in verification.faults:
            self.stdout.write(f"{fault.what}: rows {fault.first_id} to {fault.last_id}")
        if verification.faults:
            raise CommandError(f"{len(verification.faults)} faults.")

    def _print_exposures(self, options: dict[str, Any], now: datetime) -> None:
        """Print the exposures; each look is itself in the patient's access log."""
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
