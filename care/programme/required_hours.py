"""How many hours of treatment a week a patient's level of care has, by plan."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from care.constants import LEAST_IOP_HOURS
from care.models import CarePlan, Episode


@dataclass(frozen=True, slots=True)
class RequiredHours:
    """What one patient's level of care asks for in a week."""

    level_of_care: str
    minutes: int

    @property
    def is_intensive(self) -> bool:
        """Whether it is intensive outpatient care, which asks for its days as well."""
        return self.level_of_care == Episode.LevelOfCare.INTENSIVE_OUTPATIENT


def planned_hours(day: date) -> Coalesce:
    """Build the hours a week of an episode's row, as of a day.

    They are those of the plan of care of this episode, as of that day; before there is one, those
    that were planned at admission.
    """
    plan = CarePlan.objects.filter(
        patient_id=OuterRef("patient_id"), reviewed_on__gte=OuterRef("admitted_on"),
        reviewed_on__lte=day,
    ).order_by("-rev")  # fmt: skip
    return Coalesce(Subquery(plan.values("hours_per_week")[:1]), F("planned_hours_per_week"))


def required_hours_of(
    *, patient_ids: Collection[UUID], monday: date, today: date
) -> dict[UUID, RequiredHours]:
    """Find what the whole week from that Monday on asks of those patients who were in by then.

    Intensive outpatient care has at least nine hours, whatever was planned; who is in a level
    without planned hours, or came later in the week, is left out.
    """
    in_care = Episode.objects.filter(
        Q(discharged_on__isnull=True), patient_id__in=patient_ids, admitted_on__lte=monday
    ).annotate(hours=planned_hours(today))
    required: dict[UUID, RequiredHours] = {}
    for patient_id, level, hours in in_care.values_list("patient_id", "level_of_care", "hours"):
        is_intensive = level == Episode.LevelOfCare.INTENSIVE_OUTPATIENT
        asked = max(hours or 0, LEAST_IOP_HOURS if is_intensive else 0)
        if asked:
            required[patient_id] = RequiredHours(level, round(asked * 60))
    return required
