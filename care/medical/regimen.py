"""How a medicine or supplement is to be taken, over time; pure.

It is a record of what was agreed elsewhere: nothing here recommends a dose or compares medicines
(CLINICAL §7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from backend.kit.errors import InvalidInput
from backend.kit.text import fold_name

EVERY_DAY = 127
#: CLINICAL §4: what reminds comes at most four times a day, at least an hour apart.
MOST_REMINDED_TIMES, REMINDED_MINUTES_APART = 4, 60
_LONGEST_AGO, _LONGEST_AHEAD = timedelta(days=366 * 20), timedelta(days=366 * 2)


@dataclass(frozen=True, slots=True)
class Regimen:
    """How a medicine or supplement is to be taken.

    ``minutes`` are of the patient's local day, ``weekdays`` has Monday as bit 0, days are of the
    patient's calendar. ``dose`` is as the prescriber worded it.
    """

    name: str
    kind: str
    dose: str
    minutes: tuple[int, ...]
    starts_on: date
    weekdays: int = EVERY_DAY
    ends_on: date | None = None
    prescriber: str = ""
    refill_by: date | None = None
    has_reminder: bool = False

    def doses_due(self, day: date) -> int:
        """Return how many doses are due on a day of the patient's calendar."""
        is_over = self.ends_on is not None and day > self.ends_on
        if day < self.starts_on or is_over or not self.weekdays & 1 << day.weekday():
            return 0
        return len(self.minutes)


@dataclass(frozen=True, slots=True)
class RegimenVersion:
    """One version, decrypted; ``written_on`` is a day of the patient's calendar."""

    medication_id: UUID
    rev: int
    regimen: Regimen
    written_on: date
    is_ended: bool
    at: datetime
    written_by: UUID


@dataclass(frozen=True, slots=True)
class MedicationHistory:
    """All versions of one medicine, the oldest first."""

    versions: tuple[RegimenVersion, ...]

    @property
    def newest(self) -> Regimen:
        """Return how it is to be taken now, or was at last."""
        return self.versions[-1].regimen

    @property
    def names(self) -> frozenset[str]:
        """Return every name that it had, folded, by which doses of it are known."""
        return frozenset(fold_name(version.regimen.name) for version in self.versions)

    @property
    def is_ended(self) -> bool:
        """Whether somebody ended it."""
        return self.versions[-1].is_ended

    def doses_due(self, day: date) -> int:
        """Return how many doses were due on a day, by the version that stood at its beginning."""
        standing = [version for version in self.versions if version.written_on < day]
        if not standing or standing[-1].is_ended:
            return 0
        return standing[-1].regimen.doses_due(day)


def validate_regimen(
    regimen: Regimen, *, others: Iterable[MedicationHistory], now: datetime
) -> None:
    """Refuse what can't be taken so, or what stands among ``others`` by name already.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    folded = fold_name(regimen.name)
    if any(fold_name(one.newest.name) == folded for one in others):
        raise InvalidInput.of("name", "doubled", "Something of this name is on the list already.")
    if len(set(regimen.minutes)) < len(regimen.minutes):
        raise InvalidInput.of("times", "doubled", "Each time once.")
    near = (now - _LONGEST_AGO).date(), (now + _LONGEST_AHEAD).date()
    if not near[0] <= regimen.starts_on <= near[1]:
        raise InvalidInput.of("starts_on", "out_of_range", "Must be a day of about now.")
    if regimen.ends_on is not None and regimen.ends_on < regimen.starts_on:
        raise InvalidInput.of("ends_on", "before_start", "Must not lie before the first day.")
    if regimen.has_reminder:
        _validate_reminder(sorted(regimen.minutes))


def _validate_reminder(minutes: Sequence[int]) -> None:
    if not minutes:
        raise InvalidInput.of("reminder", "without_times", "What has no times reminds nobody.")
    gaps = (later - before for before, later in pairwise(minutes))
    if len(minutes) > MOST_REMINDED_TIMES or min(gaps, default=1440) < REMINDED_MINUTES_APART:
        detail = "Reminders come at most four times a day, at least an hour apart."
        raise InvalidInput.of("times", "too_close_to_remind", detail)
