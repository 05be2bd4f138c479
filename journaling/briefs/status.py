"""What stands beside the entries of a brief: assignments, safety events, lessons and names.

And whether there is any of what is read apart, so that nothing asks for it where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, Q, UUIDField, Value
from django.db.models.functions import Cast

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.models import (
    CarePlanResponse,
    MedicationVersion,
    MoveRequest,
    SessionFeedback,
    VitalBounds,
)
from care.sessions.move_requests import standing_requests
from journaling.education.in_window import LessonsInWindow, lesson_rows, lessons_in_window
from journaling.models import Assignment, BriefMirror, ClinicSkill, LessonAssignment, SafetyEvent
from journaling.safety.read_events import VisibleEvent, events_of_patient
from journaling.skills.read import OpenAssignment

_COLUMNS = ("skill", "number", "day", "last_day", "of", "called")
#: More than are listed one by one; a brief says how many there are.
MAX_EVENTS = 50
_EMPTY = Value("", CharField())
#: In the place of a level: that the patient read a brief to come, and that there is such a record.
_MIRROR, _MEDICATION, _BOUNDS, _FEEDBACK, _PLAN_RESPONSE, _MOVE_REQUEST = range(-1, -7, -1)
_NO_DAY = Cast(Value(None), DateField())
_NO_ID = Cast(Value(None), UUIDField())
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CurrentStatus:
    """What is assigned, oldest first, and safety events: open or cleared, gravest first.

    ``has_medications`` and the like are whether there is anything of it to be read; of requests to
    move a session, whether one stands about the session of the brief.

    An assignment stands until somebody ended it, also when its last day has passed.
    ``names`` are what the clinic calls skills, where it says so itself. ``has_mirrors`` is whether
    the patient ever read a brief that was to come. ``lessons`` are those of the window.
    """

    assignments: tuple[OpenAssignment, ...]
    events: tuple[VisibleEvent, ...]
    cleared: tuple[VisibleEvent, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    has_mirrors: bool = False
    has_medications: bool = False
    has_bounds: bool = False
    has_feedback: bool = False
    has_plan_response: bool = False
    has_move_request: bool = False
    lessons: LessonsInWindow = field(default_factory=LessonsInWindow)


def current_status_of(
    *, chart: Chart, session_id: UUID, since: datetime, until: datetime
) -> CurrentStatus:
    """Read it within what the chart shows: one statement, and one more where there are events.

    Cleared events are those that were cleared from ``since`` on, each with why and what was said.
    There are no events where consent doesn't cover them. Lessons are those of the window from
    ``since`` up to before ``until``.
    """
    sharing_levels = chart.sharing_levels if chart.covers(DataCategory.SAFETY_EVENTS) else _NOBODY
    rows = _current_status_query(sharing_levels).all(
        patient_id=chart.patient_id, session_id=session_id, since=since, until=until
    )
    assignments = [
        OpenAssignment(chart.patient_id, *row[:5]) for row in rows if row[0] and not row[5]
    ]
    found = {row[1] for row in rows if not row[0] and not row[5]}
    # Where there is an event, what was answered in it and what staff did are worth asking for.
    has_events = any(not row[0] and row[1] >= 0 for row in rows)
    in_chart = events_of_patient(chart=chart, since=since, limit=MAX_EVENTS) if has_events else []
    events = sorted(in_chart, key=_gravest_first)
    return CurrentStatus(
        tuple(sorted(assignments, key=lambda one: (one.since, one.skill))),
        tuple(one for one in events if one.acknowledged_at is None),
        tuple(one for one in events if one.acknowledged_at is not None),
        {row[0]: row[5] for row in rows if row[0] and row[5]},
        has_mirrors=_MIRROR in found,
        has_medications=_MEDICATION in found,
        has_bounds=_BOUNDS in found,
        has_feedback=_FEEDBACK in found,
        has_plan_response=_PLAN_RESPONSE in found,
        has_move_request=_MOVE_REQUEST in found,
        lessons=lessons_in_window(
            ((row[5], row[1]) for row in rows if not row[0] and row[5]),
            patient_id=chart.patient_id,
        ),
    )


def _gravest_first(event: VisibleEvent) -> tuple[int, datetime, UUID]:
    return -event.level, event.opened_at, event.id


@lru_cache(maxsize=16)
def _current_status_query(sharing_levels: frozenset[str]) -> CompiledQuery:
    def build(*, patient_id: UUID, session_id: UUID, since: datetime, until: datetime) -> Any:
        given = Assignment.objects.filter(patient_id=patient_id, ended_at__isnull=True)
        events = SafetyEvent.objects.filter(
            Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=since),
            patient_id=patient_id,
            audience__in=sorted(sharing_levels),
        )
        none = {"day": _NO_DAY, "last_day": _NO_DAY, "of": _NO_ID}
        # Of no level: one row says that there are any.
        of_patient: dict[int, Any] = {
            _MIRROR: BriefMirror.objects.all(),
            _MEDICATION: MedicationVersion.objects.all(),
            _BOUNDS: VitalBounds.objects.all(),
            _FEEDBACK: SessionFeedback.objects.all(),
            _PLAN_RESPONSE: CarePlanResponse.objects.all(),
            _MOVE_REQUEST: standing_requests().filter(
                session=session_id, dismissed_at__isnull=True
            ),
        }
        there = [
            rows.filter(patient_id=patient_id)
            .annotate(skill=_EMPTY, number=Value(code), called=_EMPTY, **none)
            .values_list(*_COLUMNS)
            .distinct()
            for code, rows in of_patient.items()
        ]
        named = ClinicSkill.objects.filter(clinic__users=patient_id, name__isnull=False)
        lessons = (
            part.annotate(skill=_EMPTY, number=F("sign"), called=F("lesson"), **none).values_list(
                *_COLUMNS
            )
            for part in lesson_rows(patient_id, since=since, until=until)
        )
        return (
            given.annotate(
                number=F("per_week"), day=F("since"), last_day=F("until"), of=F("id"), called=_EMPTY
            )
            .values_list(*_COLUMNS)
            .union(
                named.annotate(
                    skill=F("slug"), number=Value(0), called=F("name"), **none
                ).values_list(*_COLUMNS),
                # No skill has an empty name, so these rows can't be mistaken for one.
                events.annotate(skill=_EMPTY, number=F("level"), called=_EMPTY, **none).values_list(
                    *_COLUMNS
                ),
                *there,
                *lessons,
                all=True,
            )
        )

    return CompiledQuery(
        build,
        patient_id=Assignment._meta.get_field("patient"),
        session_id=MoveRequest._meta.get_field("session"),
        since=SafetyEvent._meta.get_field("acknowledged_at"),
        until=LessonAssignment._meta.get_field("assigned_at"),
    )
