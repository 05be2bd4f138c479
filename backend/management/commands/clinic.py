"""``clinic``: add a clinic, list those that are there, or set what one sets about safety.

About safety a clinic sets hours, rota, backup, stricter rules and crisis lines of its own.
"""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.accounts.staff import add_clinic
from care.models import Clinic
from care.oncall import safety_settings
from care.oncall.safety_settings import all_clinic_resources, settings_of_clinic
from journaling.safety.clinic_settings import validate_own_resources, validate_tightened_rules
from journaling.safety.support import list_crisis_resources, stale_crisis_resources


class Command(BaseCommand):
    """Add or list clinics, or set or show whom safety events call."""

    help = "Add or list clinics, and set what one sets about safety; `admin add` adds its staff."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, a clinic's name and zone, and a file of settings."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|list|safety")
        add = verbs.add_parser("add", help="add a clinic")
        add.add_argument("name")
        add.add_argument("--time-zone", required=True, help="such as America/Chicago")
        verbs.add_parser("list", help="list the clinics")
        safety = verbs.add_parser(
            "safety", help="set or show whom safety events call, and check the age of crisis lines"
        )
        safety.add_argument("--clinic", help="its name; not needed where there is one alone")
        safety.add_argument("--set", metavar="FILE", help="a JSON file (docs/operations.md)")
        safety.add_argument(
            "--check", action="store_true", help="list stale lines; exit 1 if there are any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says.

        :raises CommandError: a name or zone that can't be taken, settings that are refused, or
            crisis lines that are stale.
        """
        if options["verb"] == "list":
            for clinic in Clinic.objects.order_by("name", "id"):
                self.stdout.write(f"{clinic.name} ({clinic.time_zone})")
        elif options["verb"] == "add":
            self._add(options["name"], options["time_zone"])
        elif options["check"]:
            self._check_lines(timezone.now().date())
        else:
            clinic = _clinic(options["clinic"])
            if options["set"]:
                _set_safety(clinic, Path(options["set"]))
            self._show_safety(clinic)

    def _add(self, name: str, zone: str) -> None:
        try:
            clinic = add_clinic(name=name, time_zone=zone, now=timezone.now())
        except InvalidInput as fault:
            raise CommandError(" ".join(error.detail for error in fault.errors)) from None
        self.stdout.write(f"{clinic.name} is added. Its first administrator: ./between admin add")

    def _check_lines(self, today: date) -> None:
        stale = stale_crisis_resources(list_crisis_resources(all_clinic_resources()), today=today)
        for line in stale:
            self.stdout.write(
                f"{line.name}: last checked {line.verified_at}, please check it again"
            )
        if stale:
            raise CommandError(f"{len(stale)} crisis lines are older than 180 days.")
        self.stdout.write("All crisis lines were checked within 180 days.")

    def _show_safety(self, clinic: Clinic) -> None:
        setting = settings_of_clinic(clinic_id=clinic.pk)
        staffing, now = setting.staffing, timezone.now()
        opening = staffing.next_opening(now)
        self.stdout.write(f"Staff alerts: {'on' if staffing.alerts_on else 'off'}")
        self.stdout.write(f"Staffed now: {'yes' if staffing.is_staffed(now) else 'no'}")
        self.stdout.write(f"Opens next: {opening.isoformat() if opening else 'never'}")
        self.stdout.write(f"Stricter rules: {', '.join(sorted(setting.tightened)) or 'none'}")
        self.stdout.write(f"Lines of its own: {len(setting.resources)}")


def _clinic(name: str | None) -> Clinic:
    clinics = list(Clinic.objects.filter(name=name) if name else Clinic.objects.all()[:2])
    if len(clinics) != 1:
        raise CommandError("Name one clinic with --clinic, exactly as it is called here.")
    return clinics[0]


def _set_safety(clinic: Clinic, path: Path) -> None:
    try:
        sent = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        raise CommandError("The file can't be read as JSON.") from None
    if not isinstance(sent, dict):
        raise CommandError("The file must hold one JSON object.")
    try:
        safety_settings.save_safety_settings(
            clinic_id=clinic.pk,
            sent=sent,
            tightened=validate_tightened_rules(sent.get("tightened") or {}),
            resources=validate_own_resources(sent.get("resources") or []),
            has_way_out=settings.STAFF_MAIL,
            now=timezone.now(),
        )
    except InvalidInput as refusal:
        lines = [f"{error.field}: {error.code}. {error.detail}" for error in refusal.errors]
        raise CommandError("Nothing was set.\n" + "\n".join(lines)) from None
