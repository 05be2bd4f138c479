"""Scope of an incident: whose data somebody could have seen, and did see (SECURITY R24).

45 CFR 164.402 asks who was affected before it asks how badly, so both are found: what the rules of
``care.access.rules`` would have granted at some moment, and what the access log says was read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from care.access.log import REASON_BREAK_GLASS, REASON_ON_CALL
from care.counselling.notebook import REASON_COUNSELLING_CONSENT, REASON_OWN_NOTES
from care.models import (
    AccessLogEntry,
    BreakGlass,
    CareTeamMembership,
    Consent,
    CounsellingNote,
    DeviceSession,
    Patient,
    StaffCall,
    SupportPerson,
    User,
)
from care.oncall.chart import CALL_ENTITLES_FOR
from care.support.grants import REASON_FAMILY_SUPPORT


class NoSuchActor(Exception):
    """There is no such account or sign-in."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A time from ``start`` until just before ``end``; without an end it goes on."""

    start: datetime
    end: datetime | None

    def intersection(self, other: "Interval") -> "Interval | None":
        """Return what both have in common; None when they share no moment."""
        start = max(self.start, other.start)
        ends = [end for end in (self.end, other.end) if end is not None]
        end = min(ends) if ends else None
        return Interval(start, end) if end is None or start < end else None


@dataclass(slots=True)
class Exposure:
    """What an incident means for one patient."""

    patient_id: UUID
    #: When the chart stood open to them, and why; the parts may overlap.
    could: list[tuple[Interval, str]] = field(default_factory=list)
    #: How often the log has each action and class of data.
    did: Counter[tuple[str, str]] = field(default_factory=Counter)


_LOGGED = ("patient_id", "action", "data_class")
_Reached = Iterable[tuple[UUID, Interval, str]]


def exposures_of_account(*, actor_id: UUID, first: datetime, last: datetime) -> list[Exposure]:
    """Find every patient whose data an account could have reached in ``[first, last)``.

    Who was on duty by the rota is known for calls only: a rota keeps no history.

    :raises NoSuchActor: when there is no such account.
    """
    actor = User.objects.filter(pk=actor_id).first()
    if actor is None:
        raise NoSuchActor
    rows = AccessLogEntry.objects.filter(actor_id=actor_id, at__gte=first, at__lt=last)
    return _exposures_from(_reach(actor, Interval(first, last)), rows.values_list(*_LOGGED))


def exposures_of_sign_in(*, session_id: UUID, first: datetime, last: datetime) -> list[Exposure]:
    """Find every patient whose data one sign-in, on one device, could have reached.

    :raises NoSuchActor: when there is no such sign-in.
    """
    session = DeviceSession.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise NoSuchActor
    ends = min(end for end in (session.revoked_at, session.expires_at) if end is not None)
    lived = Interval(session.created_at, ends).intersection(Interval(first, last))
    rows = AccessLogEntry.objects.filter(device_session_id=session_id, at__gte=first, at__lt=last)
    reach = _reach(session.user, lived) if lived else ()
    return _exposures_from(reach, rows.values_list(*_LOGGED))


def _exposures_from(
    reach: _Reached, rows: Iterable[tuple[UUID | None, str, str]]
) -> list[Exposure]:
    exposures: dict[UUID, Exposure] = {}
    for patient_id, stretch, why in reach:
        exposures.setdefault(patient_id, Exposure(patient_id)).could.append((stretch, why))
    for logged_id, action, what in rows:
        if logged_id is not None:
            exposures.setdefault(logged_id, Exposure(logged_id)).did[action, what] += 1
    for exposure in exposures.values():
        exposure.could.sort(key=lambda part: (part[0].start, part[1]))
    return [exposures[patient_id] for patient_id in sorted(exposures)]


def _reach(actor: User, window: Interval) -> _Reached:
    """List what the rules would have granted, cut to the window."""
    for patient_id, stretch, why in _granted(actor, window):
        cut = stretch.intersection(window)
        if cut is not None:
            yield patient_id, cut, why


