"""``patient``: erase a patient, place or lift a legal hold, or merge a mistaken invitation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.kit.db.postgres import roles
from care.privacy import erasure, merge_patients, retention
from notifications.reminders.follow import follow_sessions_of


class Command(BaseCommand):
    """Do what only the operator does with a patient's whole record."""

    help = "Erase a patient for good, keep everything of one by a legal hold, or merge two records."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, with whom, and why."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="erase|place-hold|lift-hold|merge"
        )
        erase = verbs.add_parser(
            "erase", help="for good; old backups hold them until those are destroyed as well"
        )
        erase.add_argument("patient", type=UUID)
        erase.add_argument(
            "--reason", required=True, choices=[r.name for r in erasure.ErasureReason]
        )
        erase.add_argument(
            "--no-purge", action="store_true", help="leave the files to a later purge"
        )
        for verb, what in (
            ("place-hold", "keep everything of a patient from erasure and retention"),
            ("lift-hold", "end such a hold"),
        ):
            hold = verbs.add_parser(verb, help=what)
            hold.add_argument("patient", type=UUID)
            hold.add_argument("matter", help="the number of the case, never its story")
        merge = verbs.add_parser(
            "merge", help="move sessions, groups and care team to the first; erase the second"
        )
        merge.add_argument("kept", type=UUID, help="the patient whose record stays")
        merge.add_argument("mistaken", type=UUID, help="the invitation made by mistake")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says.

        :raises CommandError: no such patient or hold, a hold that stands, records that can't be
            merged, or bytes that may still be in the files.
        """
        now = timezone.now()
        try:
            if options["verb"] == "erase":
                self._erase(options["patient"], options["reason"], now)
            elif options["verb"] == "merge":
                self._merge(options["kept"], options["mistaken"], now)
            else:
                _hold(options, now)
        except retention.NoSuchPatient:
            raise CommandError("There is no patient of this id.") from None
        except erasure.OnLegalHold:
            raise CommandError("A legal hold stands; nothing was changed.") from None
        if options["verb"] == "erase" and not options["no_purge"]:
            _purge()

    def _erase(self, patient_id: UUID, reason: str, now: datetime) -> None:
        """Erase the patient and print what is gone."""
        whom: dict[str, Any] = {
            "patient_id": patient_id,
            "reason": erasure.ErasureReason[reason],
        }
        gone = erasure.erase_patient(**whom, now=now)
        # A request that was under way when the key went may have written meanwhile.
        gone += erasure.erase_patient(**whom, now=timezone.now())
        for table, count in sorted(gone.items()):
            self.stdout.write(f"{table}: {count} deleted.")

    def _merge(self, kept_id: UUID, mistaken_id: UUID, now: datetime) -> None:
        """Merge them, update the reminders, and print what moved."""
        try:
            moved = merge_patients.merge_patients(kept_id=kept_id, mistaken_id=mistaken_id, now=now)
        except merge_patients.NotMergeable as refusal:
            raise CommandError(f"{refusal.why} Nothing was changed.") from None
        follow_sessions_of(patients=[kept_id], now=now)
        for table, count in sorted(moved.items()):
            self.stdout.write(f"{table}: {count} moved.")
        self.stdout.write("The mistaken record is erased.")


def _hold(options: dict[str, Any], now: datetime) -> None:
    what = {"patient_id": options["patient"], "matter": options["matter"]}
    if options["verb"] == "place-hold":
        retention.place_hold(**what, now=now)
    elif not retention.lift_hold(**what, now=now):
        raise CommandError("There is no such hold.")


def _purge() -> None:
    with roles.connected_as_owner():
        in_the_way = erasure.rewrite_database_files()
    if in_the_way:
        raise CommandError(f"Erased, but bytes may be left in the files: {in_the_way}.")
