"""What a brief needs from the programme: the session, who it is about, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce

from backend.kit.errors import NotThere
from backend.kit.prepared import Prepared
from backend.kit.zones import LocalCalendar, local_day
from care import access
from care.access import Chart, DataClass, on_team
from care.models import (
    Attendance,
    CarePlan,
    CareTeamMembership,
    Episode,
    Group,
    Patient,
    TreatmentSession,
    User,
)
from care.queries.sessions import sessions_page

#: The kind of what is no session: a patient as they stand (care/queries/at_present.py).
ANY_KIND = ""
#: More sessions a day than anybody can hold.
MOST_A_DAY = 60
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class NoSuchSession(NotThere):
    """There is no such session that this clinician has a part in; nobody learns which it was."""


class NotIndividual(Exception):
    """The session belongs to a group, so no brief about one patient can be made for it."""

    def __init__(self, session: "GroupSession") -> None:
        self.session = session
        super().__init__("not_individual")


@dataclass(frozen=True, slots=True)
class _Session:
    """What a session with one patient and one with a group have in common."""

    id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    is_cancelled: bool
    clinician_name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class BriefedSession(_Session):
    """One session with one patient, as plain values. ``time_zone`` is the clinic's."""

    patient_id: UUID
    patient_name: str
    patient_zone: str
    enrolled_at: datetime | None
    #: How many hours after local midnight the patient's day begins.
    day_starts_hour: int = 0

    @property
    def patient_calendar(self) -> LocalCalendar:
        """Tell by which days the patient lives."""
        return LocalCalendar(self.patient_zone, self.day_starts_hour)


@dataclass(frozen=True, slots=True)
class GroupSession(_Session):
    """One session with a group, as plain values. ``time_zone`` is the clinic's."""

    group_id: UUID
    group_name: str


#: How many columns they have in common.
_COMMON = len(fields(_Session))


@dataclass(frozen=True, slots=True)
class Stay:
    """The episode of care that covers the session's day; days are of the clinic's calendar.

    ``step`` is "up" or "down" where the episode began with a change of level, and ``came_from`` the
    level before it.
    """

    level_of_care: str
    admitted_on: date
    planned_hours_per_week: Decimal | None
    step: str | None = None
    came_from: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
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
class DayItem:
    """One session on a clinician's day. ``who`` is the patient's or the group's name, and id."""

    id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    who: str
    who_id: UUID | None
    is_group: bool
    is_cancelled: bool
    has_brief: bool


def session_to_brief(*, viewer: User, session_id: UUID, now: datetime) -> BriefedSession:
    """Find a session with one patient, which this clinician holds or whose patient they treat.

    It holds no clinical data: consent is judged when the patient's chart is opened.

    :raises NoSuchSession: for every other clinician, and when there is none; logged.
    :raises NotIndividual: for a session of a group which they hold or lead; it carries that one.
    """
    row = _SESSION.first(viewer=viewer.pk, session_id=session_id, clinic=viewer.clinic_id, now=now)
    if row is None:
        access.log_denial(viewer=viewer, what=DataClass.BRIEF, reason="not_theirs", now=now)
        raise NoSuchSession
    common, of_patient, of_group = row[:_COMMON], row[_COMMON:-2], row[-2:]
    if of_patient[0] is None:
        raise NotIndividual(GroupSession(*common, *of_group))
    return BriefedSession(*common, *of_patient)


def group_session(*, viewer: User, session_id: UUID, now: datetime) -> GroupSession:
    """Find a session of a group which this clinician holds or leads.

    It holds no clinical data: who may be seen in it is judged when a roster is opened.

    :raises NoSuchSession: for every other clinician, for a session with one patient, and when there
        is none; logged.
    """
    try:
        session_to_brief(viewer=viewer, session_id=session_id, now=now)
    except NotIndividual as found:
        return found.session
    access.log_denial(viewer=viewer, what=DataClass.BRIEF, reason="not_a_group", now=now)
    raise NoSuchSession


