"""What stands open for one patient when a brief is opened: homework, and safety events."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Value
from django.db.models.functions import TruncDate

from backend.kit.prepared import Prepared
from backend.kit.zones import zone
from care.access import Chart
from journaling.models import Assignment, SafetyEvent
from journaling.queries.homework import Homework
from journaling.queries.skills import is_open

_COLUMNS = ("skill", "number", "day")


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """One safety event that nobody cleared yet; ``since`` is the patient's local day."""

    level: int
    since: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What is assigned, oldest first, and which safety events are open, gravest first."""

    homework: tuple[Homework, ...]
    events: tuple[OpenEvent, ...]


def standing(*, chart: Chart, today: date, zone_name: str) -> Standing:
    """Read both in one statement, within what the chart shows; ``today`` is the patient's."""
    rows = _standing(chart.sees, zone_name).all(patient_id=chart.patient_id, today=today)
    homework = [
        Homework(chart.patient_id, skill, number, day) for skill, number, day in rows if skill
    ]
    events = [OpenEvent(number, day) for skill, number, day in rows if not skill]
    return Standing(
        tuple(sorted(homework, key=lambda one: (one.since, one.skill))),
        tuple(sorted(events, key=lambda one: (-one.level, one.since))),
    )


@lru_cache(maxsize=256)
def _standing(sees: frozenset[str], zone_name: str) -> Prepared:
    def build(*, patient_id: UUID, today: date) -> Any:
        given = Assignment.objects.filter(is_open(today), patient_id=patient_id)
        opened = SafetyEvent.objects.filter(
            acknowledged_at__isnull=True, patient_id=patient_id, audience__in=sorted(sees)
        )
        return (
            given.annotate(number=F("per_week"), day=F("since"))
            .values_list(*_COLUMNS)
            .union(
                opened.annotate(
                    # No skill has an empty name, so that these tell themselves apart.
                    skill=Value("", CharField()),
                    number=F("level"),
                    day=TruncDate("opened_at", tzinfo=zone(zone_name)),
                ).values_list(*_COLUMNS),
                all=True,
            )
        )

    fields = Assignment._meta
    return Prepared(build, patient_id=fields.get_field("patient"), today=fields.get_field("until"))
