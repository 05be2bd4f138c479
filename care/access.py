"""The only key to clinical data: a chart, handed out after consent and care team were checked.

Every grant and every denial stands in the access log. A read is logged when its chart is opened,
before any data is fetched; a write is logged by the action, in the transaction that writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from backend.kit import actors
from backend.kit.cipher import PatientCipher, master_keys
from backend.kit.errors import NotThere
from backend.kit.rows import refuse_inside_transaction
from care import trail
from care.consent_rules import EVERYTHING, covers, is_covered
from care.data_classes import NEEDS, DataClass
from care.judging import judged, on_team
from care.models import AccessLogEntry, CareTeamMembership, Consent, Patient, User
from care.naming import logged_name
from care.queries.emergencies import is_glass_broken
from care.queries.staffing import is_on_call

#: Who asks for a chart says what for, so these are imported from here.
__all__ = ["DataClass", "on_team"]


class NoSuchChart(NotThere):
    """The viewer may not see this patient, or there is no such patient: nobody learns which."""


_MADE_HERE = object()
_judged = judged
#: Why a chart that shows nothing but safety events was opened.
ON_DUTY = "on_duty"

#: Why somebody sees a chart without being on its care team.
BROKEN = "break_glass"

#: Which sharing levels each reader sees (CLINICAL §2, sharing).
_OWN = frozenset({"care_team", "individual_therapist_only", "private"})
TEAM = frozenset({"care_team"})
_PRIMARY = frozenset({"care_team", "individual_therapist_only"})


@dataclass(frozen=True, slots=True)
class Chart:
    """Say who may see whom, and why. Only this module makes one.

    ``sees`` are the sharing levels that this viewer is shown; every clinical query filters by it.
    ``parts`` are the parts that the patient's consents let them see; what a chart that was opened
    for one class of data tells of another asks ``covers`` first.
    """

    patient_id: UUID
    viewer_id: UUID
    viewer_role: str
    viewer_name: str
    device_session_id: UUID | None
    reason: str
    sees: frozenset[str]
    #: When the patient enrolled; known of their own chart alone.
    enrolled_at: datetime | None
    cipher: PatientCipher = field(repr=False)
    made_by: object = field(repr=False, compare=False)
    parts: frozenset[str] = frozenset()
    #: How many hours after local midnight the patient's day begins; known of their own chart alone.
    day_starts_hour: int = 0

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.access alone makes charts")

    @property
    def is_own(self) -> bool:
        """Whether the viewer is the patient."""
        return self.patient_id == self.viewer_id

    @property
    def only(self) -> frozenset[str] | None:
        """Tell to which sharing levels entries are narrowed; None shows all, to the patient.

        A chart that was opened for something else shows no entry unless consent covers entries.
        """
        if self.is_own:
            return None
        return self.sees if self.covers(DataClass.ENTRIES) else frozenset()

    def covers(self, what: DataClass) -> bool:
        """Whether it may tell of data of that class beside what it was opened for."""
        return self.is_own or is_covered(what, self.parts)


def open_own_chart(
    *, viewer: User, what: DataClass, now: datetime, to_write: bool = False
) -> Chart:
    """Open the signed-in patient's own chart; a patient always keeps access to what they wrote.

    :raises NoSuchChart: when the viewer is not a patient.
    """
    patient = _own_patient(viewer)
    if patient is None:
        _deny(viewer, patient_id=None, what=what, reason="not_a_patient", now=now)
        raise NoSuchChart
    chart = _chart(
        viewer, patient.pk, patient.wrapped_key, reason="own", sees=_OWN, parts=EVERYTHING,
        enrolled_at=patient.enrolled_at, day_starts_hour=patient.day_starts_hour,
    )  # fmt: skip
    if not to_write:
        log_read(chart=chart, what=what, now=now)
    return chart


def open_chart(
    *, viewer: User, patient_id: UUID, what: DataClass, now: datetime, to_write: bool = False
) -> Chart:
    """Open a patient's chart for a clinician of their care team, or for the patient.

    Care team and consent, its scope and its recipient, are judged at this moment, in one query.

    An emergency that was opened within the hour lets one clinician read what the team sees.

    :raises NoSuchChart: for a stranger, an ended care team, a revoked or expired consent, one that
        does not cover that class of data or is for somebody else, another clinic, or no such
        patient; each denial is logged with its true reason.
    """
    if viewer.pk == patient_id:
        return open_own_chart(viewer=viewer, what=what, now=now, to_write=to_write)
    role, parts, why, wrapped_key = _judged(viewer=viewer, patient_id=patient_id, now=now)
    reason = "" if is_covered(what, parts) else why
    if reason and not to_write and is_glass_broken(viewer, patient_id, now):
        patient = Patient.objects.get(pk=patient_id)
        chart = _chart(
            viewer, patient_id, patient.wrapped_key, reason=BROKEN, sees=TEAM, parts=EVERYTHING
        )
        log_read(chart=chart, what=what, now=now)
        return chart
    if reason:
        _deny(viewer, patient_id=patient_id, what=what, reason=reason, now=now)
        raise NoSuchChart
    chart = _chart(viewer, patient_id, wrapped_key, reason=role, sees=sees_of(role), parts=parts)
    if not to_write:
        log_read(chart=chart, what=what, now=now)
    return chart


def open_to_record(*, viewer: User, patient_id: UUID, what: DataClass, now: datetime) -> Chart:
    """Open a chart in which a clinician of the care team only writes: it shows no entry at all.

    What a clinic must keep about its own work, such as the reason of a discharge, does not wait for
    the patient's consent; reading it again does.

    :raises NoSuchChart: for anybody who is not on the care team at this moment; logged.
    """
    check_team(viewer=viewer, patient_id=patient_id, what=what, now=now)
    key = Patient.objects.get(pk=patient_id).wrapped_key
    return _chart(viewer, patient_id, key, reason="care_team", sees=frozenset(), parts=frozenset())


def readable_by(viewer: User, now: datetime, *, what: DataClass = DataClass.ENTRIES) -> Q:
    """Build the condition under which a row of a patient (``patient_id``) is the viewer's to read.

    ``what`` is the class of data that the row is of.

    For lists over many patients; whoever lists writes each of them down with ``log_list``.
    """
    if viewer.role == User.Role.PATIENT:
        return Q(patient_id=viewer.pk)
    treats = CareTeamMembership.objects.filter(
        on_team(now), clinician_id=viewer.pk, patient_id=OuterRef("patient_id"),
        patient__user__clinic_id=viewer.clinic_id,
    )  # fmt: skip
    agreed = Consent.objects.filter(
        covers(now, what, viewer=viewer.pk), patient_id=OuterRef("patient_id")
    )
    return Q(Exists(treats)) & Q(Exists(agreed))


def sees_of(role: str) -> frozenset[str]:
    """Tell which sharing levels somebody of that role on the care team is shown."""
    return _PRIMARY if role == CareTeamMembership.Role.PRIMARY_THERAPIST else TEAM


def open_duty_chart(*, viewer: User, patient_id: UUID, what: DataClass, now: datetime) -> Chart:
    """Open a chart that shows no entries, for a clinician who is on duty or was called.

    It lets them see that a safety event is there and clear it, never the patient's words. A denial
    is not logged here: whoever asks first asked for the care team's chart, and that was.

    :raises NoSuchChart: for everybody else, without consent, and after discharge.
    """
    is_staff = viewer.role == User.Role.CLINICIAN
    with actors.acting_as(actors.SAFETY):
        if not is_staff or not is_on_call(viewer=viewer, patient_id=patient_id, now=now):
            raise NoSuchChart
        patient = Patient.objects.filter(
            covers(now, what, viewer=viewer.pk, prefix="consents__"), pk=patient_id,
            user__clinic_id=viewer.clinic_id, discharged_at__isnull=True,
        ).first()  # fmt: skip
    if patient is None:
        raise NoSuchChart
    # The rota is no row that a policy could ask.
    actors.let_see([patient_id])
    parts = frozenset(NEEDS[one] for one in (what,) if one in NEEDS)
    return _chart(
        viewer, patient.pk, patient.wrapped_key, reason=ON_DUTY, sees=frozenset(), parts=parts
    )


def log_read(*, chart: Chart, what: DataClass, now: datetime) -> None:
    """Write down that this chart was read; it commits by itself, so no rollback takes it back.

    :raises backend.kit.rows.InsideTransaction: inside a transaction of ours.
    """
    refuse_inside_transaction()
    trail.write(chart, AccessLogEntry.Action.READ, what, now)


def log_write(*, chart: Chart, what: DataClass, now: datetime) -> None:
    """Write down that this chart was changed, in the same transaction as the change."""
    trail.write(chart, AccessLogEntry.Action.WRITE, what, now)


def deny_what_ended(
    *, viewer_id: UUID, patient_ids: Iterable[UUID], what: DataClass, now: datetime
) -> NoReturn:
    """Log a denial for each patient whose chart no longer opens, and raise as if it never had.

    For a right that ended between opening the charts and a write that the row policies refused.
    ``now`` is an instant after that refusal.

    :raises NoSuchChart: always.
    """
    viewer = User.objects.get(pk=viewer_id)
    for patient_id in patient_ids:
        _, parts, why, _ = _judged(viewer=viewer, patient_id=patient_id, now=now)
        if not is_covered(what, parts):
            _deny(viewer, patient_id=patient_id, what=what, reason=why, now=now)
    raise NoSuchChart


def log_denial(*, viewer: User | None, what: DataClass, reason: str, now: datetime) -> None:
    """Write down a denial that concerns no single patient, such as a session that isn't theirs."""
    _deny(viewer, patient_id=None, what=what, reason=reason, now=now)