def last_meeting(*, session: GroupSession, before: datetime) -> datetime | None:
    """Tell when the group last met before that instant.

    A session that was cancelled, or to which nobody came as far as is on record, is no meeting.
    """
    row = _MEETINGS.first(group=session.group_id, session_id=session.id, before=before)
    return row[0] if row is not None else None


def met_between(*, group: UUID, after: str, until: str) -> Exists:
    """Build whether a group met after one instant of a row, and up to another.

    ``after`` and ``until`` name columns of the row. What is no meeting, ``last_meeting`` tells.
    """
    return Exists(_met(group).filter(starts_at__gt=OuterRef(after), starts_at__lte=OuterRef(until)))


def stay_at(*, chart: Chart, day: date) -> Stay | None:
    """Find the patient's stay on a day of the clinic's calendar, if consent covers it."""
    if not chart.covers(DataClass.PROGRAMME):
        return None
    row = _STAY.first(patient_id=chart.patient_id, day=day)
    return Stay(*row) if row is not None else None


def visits_before(
    *, chart: Chart, session: BriefedSession, since: datetime, until: datetime
) -> list[Visit]:
    """List the sessions before ``until`` for which the patient's attendance was recorded.

    They begin with the last one of this kind that the patient attended, or with ``since`` where
    that is earlier; where none was attended, all are listed. Another session than this one. There
    are none where consent doesn't cover attendance.
    """
    if not chart.covers(DataClass.ATTENDANCE):
        return []
    rows = _VISITS.all(
        patient_id=chart.patient_id, session_id=session.id, kind=session.kind, since=since,
        until=until,
    )  # fmt: skip
    return [Visit(*row) for row in rows]


def day_plan(*, viewer: User, since: datetime, until: datetime, now: datetime) -> list[DayItem]:
    """List the clinician's sessions that start in that time; the names shown are logged."""
    return _named(viewer, _own_sessions(viewer, since, until, MOST_A_DAY, now), now)


def next_session(*, viewer: User, since: datetime, now: datetime) -> DayItem | None:
    """Find the clinician's first session from that instant on; the name shown is logged."""
    return next(iter(_named(viewer, _own_sessions(viewer, since, None, 1, now), now)), None)


def _own_sessions(
    viewer: User, since: datetime, until: datetime | None, limit: int, now: datetime
) -> Sequence[TreatmentSession]:
    found = sessions_page(viewer=viewer, now=now, limit=limit, since=since, until=until)
    prefetch_related_objects(found, "patient__user", "group")
    return found


def _named(viewer: User, found: Sequence[TreatmentSession], now: datetime) -> list[DayItem]:
    patients = [session.patient_id for session in found if session.patient_id is not None]
    if patients:
        access.log_list(
            viewer=viewer, patient_ids=patients, what=DataClass.SESSIONS, reason="day_plan", now=now
        )
    return [_day_item(session) for session in found]


def _day_item(session: TreatmentSession) -> DayItem:
    patient, group = session.patient, session.group
    who = patient.user.display_name if patient else group.name if group else ""
    return DayItem(
        id=session.pk,
        kind=session.kind,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=session.title,
        place=session.place,
        who=who,
        who_id=session.patient_id or session.group_id,
        is_group=patient is None,
        is_cancelled=session.cancelled_at is not None,
        has_brief=patient is not None and bool(getattr(session, "has_brief", False)),
    )


def _session(*, viewer: UUID, session_id: UUID, clinic: UUID, now: datetime) -> Any:
    treats = CareTeamMembership.objects.filter(
        on_team(now), clinician_id=viewer, patient_id=OuterRef("patient_id")
    )
    return TreatmentSession.objects.filter(
        Q(clinician_id=viewer) | Q(group__leader_id=viewer) | Exists(treats),
        pk=session_id,
        clinic_id=clinic,
    ).values_list(
        "id", "kind", "starts_at", "ends_at", "title", "place",
        Case(When(cancelled_at__isnull=False, then=True), default=False),
        "clinician__display_name", "clinic__time_zone",
        # What is known of the one patient, and of the group: one of them is null.
        "patient_id", "patient__user__display_name", "patient__user__time_zone",
        "patient__enrolled_at", "patient__day_starts_hour", "group_id", "group__name",
    )  # fmt: skip


