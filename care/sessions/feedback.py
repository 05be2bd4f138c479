"""How a session was for the patient who came: asked once, in their own time, and optional.

It is read before the next session with the same clinician, and is never a score of anybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.patient_lock import lock_patient
from care.models import Attendance, SessionFeedback, TreatmentSession
from care.sessions.read import session_of_patient

_BINDING = SessionFeedback.HANDLING.sealed["words"].bound_to
RATINGS = ("heard", "goals", "approach", "overall")
MAX_COMMENT_LENGTH = 500
#: Ours: after that nobody remembers the one session.
ANSWERED_WITHIN = timedelta(days=14)
#: How many sessions stand side by side in a brief.
MOST_COMPARED = 4


class NoSessionToRate(NotThere):
    """The patient was at no such session; whether it exists is not told."""


class SessionNotOver(Exception):
    """The session has not begun, was cancelled, or lies too long ago to be remembered."""


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """What was answered about one session, each on a scale of 0 (not at all) to 10 (fully)."""

    session_id: UUID
    starts_at: datetime
    heard: int
    goals: int
    approach: int
    overall: int
    comment: str
    at: datetime


def give_feedback(
    *, chart: Chart, session_id: UUID, ratings: dict[str, int], comment: str, now: datetime
) -> tuple[FeedbackView, bool]:
    """Write down how a session was for the patient; return it, and whether it is the first.

    Said again, it replaces what was said. ``ratings`` has one of 0 to 10 for each of ``RATINGS``.

    :raises NoSessionToRate: for a session that was not theirs, or that they did not come to.
    :raises SessionNotOver: it has not begun, was cancelled, or began more than two weeks ago.
    """
    session = session_of_patient(patient_id=chart.patient_id, session_id=session_id)
    if session is None or _was_missed(chart, session_id):
        raise NoSessionToRate
    is_open = session.starts_at <= now < session.starts_at + ANSWERED_WITHIN
    if session.cancelled_at is not None or not is_open:
        raise SessionNotOver
    with transaction.atomic():
        lock_patient(chart.patient_id)
        rows = SessionFeedback.objects.filter(session_id=session_id, patient_id=chart.patient_id)
        known = rows.first()
        row = known or SessionFeedback(
            id=new_id(), session_id=session_id, patient_id=chart.patient_id
        )
        for name in RATINGS:
            setattr(row, name, ratings[name])
        sealed = chart.cipher.seal(comment.encode(), column=_BINDING, row=row.pk)
        row.words, row.at = (sealed if comment else None), now
        row.save(force_insert=known is None)
        log_write(chart=chart, what=DataCategory.SESSIONS, now=now)
    view = FeedbackView(session_id, session.starts_at, **ratings, comment=comment, at=now)
    return view, known is None


def feedback_before(*, chart: Chart, until: datetime) -> list[FeedbackView]:
    """List the newest answers about the viewer's own sessions, the newest first.

    There are none where consent doesn't cover sessions.
    """
    if not chart.covers(DataCategory.SESSIONS):
        return []
    rows = _FEEDBACK.all(patient_id=chart.patient_id, clinician=chart.viewer_id, until=until)
    return [_opened(row, chart) for row in rows]


def sessions_with_feedback(*, patient_id: UUID) -> frozenset[UUID]:
    """List the sessions of which a patient said how they were, whatever they said."""
    rows = SessionFeedback.objects.filter(patient_id=patient_id)
    return frozenset(rows.values_list("session_id", flat=True))


def _was_missed(chart: Chart, session_id: UUID) -> bool:
    marks = Attendance.objects.filter(session_id=session_id, patient_id=chart.patient_id)
    return marks.exclude(status__in=Attendance.ATTENDED).exists()


def _opened(row: tuple[Any, ...], chart: Chart) -> FeedbackView:
    row_id, session_id, starts_at, heard, goals, approach, overall, words, at = row
    comment = ""
    if words is not None:
        comment = chart.cipher.open(words, column=_BINDING, row=row_id).decode()
    return FeedbackView(session_id, starts_at, heard, goals, approach, overall, comment, at)


def _feedback(*, patient_id: UUID, clinician: UUID, until: datetime) -> Any:
    return (
        SessionFeedback.objects.filter(
            patient_id=patient_id, session__clinician_id=clinician, session__starts_at__lt=until
        )
        .order_by("-session__starts_at")
        .values_list(
            "id", "session_id", "session__starts_at", *RATINGS, "words", "at"
        )[:MOST_COMPARED]
    )  # fmt: skip


_FEEDBACK = CompiledQuery(
    _feedback, patient_id=SessionFeedback._meta.get_field("patient"),
    clinician=TreatmentSession._meta.get_field("clinician"),
    until=TreatmentSession._meta.get_field("starts_at"),
)  # fmt: skip
