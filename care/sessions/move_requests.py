"""A patient's request to have one of their sessions moved, until it is answered.

It is answered by what is done: the session has another time, or is cancelled. Nothing has to be
written for that, and a weekly series that moves answers it as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from backend.kit.db.claims import claim
from backend.kit.errors import NotThere
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart_of_row
from care.access.patient_lock import lock_patient
from care.access.roster import RosterPatient, open_roster_of
from care.models import MoveRequest, TreatmentSession, User
from care.sessions.read import session_of_patient

_BINDING = MoveRequest.HANDLING.sealed["words"].bound_to
MAX_NOTE_LENGTH = 300


class NoSessionToMove(NotThere):
    """The chart shows no session of that id; whether it exists is not told."""


class SessionOfGroup(Exception):
    """A session of a group has one time for all of them."""


class SessionUnderWay(Exception):
    """The session has begun or was cancelled, so there is nothing to move."""


@dataclass(frozen=True, slots=True)
class MoveRequestView:
    """One request, decrypted; it stands while ``dismissed_at`` is None.

    ``name`` is who asks, empty where one patient's are read.
    """

    session_id: UUID
    patient_id: UUID
    starts_at: datetime
    reason: str
    note: str
    asked_at: datetime
    dismissed_at: datetime | None
    name: str = ""


def ask_to_move(
    *, chart: Chart, session_id: UUID, reason: str, note: str, now: datetime
) -> tuple[MoveRequestView, bool]:
    """Ask to have one's own session moved; return the request, and whether it is new.

    Asked again it is the same request, with the newer reason and note; one that was dismissed
    stands again.

    :raises NoSessionToMove: for a session that is not the patient's.
    :raises SessionOfGroup: for one of a group.
    :raises SessionUnderWay: it has begun or was cancelled.
    """
    session = session_of_patient(patient_id=chart.patient_id, session_id=session_id)
    if session is None or not chart.is_own:
        raise NoSessionToMove
    if session.patient_id is None:
        raise SessionOfGroup
    if session.starts_at <= now or session.cancelled_at is not None:
        raise SessionUnderWay
    with transaction.atomic():
        lock_patient(chart.patient_id)
        row = MoveRequest.objects.filter(session=session, starts_at=session.starts_at).first()
        is_new = row is None
        row = row or MoveRequest(
            id=new_id(), session=session, patient_id=chart.patient_id, starts_at=session.starts_at
        )
        if is_new or row.dismissed_at or (row.reason, _note(chart, row)) != (reason, note):
            sealed = chart.cipher.seal(note.encode(), column=_BINDING, row=row.pk)
            row.reason, row.words, row.asked_at = reason, (sealed if note else None), now
            row.dismissed_at = row.dismissed_by = None
            row.save(force_insert=is_new)
            log_write(chart=chart, what=DataCategory.SESSIONS, now=now)
    return _view(chart, row), is_new


def open_move_request_chart(*, viewer: User, session_id: UUID, now: datetime) -> Chart:
    """Open the chart of whose session it is, to dismiss what was asked.

    :raises care.access.chart.NoSuchChart: for anybody but the patient and their care team; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=TreatmentSession.objects.filter(pk=session_id), row_id=session_id,
        what=DataCategory.SESSIONS, now=now,
    )  # fmt: skip


def dismiss_move_request(*, chart: Chart, session_id: UUID, now: datetime) -> None:
    """Dismiss what was asked, or take it back as the patient; again changes nothing.

    :raises NoSessionToMove: nobody asked to move it from the time that it has.
    """
    with transaction.atomic():
        lock_patient(chart.patient_id)
        row = standing_requests().filter(patient_id=chart.patient_id, session_id=session_id).first()
        if row is None:
            raise NoSessionToMove
        still = MoveRequest.objects.filter(pk=row.pk, dismissed_at__isnull=True)
        if claim(still, dismissed_at=now, dismissed_by=chart.viewer_id):
            log_write(chart=chart, what=DataCategory.SESSIONS, now=now)


def move_requests_at(*, chart: Chart, session_ids: Iterable[UUID]) -> dict[UUID, MoveRequestView]:
    """Read what the patient asked about sessions as they stand, dismissed or not, by session."""
    rows = standing_requests().filter(patient_id=chart.patient_id, session_id__in=session_ids)
    return {row.session_id: _view(chart, row) for row in rows}


def standing_move_request(*, chart: Chart, session_id: UUID) -> MoveRequestView | None:
    """Read what the patient asks about one session as it stands, unless it was dismissed.

    There is none where consent doesn't cover sessions.
    """
    if not chart.covers(DataCategory.SESSIONS):
        return None
    asked = move_requests_at(chart=chart, session_ids=[session_id]).get(session_id)
    return asked if asked is not None and asked.dismissed_at is None else None


def move_requests_to(*, viewer: User, now: datetime) -> list[MoveRequestView]:
    """List what is asked of a clinician about their sessions ahead, by the start of the session.

    Patients whose consent doesn't cover sessions are left out; the others are logged.
    """
    rows = list(
        standing_requests()
        .filter(session__clinician_id=viewer.pk, starts_at__gt=now, dismissed_at__isnull=True)
        .order_by("starts_at", "session_id")
    )
    roster = open_roster_of(
        viewer=viewer, patient_ids={row.patient_id for row in rows}, what=DataCategory.SESSIONS,
        reason="move_requests", now=now,
    )  # fmt: skip
    people = {person.patient_id: person for person in roster.people}
    return [_view(people[row.patient_id], row) for row in rows if row.patient_id in people]


def standing_requests() -> "QuerySet[MoveRequest]":
    """Select requests whose session still has the time that it is to be moved from."""
    return MoveRequest.objects.filter(
        starts_at=F("session__starts_at"), session__cancelled_at__isnull=True
    )


def _view(holder: Chart | RosterPatient, row: MoveRequest) -> MoveRequestView:
    return MoveRequestView(
        row.session_id, row.patient_id, row.starts_at, row.reason, _note(holder, row), row.asked_at,
        row.dismissed_at, getattr(holder, "name", ""),
    )  # fmt: skip


def _note(holder: Chart | RosterPatient, row: MoveRequest) -> str:
    if row.words is None:
        return ""
    return holder.cipher.open(row.words, column=_BINDING, row=row.pk).decode()