def _granted(actor: User, window: Interval) -> _Reached:
    if actor.role == User.Role.PATIENT:
        return [(actor.pk, window, "own")]
    if actor.role == User.Role.ADMIN:
        # No chart: invitations, and how reminders went.
        patients = Patient.objects.filter(user__clinic_id=actor.clinic_id)
        return [
            (patient_id, window, "administrator")
            for patient_id in patients.values_list("pk", flat=True)
        ]
    if actor.role == User.Role.SUPPORTER:
        return [*_by_support(actor)]
    return [
        *_by_care_team(actor), *_by_counselling_notes(actor), *_in_emergencies(actor),
        *_when_called(actor),
    ]  # fmt: skip


def _by_care_team(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    """Join each membership with each consent that reaches them: both must hold at one moment."""
    agreed = _consents(
        actor, Q(recipient_clinician__isnull=True) | Q(recipient_clinician=actor),
        purpose=Consent.Purpose.TREATMENT, is_for_others=False,
    )  # fmt: skip
    for patient_id, treating, role in _memberships(actor):
        for consent in agreed[patient_id]:
            overlap = treating.intersection(consent)
            if overlap is not None:
                yield patient_id, overlap, role


def _by_support(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    """Cut each consent that names a support person to the time from when they used its code."""
    rows = SupportPerson.objects.filter(supporter=actor)
    for consent_id, accepted_at in rows.values_list("consent_id", "accepted_at"):
        for patient_id, in_force in _consent_intervals(Consent.objects.filter(pk=consent_id)):
            overlap = Interval(accepted_at, None).intersection(in_force)
            if overlap is not None:
                yield patient_id, overlap, REASON_FAMILY_SUPPORT


def _by_counselling_notes(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    """Join each membership with what opens counselling notes; consent to treatment is not."""
    rows = CounsellingNote.objects.filter(originator=actor).order_by("created_at")
    wrote: dict[UUID, list[Interval]] = {}
    for patient_id, at in rows.values_list("patient_id", "created_at"):
        wrote.setdefault(patient_id, [Interval(at, None)])
    named = _consents(actor, purpose=Consent.Purpose.COUNSELLING_NOTES, clinician=actor)
    for patient_id, treating, _ in _memberships(actor):
        for opened, why in (
            (wrote.get(patient_id, []), REASON_OWN_NOTES),
            (named[patient_id], REASON_COUNSELLING_CONSENT),
        ):
            for stretch in opened:
                overlap = treating.intersection(stretch)
                if overlap is not None:
                    yield patient_id, overlap, why


def _memberships(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    rows = CareTeamMembership.objects.filter(
        clinician=actor, patient__user__clinic_id=actor.clinic_id
    )
    for patient_id, starts_at, ends_at, role in rows.values_list(
        "patient_id", "starts_at", "ends_at", "role"
    ):
        yield patient_id, Interval(starts_at, ends_at), role


def _consents(actor: User, *whom: Q, **only: object) -> dict[UUID, list[Interval]]:
    """List when consents held of the patients whom somebody treated at any time."""
    treated = CareTeamMembership.objects.filter(clinician=actor).values("patient_id")
    intervals: dict[UUID, list[Interval]] = defaultdict(list)
    for patient_id, in_force in _consent_intervals(
        Consent.objects.filter(*whom, patient_id__in=treated, **only)
    ):
        intervals[patient_id].append(in_force)
    return intervals


def _consent_intervals(rows: "QuerySet[Consent]") -> Iterator[tuple[UUID, Interval]]:
    """Return the patient of each of these consents, and when it held."""
    columns = ("patient_id", "agreed_at", "revoked_at", "expires_at", "expires_event",
               "patient__discharged_at")  # fmt: skip
    for patient_id, agreed_at, revoked_at, expires_at, event, discharged_at in rows.values_list(
        *columns
    ):
        by_event = discharged_at if event else None
        ends = [end for end in (revoked_at, expires_at, by_event) if end is not None]
        yield patient_id, Interval(agreed_at, min(ends) if ends else None)


def _in_emergencies(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    rows = BreakGlass.objects.filter(clinician=actor, patient__user__clinic_id=actor.clinic_id)
    for patient_id, opened_at, ends_at in rows.values_list("patient_id", "opened_at", "ends_at"):
        yield patient_id, Interval(opened_at, ends_at), REASON_BREAK_GLASS


def _when_called(actor: User) -> Iterator[tuple[UUID, Interval, str]]:
    rows = StaffCall.objects.filter(clinician_id=actor.pk)
    for patient_id, at in rows.values_list("patient_id", "at"):
        yield patient_id, Interval(at, at + CALL_ENTITLES_FOR), REASON_ON_CALL
