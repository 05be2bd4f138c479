"""What a clinic sets about safety: hours, rota, backup, stricter rules and lines of its own."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.models import Clinic
from care.oncall import safety_settings
from care.oncall.safety_settings import all_clinic_resources, settings_of_clinic
from journaling.safety.clinic_settings import validate_own_resources, validate_tightened_rules
from journaling.safety.support import list_crisis_resources, stale_crisis_resources


class Command(BaseCommand):
    """Set it from a file, show what holds, or list the numbers that somebody should check."""

    help = "Set or show whom safety events call, and check the age of the crisis lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options to set and to check."""
        parser.add_argument("--clinic", help="its name; not needed where there is one alone")
        parser.add_argument("--set", metavar="FILE", help="a JSON file (docs/operations.md)")
        parser.add_argument(
            "--check", action="store_true", help="list stale lines; exit 1 if there are any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the crisis lines, or set if asked and show."""
        if options["check"]:
            self._check(timezone.now().date())
            return
        clinic = _clinic(options["clinic"])
        if options["set"]:
            _set(clinic, Path(options["set"]))
        self._show(clinic)

    def _check(self, today: date) -> None:
        stale = stale_crisis_resources(list_crisis_resources(all_clinic_resources()), today=today)
        for line in stale:
            self.stdout.write(
                f"{line.name}: last checked {line.verified_at}, please check it again"
            )
        if stale:
            raise CommandError(f"{len(stale)} crisis lines are older than 180 days.")
        self.stdout.write("All crisis lines were checked within 180 days.")

    def _show(self, clinic: Clinic) -> None:
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


def _set(clinic: Clinic, path: Path) -> None:
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
