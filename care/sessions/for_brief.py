"""What a brief needs of its session: the session, and when a group met before.

A brief of a patient at present has this moment in place of a session.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    When,
)

from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.timezones import LocalCalendar, local_day
from care.access.data_categories import DataCategory
from care.access.log import log_denial
from care.access.rules import membership_holds
from care.models import Attendance, CareTeamMembership, Group, TreatmentSession, User

#: The kind of what is no session: this moment (``session_at_present``).
NO_SESSION_KIND = ""


class NoSessionToBrief(NotThere):
    """There is no session of this id with this clinician; whether it exists is not told."""


class IsGroupSession(Exception):
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
class IndividualSession(_Session):
    """One session with one patient, as plain values. ``time_zone`` is the clinic's."""

    patient_id: UUID
    patient_name: str
    patient_zone: str
    enrolled_at: datetime | None
    #: How many hours after local midnight the patient's day begins.
    day_starts_hour: int = 0

    @property
    def patient_calendar(self) -> LocalCalendar:
        """Return the patient's local calendar."""
        return LocalCalendar(self.patient_zone, self.day_starts_hour)


@dataclass(frozen=True, slots=True)
class GroupSession(_Session):
    """One session with a group, as plain values. ``time_zone`` is the clinic's."""

    group_id: UUID
    group_name: str


#: How many columns they have in common.
_COMMON_COLUMNS = len(fields(_Session))


def individual_session(*, viewer: User, session_id: UUID, now: datetime) -> IndividualSession:
    """Find a session with one patient, which this clinician holds or whose patient they treat.

    It holds no clinical data: consent is judged when the patient's chart is opened.

    :raises NoSessionToBrief: for every other clinician, and when there is none; logged.
    :raises IsGroupSession: for a session of a group which they hold or lead; it carries that one.
    """
    row = _SESSION.first(viewer=viewer.pk, session_id=session_id, clinic=viewer.clinic_id, now=now)
    if row is None:
        log_denial(viewer=viewer, what=DataCategory.BRIEF, reason="not_theirs", now=now)
        raise NoSessionToBrief
    common, of_patient, of_group = row[:_COMMON_COLUMNS], row[_COMMON_COLUMNS:-2], row[-2:]
    if of_patient[0] is None:
        raise IsGroupSession(GroupSession(*common, *of_group))
    return IndividualSession(*common, *of_patient)


def group_session(*, viewer: User, session_id: UUID, now: datetime) -> GroupSession:
    """Find a session of a group which this clinician holds or leads.

    It holds no clinical data: who may be seen in it is judged when a roster is opened.

    :raises NoSessionToBrief: for every other clinician, for a session with one patient, and when
        there is none; logged.
    """
    try:
        individual_session(viewer=viewer, session_id=session_id, now=now)
    except IsGroupSession as other_kind:
        return other_kind.session
    log_denial(viewer=viewer, what=DataCategory.BRIEF, reason="not_a_group", now=now)
    raise NoSessionToBrief


def session_at_present(*, viewer: User, patient_id: UUID, now: datetime) -> IndividualSession:
    """Return this moment as the session that a brief is read before; its id is the patient's.

    It is of no kind, so its window begins with the last session of any that they attended. It holds
    no clinical data: consent is judged when the patient's chart is opened.

    :raises care.sessions.for_brief.NoSessionToBrief: for whoever doesn't treat them, and when there
        is no such patient; logged.
    """
    row = (
        CareTeamMembership.objects.filter(
            membership_holds(now), clinician_id=viewer.pk, patient_id=patient_id,
            patient__user__clinic_id=viewer.clinic_id,
        )
        .values_list(
            "patient__user__display_name", "patient__user__time_zone", "patient__enrolled_at",
            "patient__user__clinic__time_zone", "patient__day_starts_hour",
        )
        .first()
    )  # fmt: skip
    if row is None:
        log_denial(viewer=viewer, what=DataCategory.BRIEF, reason="not_theirs", now=now)
        raise NoSessionToBrief
    name, zone, enrolled_at, clinic_zone, starts_hour = row
    return IndividualSession(
        id=patient_id, kind=NO_SESSION_KIND, starts_at=now, ends_at=now, title="", place="",
        is_cancelled=False, clinician_name=viewer.display_name, time_zone=clinic_zone,
        patient_id=patient_id, patient_name=name, patient_zone=zone, enrolled_at=enrolled_at,
        day_starts_hour=starts_hour,
    )  # fmt: skip


def clinic_day_of(*, session: IndividualSession) -> date:
    """Return the day of the clinic's calendar on which the session starts."""
    return local_day(session.starts_at, session.time_zone)


def last_group_session_at(*, session: GroupSession, before: datetime) -> datetime | None:
    """Return when the group last met before that instant.

    A session that was cancelled, or to which nobody came as far as is on record, is no meeting.
    """
    row = _GROUP_SESSIONS_BEFORE.first(group=session.group_id, session_id=session.id, before=before)
    return row[0] if row is not None else None


def group_met_between(*, group: UUID, after: str, until: str) -> Exists:
    """Build whether a group met after one instant of a row, and up to another.

    ``after`` and ``until`` name columns of the row. What counts as met is said at
    ``last_group_session_at``.
    """
    held = _held_group_sessions(group)
    return Exists(held.filter(starts_at__gt=OuterRef(after), starts_at__lte=OuterRef(until)))


def _session(*, viewer: UUID, session_id: UUID, clinic: UUID, now: datetime) -> Any:
    treats = CareTeamMembership.objects.filter(
        membership_holds(now), clinician_id=viewer, patient_id=OuterRef("patient_id")
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


_SESSION = CompiledQuery(
    _session,
    viewer=User._meta.pk,
    session_id=TreatmentSession._meta.pk,
    clinic=TreatmentSession._meta.get_field("clinic"),
    now=CareTeamMembership._meta.get_field("starts_at"),
)


def _held_group_sessions(group: UUID) -> "QuerySet[TreatmentSession]":
    marks = Attendance.objects.filter(session_id=OuterRef("pk"))
    return TreatmentSession.objects.filter(
        ~Exists(marks) | Exists(marks.filter(status__in=Attendance.ATTENDED)),
        group_id=group,
        cancelled_at__isnull=True,
    )


def _group_sessions_before(*, group: UUID, session_id: UUID, before: datetime) -> Any:
    return (
        _held_group_sessions(group)
        .filter(starts_at__lt=before)
        .exclude(pk=session_id)
        .order_by("-starts_at")
        .values_list("starts_at")[:1]
    )


_GROUP_SESSIONS_BEFORE = CompiledQuery(
    _group_sessions_before,
    group=Group._meta.pk,
    session_id=TreatmentSession._meta.pk,
    before=TreatmentSession._meta.get_field("starts_at"),
)
