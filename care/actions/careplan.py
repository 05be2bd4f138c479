"""The plan of care: hours a week and goals, kept in every version."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import orjson
from django.db import IntegrityError, transaction

from backend.kit.errors import ChangedMeanwhile, InvalidInput
from backend.kit.ids import new_id
from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass
from care.limits import LEAST_IOP_HOURS
from care.models import CarePlan, Episode, User

WORDS_COLUMN = "care.CarePlan.words"


class PlanChanged(ChangedMeanwhile):
    """Somebody wrote another version since it was read; nothing was stored."""


def write_plan(
    *,
    chart: Chart,
    clinician: User,
    rev: int,
    hours_per_week: Decimal,
    goals: Sequence[str],
    reviewed_on: date,
    now: datetime,
) -> CarePlan:
    """Write the next version of the plan; ``rev`` is the newest that the writer read, 0 for none.

    :raises PlanChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    if reviewed_on > local_day(now, clinician.clinic.time_zone):
        raise InvalidInput.of("reviewed_on", "in_the_future", "Must not be in the future.")
    _refuse_hours(chart, hours_per_week)
    newest = CarePlan.objects.filter(patient_id=chart.patient_id).order_by("-rev").first()
    if (newest.rev if newest else 0) != rev:
        raise PlanChanged
    plan_id = new_id()
    sealed = chart.cipher.seal(orjson.dumps(list(goals)), column=WORDS_COLUMN, row=plan_id)
    try:
        with transaction.atomic():
            made = CarePlan.objects.create(
                id=plan_id,
                patient_id=chart.patient_id,
                rev=rev + 1,
                hours_per_week=hours_per_week,
                words=sealed,
                reviewed_on=reviewed_on,
                written_by=clinician,
                written_at=now,
            )
            access.log_write(chart=chart, what=DataClass.PROGRAMME, now=now)
    except IntegrityError:
        raise PlanChanged from None
    return made


def goals_of(plan: CarePlan, *, chart: Chart) -> list[str]:
    """Open the goals of a version."""
    opened: list[str] = orjson.loads(
        chart.cipher.open(plan.words, column=WORDS_COLUMN, row=plan.pk)
    )
    return opened


def _refuse_hours(chart: Chart, hours: Decimal) -> None:
    """Keep the plan of somebody in intensive outpatient care at its nine hours (CLINICAL §1)."""
    is_intensive = Episode.objects.filter(
        patient_id=chart.patient_id,
        discharged_on__isnull=True,
        level_of_care=Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
    )
    if hours < LEAST_IOP_HOURS and is_intensive.exists():
        detail = "Intensive outpatient care has at least 9 hours a week; fewer is a step down."
        raise InvalidInput.of("hours_per_week", "below_nine_hours", detail)
