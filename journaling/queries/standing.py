"""What stands for one patient when a brief is opened: homework, and safety events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, Q, Value
from django.db.models.functions import Cast, TruncDate

from backend.kit.prepared import Prepared
from backend.kit.zones import zone
from care.access import Chart, DataClass
from journaling.models import Assignment, ClinicSkill, SafetyEvent
from journaling.queries.homework import Homework
from journaling.queries.skills import is_open

_COLUMNS = ("skill", "number", "day", "answer", "answered")
_EMPTY = Value("", CharField())
_NO_DAY = Cast(Value(None), DateField())
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """One safety event that nobody cleared yet; ``since`` is the patient's local day."""

    level: int
    since: date


@dataclass(frozen=True, slots=True)
class ClearedEvent:
    """One safety event that staff cleared, with their reason; the days are the patient's."""

    level: int
    since: date
    reason: str
    on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What is assigned, oldest first, and safety events: open or cleared, gravest first.

    ``names`` are what the clinic calls skills, where it says so itself.
    """

    homework: tuple[Homework, ...]
    events: tuple[OpenEvent, ...]
    cleared: tuple[ClearedEvent, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def standing(*, chart: Chart, today: date, zone_name: str, since: datetime) -> Standing:
    """Read all in one statement, within what the chart shows; ``today`` is the patient's.

    Cleared events are those that were cleared from ``since`` on. There are no events where consent
    doesn't cover them.
    """
    sees = chart.sees if chart.covers(DataClass.SAFETY_EVENTS) else _NOBODY
    rows = _standing(sees, zone_name).all(patient_id=chart.patient_id, today=today, since=since)
    homework = [Homework(chart.patient_id, *row[:3]) for row in rows if row[0] and not row[3]]
    events = [OpenEvent(row[1], row[2]) for row in rows if not row[0] and not row[3]]
    cleared = [ClearedEvent(*row[1:]) for row in rows if not row[0] and row[3]]
    return Standing(
        tuple(sorted(homework, key=lambda one: (one.since, one.skill))),
        tuple(sorted(events, key=lambda one: (-one.level, one.since))),
        tuple(sorted(cleared, key=lambda one: (-one.level, one.since, one.on, one.reason))),
        {row[0]: row[3] for row in rows if row[0] and row[3]},
    )


@lru_cache(maxsize=256)
def _standing(sees: frozenset[str], zone_name: str) -> Prepared:
    def build(*, patient_id: UUID, today: date, since: datetime) -> Any:
        given = Assignment.objects.filter(is_open(today), patient_id=patient_id)
        opened = SafetyEvent.objects.filter(
            Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=since),
            patient_id=patient_id,
            audience__in=sorted(sees),
        )
        named = ClinicSkill.objects.filter(clinic__users=patient_id, name__isnull=False)
        return (
            given.annotate(
                number=F("per_week"),
                day=F("since"),
                answer=_EMPTY,
                answered=F("since"),
            )
            .values_list(*_COLUMNS)
            .union(
                opened.annotate(
                    # No skill has an empty name, so that these tell themselves apart.
                    skill=_EMPTY,
                    number=F("level"),
                    day=TruncDate("opened_at", tzinfo=zone(zone_name)),
                    answer=F("reason"),
                    answered=TruncDate("acknowledged_at", tzinfo=zone(zone_name)),
                ).values_list(*_COLUMNS),
                named.annotate(
                    skill=F("slug"),
                    number=Value(0),
                    day=_NO_DAY,
                    answer=F("name"),
                    answered=_NO_DAY,
                ).values_list(*_COLUMNS),
                all=True,
            )
        )

    return Prepared(
        build,
        patient_id=Assignment._meta.get_field("patient"),
        today=Assignment._meta.get_field("until"),
        since=SafetyEvent._meta.get_field("acknowledged_at"),
    )
