"""What a clinic plans for each level of care: sessions, hours, reminders, and questionnaires due.

Every version is kept, with who wrote it. Nothing of it reaches a patient before a clinician applies
it (``notifications.reminders.level_plan``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from care.models import Clinic, Episode, LevelPlan, User
from care.models.people import logged_name

LEVELS: tuple[str, ...] = tuple(Episode.LevelOfCare.values)
#: CLINICAL §4: at most four a day, at least an hour apart.
MOST_CHECK_INS, MINUTES_APART = 4, 60
MOST_MEASURES = 10


class LevelPlanChanged(ChangedMeanwhile):
    """The plan has another revision than the caller read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class MeasureDue:
    """A questionnaire that is asked for every so many days."""

    instrument: str
    every_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPlanDetails:
    """The plan of one level; None and empty is what it does not plan.

    ``check_ins`` are minutes of the patient's day; ``prompt_minutes`` and ``reminder_minutes`` are
    before each session.
    """

    sessions_per_week: int | None = None
    hours_per_week: float | None = None
    check_ins: tuple[int, ...] = ()
    prompt_minutes: int | None = None
    reminder_minutes: int | None = None
    measures: tuple[MeasureDue, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelPlanVersion:
    """One version of the plan of a level; ``rev`` is 0 before the first one."""

    level: str
    rev: int
    details: LevelPlanDetails
    at: datetime | None
    written_by: str


def level_plan(*, clinic_id: UUID, level: str) -> LevelPlanVersion:
    """Read the plan of a level as it stands; before the first version it plans nothing."""
    history = level_plan_history(clinic_id=clinic_id, level=level)
    return history[0] if history else LevelPlanVersion(level, 0, LevelPlanDetails(), None, "")


def level_plans(*, clinic_id: UUID) -> Sequence[LevelPlanVersion]:
    """Read the plan of each level as it stands, from the most to the fewest hours."""
    return [level_plan(clinic_id=clinic_id, level=level) for level in LEVELS]


def level_plan_history(*, clinic_id: UUID, level: str) -> Sequence[LevelPlanVersion]:
    """Read every version of the plan of a level, the newest first."""
    rows = LevelPlan.objects.filter(clinic_id=clinic_id, level_of_care=level).order_by("-rev")
    return [_version(row) for row in rows]


def write_level_plan(
    *, admin: User, level: str, rev: int, details: LevelPlanDetails, now: datetime
) -> LevelPlanVersion:
    """Add a version after revision ``rev`` (0: there was none yet).

    What stands already makes no new version, whatever ``rev`` names, so that a request whose answer
    was lost can be sent again.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    :raises LevelPlanChanged: ``rev`` is not the newest.
    """
    _validate(details)
    with next_version(LevelPlanChanged):
        Clinic.objects.select_for_update().only("pk").get(pk=admin.clinic_id)
        newest = level_plan(clinic_id=admin.clinic_id, level=level)
        if details == newest.details:
            return newest
        if rev != newest.rev:
            raise LevelPlanChanged
        row = LevelPlan(
            clinic_id=admin.clinic_id, level_of_care=level, rev=rev + 1, at=now,
            written_by=admin.pk, written_by_name=logged_name(admin), details=asdict(details),
        )  # fmt: skip
        row.save(force_insert=True)
    return _version(row)


def _validate(details: LevelPlanDetails) -> None:
    check_ins = sorted(details.check_ins)
    gaps = [later - before for before, later in pairwise(check_ins)]
    if len(check_ins) > MOST_CHECK_INS or min(gaps, default=MINUTES_APART) < MINUTES_APART:
        detail = "At most four a day, at least an hour apart."
        raise InvalidInput.of("check_ins", "too_close", detail)
    if len(details.measures) > MOST_MEASURES:
        raise InvalidInput.of("measures", "max_length", f"At most {MOST_MEASURES}.")
    if len({one.instrument for one in details.measures}) < len(details.measures):
        raise InvalidInput.of("measures", "doubled", "Each questionnaire once.")


def _version(row: LevelPlan) -> LevelPlanVersion:
    stored: Mapping[str, Any] = row.details
    details = LevelPlanDetails(
        **{
            **stored,
            "check_ins": tuple(stored["check_ins"]),
            "measures": tuple(MeasureDue(**one) for one in stored["measures"]),
        }
    )
    return LevelPlanVersion(row.level_of_care, row.rev, details, row.at, row.written_by_name)
