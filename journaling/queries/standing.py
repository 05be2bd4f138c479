"""What stands for one patient when a brief is opened: homework, and safety events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, Q, Value
from django.db.models.functions import Cast

from backend.kit.prepared import Prepared
from care.access import Chart, DataClass
from journaling.models import Assignment, ClinicSkill, SafetyEvent
from journaling.queries.homework import Homework
from journaling.queries.safety_events import EventSeen, events_of_patient
from journaling.queries.skills import is_open

_COLUMNS = ("skill", "number", "day", "called")
#: More than are told one by one; a brief says how many there are.
MOST_EVENTS = 50
_EMPTY = Value("", CharField())
_NO_DAY = Cast(Value(None), DateField())
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is assigned, oldest first, and safety events: open or cleared, gravest first.

    ``names`` are what the clinic calls skills, where it says so itself.
    """

    homework: tuple[Homework, ...]
    events: tuple[EventSeen, ...]
    cleared: tuple[EventSeen, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def standing(*, chart: Chart, today: date, since: datetime) -> Standing:
    """Read it within what the chart shows; ``today`` is the patient's.

    Cleared events are those that were cleared from ``since`` on, each with why and what was said.
    There are no events where consent doesn't cover them.
    """
    sees = chart.sees if chart.covers(DataClass.SAFETY_EVENTS) else _NOBODY
    rows = _standing(sees).all(patient_id=chart.patient_id, today=today, since=since)
    homework = [Homework(chart.patient_id, *row[:3]) for row in rows if row[0] and not row[3]]
    # Where there is an event, what was answered in it and what staff did are worth asking for.
    has_events = any(not row[0] for row in rows)
    found = events_of_patient(chart=chart, since=since, limit=MOST_EVENTS) if has_events else []
    events = sorted(found, key=_gravest_first)
    return Standing(
        tuple(sorted(homework, key=lambda one: (one.since, one.skill))),
        tuple(one for one in events if one.acknowledged_at is None),
        tuple(one for one in events if one.acknowledged_at is not None),
        {row[0]: row[3] for row in rows if row[0] and row[3]},
    )


def _gravest_first(event: EventSeen) -> tuple[int, datetime, UUID]:
    return -event.level, event.opened_at, event.id


@lru_cache(maxsize=16)
def _standing(sees: frozenset[str]) -> Prepared:
    def build(*, patient_id: UUID, today: date, since: datetime) -> Any:
        given = Assignment.objects.filter(is_open(today), patient_id=patient_id)
        events = SafetyEvent.objects.filter(
            Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=since),
            patient_id=patient_id,
            audience__in=sorted(sees),
        )
        named = ClinicSkill.objects.filter(clinic__users=patient_id, name__isnull=False)
        return (
            given.annotate(number=F("per_week"), day=F("since"), called=_EMPTY)
            .values_list(*_COLUMNS)
            .union(
                named.annotate(
                    skill=F("slug"), number=Value(0), day=_NO_DAY, called=F("name")
                ).values_list(*_COLUMNS),
                # No skill has an empty name, so that these tell themselves apart.
                events.annotate(
                    skill=_EMPTY, number=F("level"), day=_NO_DAY, called=_EMPTY
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
