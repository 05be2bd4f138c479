"""Open briefs: before a session with a patient or a group, of a patient as they stand, for them.

Here, since a brief says how the patient's reminders fared, which no room below knows.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart_as_shown
from care.access.roster import open_group_roster
from care.models import User
from care.sessions.for_brief import (
    IndividualSession,
    IsGroupSession,
    individual_session,
    session_at_present,
)
from care.sessions.own_session import own_session_ahead
from journaling.briefs import review
from journaling.briefs.document import Brief
from journaling.briefs.edit_mirror import Mirror, MirrorEdit, edit_mirror, read_mirror
from journaling.briefs.facts import CountReminders, ReminderCounts
from journaling.briefs.group import GroupBrief
from journaling.insights.silence import ReminderTrace
from journaling.insights.thresholds import SILENCE_WEEKS
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose
from notifications.reminders.next_due import NUDGE_SLOT

State = Occurrence.State

#: These ask for an entry; a session's own reminder does not.
PROMPT_PURPOSES = (
    Purpose.CHECKIN,
    Purpose.SKILL,
    Purpose.DOSE,
    Purpose.PRE_SESSION,
    Purpose.MEASURE,
)
#: The gateway or the phone did not take it, or it is unknown.
UNDELIVERED_STATES = (State.FAILED, State.DEAD_DEVICE, State.EXPIRED, State.UNKNOWN)
#: How far back it is told of each day how far its reminders came; and the day that is not over.
TRACED_PERIOD = timedelta(weeks=SILENCE_WEEKS, days=1)


def open_session_brief(*, viewer: User, session_id: UUID, now: datetime) -> Brief | GroupBrief:
    """Open the brief of a session that is the viewer's; each patient's log records it.

    :raises care.sessions.for_brief.NoSessionToBrief: for a session that is not theirs.
    :raises care.access.chart.NoSuchChart: for a patient whom they may not see.
    """
    try:
        session = individual_session(viewer=viewer, session_id=session_id, now=now)
    except IsGroupSession as is_group:
        roster = open_group_roster(
            viewer=viewer, session=is_group.session, what=DataCategory.BRIEF, now=now
        )
        return review.open_group_brief(roster=roster, session=is_group.session, now=now)
    return _open_brief(viewer, session, now)


def open_present_brief(*, viewer: User, patient_id: UUID, now: datetime) -> Brief:
    """Open the brief of a patient as they stand, for anybody of their care team; it is logged.

    :raises care.sessions.for_brief.NoSessionToBrief: for whoever doesn't treat them.
    :raises care.access.chart.NoSuchChart: for a patient whom the viewer may not see.
    """
    session = session_at_present(viewer=viewer, patient_id=patient_id, now=now)
    return _open_brief(viewer, session, now)


def open_mirror(*, viewer: User, session_id: UUID, now: datetime) -> Mirror:
    """Open the coming brief of one of the patient's own sessions, for them to read.

    :raises care.sessions.for_brief.NoSessionToBrief: for a session that is not theirs.
    :raises care.sessions.own_session.NotWithOnePatient: for one of a group.
    :raises care.sessions.own_session.NotAhead: when it has begun or was cancelled.
    :raises care.access.open.NothingShown: when no brief could be made for who holds the session.
    """
    session, clinician = own_session_ahead(viewer=viewer, session_id=session_id, now=now)
    chart = open_own_chart_as_shown(viewer=viewer, to=clinician, what=DataCategory.BRIEF, now=now)
    return read_mirror(chart=chart, session=session, prompts=prompt_counter_of(chart), now=now)


def change_mirror(*, viewer: User, session_id: UUID, edit: MirrorEdit, now: datetime) -> Mirror:
    """Strike lines of that brief and add own ones; raises what ``open_mirror`` does.

    :raises backend.kit.errors.InvalidInput: naming every line that can't be; nothing was changed.
    """
    session, clinician = own_session_ahead(viewer=viewer, session_id=session_id, now=now)
    chart = open_own_chart_as_shown(
        viewer=viewer, to=clinician, what=DataCategory.BRIEF, now=now, to_write=True
    )
    return edit_mirror(
        chart=chart, session=session, prompts=prompt_counter_of(chart), edit=edit, now=now
    )


def _open_brief(viewer: User, session: IndividualSession, now: datetime) -> Brief:
    chart = open_chart(
        viewer=viewer, patient_id=session.patient_id, what=DataCategory.BRIEF, now=now
    )
    return review.open_brief(
        chart=chart, session=session, prompts=prompt_counter_of(chart), now=now
    )


def prompt_counter_of(chart: Chart) -> CountReminders:
    """Return a function that counts, for a brief, how the patient's reminders fared in a span.

    A reminder and its nudge are one. What was suppressed on purpose, such as one that was answered
    before its time, is not counted; what failed to arrive is counted apart. All counts are zero
    where consent doesn't cover reminders.
    """
    if not chart.covers(DataCategory.REMINDERS):
        return lambda *_: ReminderCounts(0, 0, 0, 0)
    return lambda since, until: _count_prompts(chart, since, until)


def _count_prompts(chart: Chart, since: datetime, until: datetime) -> ReminderCounts:
    back = min(since, until - TRACED_PERIOD)
    found = _OCCURRENCES.all(patient_id=chart.patient_id, since=back, until=until)
    rows = [_Prompt(*row) for row in found]
    results_by_prompt: dict[tuple[int, date, int], set[str]] = {}
    for row in rows:
        if row.due_at >= since:
            prompt = (row.reminder, row.local_day, row.slot % NUDGE_SLOT)
            results_by_prompt.setdefault(prompt, set()).add(_prompt_result(row))
    outcomes = [
        next(name for name in ("answered", "sent", "undelivered", "paused", "") if name in results)
        for results in results_by_prompt.values()
    ]
    return ReminderCounts(
        delivered=outcomes.count("answered") + outcomes.count("sent"),
        answered=outcomes.count("answered"),
        undelivered=outcomes.count("undelivered"),
        paused=outcomes.count("paused"),
        traces=tuple(_trace(row, until) for row in rows),
    )


def _prompt_result(row: "_Prompt") -> str:
    if row.answered_at is not None:
        return "answered"
    if row.state == State.SENT:
        return "sent"
    is_skipped = row.state == State.SKIPPED
    if row.state in UNDELIVERED_STATES or (is_skipped and row.reason == "no_device"):
        return "undelivered"
    return "paused" if is_skipped and row.reason == "paused" else ""


def _trace(row: "_Prompt", until: datetime) -> ReminderTrace:
    """Tell how far it came as of ``until``; what a phone plans by itself is no receipt."""
    given = (row.opened_at, row.answered_at, row.snoozed_at)
    receipts = tuple(at for at in given if at is not None and at < until)
    answered_at = row.answered_at if row.answered_at in receipts else None
    return ReminderTrace(row.local_day, row.state == State.SENT, receipts, answered_at)


class _Prompt(NamedTuple):
    """One occurrence that asked for an entry, as it is read."""

    reminder: int
    local_day: date
    slot: int
    state: str
    reason: str
    due_at: datetime
    opened_at: datetime | None
    answered_at: datetime | None
    snoozed_at: datetime | None


def _occurrences(*, patient_id: UUID, since: datetime, until: datetime) -> Any:
    return Occurrence.objects.filter(
        patient_id=patient_id, due_at__gte=since, due_at__lt=until, purpose__in=PROMPT_PURPOSES
    ).values_list(
        "reminder_id", "local_day", "slot", "state", "reason", "due_at", "opened_at",
        "answered_at", "snoozed_at",
    )  # fmt: skip


_DUE_AT = Occurrence._meta.get_field("due_at")
_OCCURRENCES = CompiledQuery(
    _occurrences, patient_id=Occurrence._meta.get_field("patient"), since=_DUE_AT, until=_DUE_AT
)
