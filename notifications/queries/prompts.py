"""How many reminders reached the patient, and how many of those were answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.kit.prepared import Prepared
from care.access import Chart, DataClass
from journaling.brief import AskPrompts, Prompts
from notifications.identity import NUDGE
from notifications.models import Occurrence, Purpose

State = Occurrence.State
#: These ask for something to be logged; a session's own reminder does not.
ASKING = (Purpose.CHECKIN, Purpose.SKILL, Purpose.DOSE, Purpose.PRE_SESSION, Purpose.MEASURE)
#: The gateway or the phone did not take it, or nobody knows.
UNDELIVERED = (State.FAILED, State.DEAD_DEVICE, State.EXPIRED, State.UNKNOWN)


def prompts_of(chart: Chart) -> AskPrompts:
    """Answer, for a brief, how the patient's reminders fared from one instant to another.

    A reminder and its nudge are one. What was held back on purpose, such as one that was answered
    before its time, is not counted; one that failed to arrive is nobody's fault and stands apart.
    Nothing is told where consent doesn't cover reminders.
    """
    if not chart.covers(DataClass.REMINDERS):
        return lambda *_: Prompts(0, 0, 0, 0)
    return lambda since, until: _between(chart, since, until)


def _between(chart: Chart, since: datetime, until: datetime) -> Prompts:
    rows = _OCCURRENCES.all(patient_id=chart.patient_id, since=since, until=until)
    asked: dict[tuple[int, date, int], set[str]] = {}
    for reminder, day, slot, state, reason, answered_at in rows:
        became = asked.setdefault((reminder, day, slot % NUDGE), set())
        became.add("answered" if answered_at is not None else _became(state, reason))
    found = [
        next(name for name in ("answered", "sent", "undelivered", "paused", "") if name in became)
        for became in asked.values()
    ]
    return Prompts(
        delivered=found.count("answered") + found.count("sent"),
        answered=found.count("answered"),
        undelivered=found.count("undelivered"),
        paused=found.count("paused"),
    )


def _occurrences(*, patient_id: UUID, since: datetime, until: datetime) -> Any:
    return Occurrence.objects.filter(
        patient_id=patient_id, due_at__gte=since, due_at__lt=until, purpose__in=ASKING
    ).values_list("reminder_id", "local_day", "slot", "state", "reason", "answered_at")


_DUE = Occurrence._meta.get_field("due_at")
_OCCURRENCES = Prepared(
    _occurrences, patient_id=Occurrence._meta.get_field("patient"), since=_DUE, until=_DUE
)


def _became(state: str, reason: str) -> str:
    if state == State.SENT:
        return "sent"
    if state in UNDELIVERED or (state == State.SKIPPED and reason == "no_device"):
        return "undelivered"
    return "paused" if state == State.SKIPPED and reason == "paused" else ""