def log_sign_in(
    *,
    user: User | None,
    action: AccessLogEntry.Action,
    reason: str,
    device_session_id: UUID | None,
    now: datetime,
) -> None:
    """Write down what happened to a sign-in, such as a refusal; it survives any rollback."""
    refuse_inside_transaction()
    trail.save_row(
        user,
        device_session_id=device_session_id,
        patient_id=user.pk if user and user.role == User.Role.PATIENT else None,
        action=action,
        data_class=DataClass.SIGN_IN,
        reason=reason,
        at=now,
    )


def log_operator(*, patient_id: UUID, what: DataClass, now: datetime) -> None:
    """Write down that somebody with a shell on the server looked at something of a patient's."""
    refuse_inside_transaction()
    row = {"action": AccessLogEntry.Action.READ, "data_class": what, "reason": "operator"}
    trail.save_row(None, patient_id=patient_id, at=now, **row)


def log_own(
    *, user: User, action: AccessLogEntry.Action, what: DataClass, reason: str, now: datetime
) -> None:
    """Write down what somebody did with what is their own, patient or staff."""
    trail.save_row(
        user,
        patient_id=user.pk if user.role == User.Role.PATIENT else None,
        action=action,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_list(
    *, viewer: User, patient_ids: Iterable[UUID], what: DataClass, reason: str, now: datetime
) -> None:
    """Write down, one row a patient in one statement, that a list showed something of each."""
    refuse_inside_transaction()
    trail.save_rows(
        viewer,
        patient_ids,
        action=AccessLogEntry.Action.READ,
        data_class=what,
        reason=reason,
        at=now,
    )


def log_writes(
    *, viewer: User, patient_ids: Iterable[UUID], what: DataClass, reason: str, now: datetime
) -> None:
    """Write down a change that concerns several patients, in the transaction that makes it."""
    trail.save_rows(
        viewer,
        patient_ids,
        action=AccessLogEntry.Action.WRITE,
        data_class=what,
        reason=reason,
        at=now,
    )


def check_team(*, viewer: User, patient_id: UUID, what: DataClass, now: datetime) -> None:
    """Make sure that the viewer treats this patient, for what needs no clinical data.

    Planning a session or inviting again does not wait for consent; reading does.

    :raises NoSuchChart: for anybody who is not on the care team at this moment; logged.
    """
    role, _, reason, _ = _judged(viewer=viewer, patient_id=patient_id, now=now)
    if not role:
        _deny(viewer, patient_id=patient_id, what=what, reason=reason, now=now)
        raise NoSuchChart


def open_to_administrator(
    *, viewer: User, patient_id: UUID, what: DataClass, now: datetime
) -> None:
    """Let a clinic's administrator see how the service worked for one of its patients; logged.

    That is no chart: whoever asks shows nothing of what the patient does or is treated for.

    :raises NoSuchChart: for anybody else, another clinic, or no such patient; logged.
    """
    mine = Patient.objects.filter(pk=patient_id, user__clinic_id=viewer.clinic_id)
    if viewer.role != User.Role.ADMIN or not mine.exists():
        _deny(viewer, patient_id=patient_id, what=what, reason="not_an_administrator", now=now)
        raise NoSuchChart
    log_list(viewer=viewer, patient_ids=[patient_id], what=what, reason="administrator", now=now)


def _own_patient(viewer: User) -> Patient | None:
    if viewer.role != User.Role.PATIENT:
        return None
    try:
        return viewer.patient
    except Patient.DoesNotExist:
        return None


def _chart(
    viewer: User,
    patient_id: UUID,
    wrapped_key: Any,
    *,
    reason: str,
    sees: frozenset[str],
    parts: frozenset[str],
    enrolled_at: datetime | None = None,
    day_starts_hour: int = 0,
) -> Chart:
    key = master_keys().unwrap(wrapped_key, patient_id=patient_id)
    return Chart(
        patient_id=patient_id, viewer_id=viewer.pk, viewer_role=viewer.role,
        viewer_name=logged_name(viewer), device_session_id=viewer.device_session_id,
        reason=reason, sees=sees, parts=parts, enrolled_at=enrolled_at,
        day_starts_hour=day_starts_hour, cipher=PatientCipher(patient_id, key),
        made_by=_MADE_HERE,
    )  # fmt: skip


def _deny(
    viewer: User | None, *, patient_id: UUID | None, what: DataClass, reason: str, now: datetime
) -> None:
    refuse_inside_transaction()
    trail.save_row(
        viewer,
        patient_id=patient_id,
        action=AccessLogEntry.Action.DENIED,
        data_class=what,
        reason=reason,
        at=now,
    )