_SESSION = Prepared(
    _session,
    viewer=User._meta.pk,
    session_id=TreatmentSession._meta.pk,
    clinic=TreatmentSession._meta.get_field("clinic"),
    now=CareTeamMembership._meta.get_field("starts_at"),
)


def _met(group: UUID) -> "QuerySet[TreatmentSession]":
    marks = Attendance.objects.filter(session_id=OuterRef("pk"))
    return TreatmentSession.objects.filter(
        ~Exists(marks) | Exists(marks.filter(status__in=Attendance.ATTENDED)),
        group_id=group,
        cancelled_at__isnull=True,
    )


def _meetings(*, group: UUID, session_id: UUID, before: datetime) -> Any:
    return (
        _met(group)
        .filter(starts_at__lt=before)
        .exclude(pk=session_id)
        .order_by("-starts_at")
        .values_list("starts_at")[:1]
    )


_MEETINGS = Prepared(
    _meetings,
    group=Group._meta.pk,
    session_id=TreatmentSession._meta.pk,
    before=TreatmentSession._meta.get_field("starts_at"),
)


def _stay(*, patient_id: UUID, day: date) -> Any:
    # The plan of care of this stay tells the hours, as it stood that day; before there is one, what
    # was planned at admission.
    plan = CarePlan.objects.filter(
        patient_id=OuterRef("patient_id"), reviewed_on__gte=OuterRef("admitted_on"),
        reviewed_on__lte=day,
    ).order_by("-rev")  # fmt: skip
    return (
        Episode.objects.filter(
            Q(discharged_on__isnull=True) | Q(discharged_on__gte=day),
            patient_id=patient_id,
            admitted_on__lte=day,
        )
        .annotate(
            hours=Coalesce(
                Subquery(plan.values("hours_per_week")[:1]), F("planned_hours_per_week")
            )
        )
        .order_by("-admitted_on", "id")
        .values_list(
            "level_of_care", "admitted_on", "hours", "begun_by__step",
            "begun_by__left__level_of_care",
        )[:1]
    )  # fmt: skip


_STAY = Prepared(_stay, patient_id=Patient._meta.pk, day=Episode._meta.get_field("admitted_on"))


def _visits(
    *, patient_id: UUID, session_id: UUID, kind: str, since: datetime, until: datetime
) -> Any:
    own = Attendance.objects.filter(patient_id=patient_id, session__starts_at__lt=until).exclude(
        session_id=session_id
    )
    last = (
        own.filter(status__in=Attendance.ATTENDED, session__kind=kind)
        .order_by("-session__starts_at")
        .values("session__starts_at")[:1]
    )
    begins = Coalesce(Subquery(last), Value(_LONG_AGO, DateTimeField()))
    return (
        own.filter(Q(session__starts_at__gte=begins) | Q(session__starts_at__gte=since))
        .order_by("session__starts_at", "id")
        .values_list("session_id", "session__kind", "session__starts_at", "status", "minutes")
    )


_VISITS = Prepared(
    _visits,
    patient_id=Patient._meta.pk,
    session_id=TreatmentSession._meta.pk,
    kind=TreatmentSession._meta.get_field("kind"),
    since=TreatmentSession._meta.get_field("starts_at"),
    until=TreatmentSession._meta.get_field("starts_at"),
)


def clinic_day(*, session: BriefedSession) -> date:
    """Tell on which day of the clinic's calendar the session starts."""
    return local_day(session.starts_at, session.time_zone)
