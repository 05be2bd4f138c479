"""The patient's sessions around the one of a brief: who came before it, and which comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.models import Attendance, GroupMembership, Patient, TreatmentSession
from care.sessions.for_brief import IndividualSession

#: A session further ahead is not "the next one" that a brief speaks of.
BRIEF_SEES_AHEAD = timedelta(days=28)
#: In the place of a status: the session is no visit but the next one.
_AHEAD = "ahead"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordedAttendance:
    """Whether the patient came to one session; ``minutes`` is None where nobody noted them."""

    session_id: UUID
    kind: str
    starts_at: datetime
    status: str
    minutes: int | None

    @property
    def is_attended(self) -> bool:
        """Whether the patient was there, also in part."""
        return self.status in Attendance.ATTENDED


@dataclass(frozen=True, slots=True)
class NextSession:
    """The patient's first session after another, alone or in a group, whoever holds it."""

    kind: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class SessionsAround:
    """The visits before a session, by start; and the next after it, None where none is planned."""

    visits: Sequence[RecordedAttendance] = ()
    next_session: NextSession | None = None


def sessions_around(
    *, chart: Chart, session: IndividualSession, since: datetime, until: datetime
) -> SessionsAround:
    """Read the sessions before ``until`` with recorded attendance, and the next after this one.

    The visits begin with the last one of this kind that the patient attended, or with ``since``
    where that is earlier; where none was attended, all are listed. Another session than this one.
    The next is within ``BRIEF_SEES_AHEAD`` of this one's start. There are none where consent
    doesn't cover attendance. One statement.
    """
    if not chart.covers(DataCategory.ATTENDANCE):
        return SessionsAround()
    rows = _SESSIONS_AROUND.all(
        patient_id=chart.patient_id, session_id=session.id, kind=session.kind, since=since,
        until=until, after=session.starts_at, before=session.starts_at + BRIEF_SEES_AHEAD,
    )  # fmt: skip
    visits = [RecordedAttendance(*row) for row in rows if row[3] != _AHEAD]
    ahead = [NextSession(row[1], row[2]) for row in rows if row[3] == _AHEAD]
    return SessionsAround(
        sorted(visits, key=lambda visit: (visit.starts_at, visit.session_id)),
        ahead[0] if ahead else None,
    )


def _sessions_around(
    *,
    patient_id: UUID,
    session_id: UUID,
    kind: str,
    since: datetime,
    until: datetime,
    after: datetime,
    before: datetime,
) -> Any:
    ahead = (
        TreatmentSession.objects.filter(pk=Subquery(_first_ahead(patient_id, after, before)))
        .annotate(
            status=Value(_AHEAD, CharField()), minutes=Value(None, PositiveSmallIntegerField())
        )
        .values_list("id", "kind", "starts_at", "status", "minutes")
    )
    visits = _visits(patient_id, session_id, kind, since, until).values_list(
        "session_id", "session__kind", "session__starts_at", "status", "minutes"
    )
    return visits.union(ahead, all=True)


def _visits(
    patient_id: UUID, session_id: UUID, kind: str, since: datetime, until: datetime
) -> "QuerySet[Attendance]":
    own = Attendance.objects.filter(patient_id=patient_id, session__starts_at__lt=until).exclude(
        session_id=session_id
    )
    last = (
        own.filter(status__in=Attendance.ATTENDED, session__kind=kind)
        .order_by("-session__starts_at")
        .values("session__starts_at")[:1]
    )
    begins = Coalesce(Subquery(last), Value(_LONG_AGO, DateTimeField()))
    return own.filter(Q(session__starts_at__gte=begins) | Q(session__starts_at__gte=since))


def _first_ahead(
    patient_id: UUID, after: datetime, before: datetime
) -> "QuerySet[TreatmentSession, Any]":
    in_group = GroupMembership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("starts_at")),
        starts_at__lte=OuterRef("starts_at"), patient_id=patient_id, group_id=OuterRef("group_id"),
    )  # fmt: skip
    ahead = TreatmentSession.objects.filter(
        Q(patient_id=patient_id) | Exists(in_group),
        starts_at__gt=after, starts_at__lt=before, cancelled_at__isnull=True,
    )  # fmt: skip
    return ahead.order_by("starts_at", "id").values("pk")[:1]


_STARTS_AT = TreatmentSession._meta.get_field("starts_at")
_SESSIONS_AROUND = CompiledQuery(
    _sessions_around,
    patient_id=Patient._meta.pk,
    session_id=TreatmentSession._meta.pk,
    kind=TreatmentSession._meta.get_field("kind"),
    **dict.fromkeys(("since", "until", "after", "before"), _STARTS_AT),
)
