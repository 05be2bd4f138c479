"""Who of a patient's support persons is invited to a family session.

Whom a support person is to the rest of the service, they are here: the consent that names them is
their id. It is judged at each look, so that one that ended leaves nobody invited.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.errors import FieldError, InvalidInput, NotThere
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart
from care.access.patient_lock import lock_patient
from care.access.rules import consent_holds
from care.models import SessionGuest, SupportPerson, TreatmentSession, User
from care.sessions.move_requests import MoveRequestView, SessionUnderWay, move_requests_at
from care.support.grants import SUPPORT_PURPOSE

#: Ours: more than come to one session.
MAX_GUESTS = 10
#: The part of a consent that an invitation rests on.
PART = "session_times"


class NoSuchGuest(NotThere):
    """No such support person was ever invited to a session of this patient of that id."""


class NotForGuests(Exception):
    """Support persons come to sessions of the kind ``family`` alone."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is invited, by the consent that names them, and as the patient calls them."""

    id: UUID
    name: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class Uninvited:
    """A support person who is not invited, and whether the patient took them off that session."""

    id: UUID
    name: str
    is_taken_off: bool


@dataclass(frozen=True, slots=True)
class GuestList:
    """Who is invited to a session, and whose consent would let them be."""

    session: TreatmentSession
    invited: Sequence[Guest]
    others: Sequence[Uninvited]


def open_session_chart(
    *, viewer: User, session_id: UUID, now: datetime, to_write: bool = False
) -> Chart:
    """Open the chart of whose session it is, also where no session of that id is.

    :raises care.access.chart.NoSuchChart: for whoever does not treat that patient; logged.
    """
    owner = TreatmentSession.objects.filter(pk=session_id).values_list("patient_id", flat=True)
    return open_chart(
        viewer=viewer, patient_id=owner.first() or session_id, what=DataCategory.SESSIONS, now=now,
        to_write=to_write,
    )  # fmt: skip


def guest_list(*, chart: Chart, session_id: UUID, now: datetime) -> GuestList:
    """List the support persons of a patient by whether they are invited to a family session.

    :raises NotForGuests: the session is of another kind.
    """
    session = _family_session(chart, session_id)
    rows = SessionGuest.objects.filter(session_id=session_id, patient_id=chart.patient_id)
    found = {row.support_person_id: row for row in rows}
    invited, others = [], []
    for person in _people_in_force(chart.patient_id, now):
        row = found.get(person.pk)
        if row is not None and row.revoked_at is None:
            invited.append(_guest(row, person))
        else:
            others.append(Uninvited(person.consent_id, _name(person), _is_taken_off(row)))
    return GuestList(session, invited, others)


def invite_guests(
    *, chart: Chart, session_id: UUID, wanted: Sequence[UUID], now: datetime
) -> GuestList:
    """Invite these support persons, and no others, to a family session.

    The same again changes nothing. Whom the patient took off stays off that session.

    :raises NotForGuests: the session is of another kind.
    :raises SessionUnderWay: it has begun or was cancelled.
    :raises backend.kit.errors.InvalidInput: naming each entry that is nobody whose consent to
        this patient's sessions is in force, or whom the patient took off.
    """
    with transaction.atomic():
        lock_patient(chart.patient_id)
        session = _family_session(chart, session_id)
        if session.starts_at <= now or session.cancelled_at is not None:
            raise SessionUnderWay
        rows = SessionGuest.objects.filter(session=session, patient_id=chart.patient_id)
        found = {row.support_person_id: row for row in rows}
        people = {person.consent_id: person for person in _people_in_force(chart.patient_id, now)}
        if faults := list(_faults(wanted, people, found)):
            raise InvalidInput(faults)
        if _store(chart, session, {people[one].pk for one in wanted}, found, now):
            log_write(chart=chart, what=DataCategory.SESSIONS, now=now)
    return guest_list(chart=chart, session_id=session_id, now=now)


def take_guest_off(*, chart: Chart, session_id: UUID, consent_id: UUID, now: datetime) -> None:
    """Take a support person off the patient's own session, for good; again changes nothing.

    :raises NoSuchGuest: nobody of that id was invited to it, or it is not the patient's.
    """
    with transaction.atomic():
        lock_patient(chart.patient_id)
        row = SessionGuest.objects.filter(
            session_id=session_id, patient_id=chart.patient_id,
            support_person__consent_id=consent_id,
        ).first()  # fmt: skip
        if row is None or not chart.is_own:
            raise NoSuchGuest
        if not _is_taken_off(row):
            row.revoked_at, row.revoked_by = now, chart.viewer_id
            row.save(update_fields=["revoked_at", "revoked_by"])
            log_write(chart=chart, what=DataCategory.SESSIONS, now=now)


def read_at_sessions(
    *, chart: Chart, session_ids: Sequence[UUID], now: datetime
) -> tuple[dict[UUID, MoveRequestView], dict[UUID, list[Guest]]]:
    """Read what the patient asks about sessions, and who is invited to them, both by session."""
    asked = move_requests_at(chart=chart, session_ids=session_ids)
    return asked, _guests_at(chart, session_ids, now)


def _guests_at(chart: Chart, session_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[Guest]]:
    """Read who is invited to sessions of the patient, by session and by name."""
    rows = SessionGuest.objects.filter(
        consent_holds(now, "support_person__consent__", purpose=SUPPORT_PURPOSE),
        patient_id=chart.patient_id, session_id__in=session_ids, revoked_at__isnull=True,
    ).select_related("support_person__consent")  # fmt: skip
    found: dict[UUID, list[Guest]] = {}
    for row in rows:
        if PART in row.support_person.consent.scope:
            found.setdefault(row.session_id, []).append(_guest(row, row.support_person))
    for guests in found.values():
        guests.sort(key=lambda guest: (guest.name.casefold(), guest.id))
    return found


def _family_session(chart: Chart, session_id: UUID) -> TreatmentSession:
    session = TreatmentSession.objects.get(pk=session_id, patient_id=chart.patient_id)
    if session.kind != TreatmentSession.Kind.FAMILY:
        raise NotForGuests
    return session


def _people_in_force(patient_id: UUID, now: datetime) -> list[SupportPerson]:
    """Find the support persons of one patient whose consent holds and covers sessions, by name."""
    rows = SupportPerson.objects.filter(
        consent_holds(now, "consent__", purpose=SUPPORT_PURPOSE), patient_id=patient_id,
        consent__patient_id=F("patient_id"),
    ).select_related("consent")  # fmt: skip
    covered = [person for person in rows if PART in person.consent.scope]
    return sorted(covered, key=lambda person: (_name(person).casefold(), person.consent_id))


def _faults(
    wanted: Sequence[UUID],
    people: dict[UUID, SupportPerson],
    found: dict[UUID, SessionGuest],
) -> Iterable[FieldError]:
    for n, consent_id in enumerate(wanted):
        person = people.get(consent_id)
        if person is None:
            detail = "Nobody whose consent to the times of sessions is in force."
            yield FieldError(f"support_persons.{n}", "not_covered", detail)
        elif _is_taken_off(found.get(person.pk)):
            detail = "The patient took them off this session."
            yield FieldError(f"support_persons.{n}", "taken_off", detail)


def _store(
    chart: Chart, session: TreatmentSession, wanted: Collection[UUID],
    found: dict[UUID, SessionGuest], now: datetime,
) -> bool:  # fmt: skip
    """Store who is invited from now on; return whether anything changed."""
    standing = {key for key, row in found.items() if row.revoked_at is None}
    ended = SessionGuest.objects.filter(session=session, support_person_id__in=standing - {*wanted})
    changed = ended.update(revoked_at=now, revoked_by=chart.viewer_id)
    for key in set(wanted) - standing:
        SessionGuest.objects.update_or_create(
            session=session, support_person_id=key, patient_id=chart.patient_id,
            defaults={
                "invited_at": now, "invited_by": chart.viewer_id, "revoked_at": None,
                "revoked_by": None,
            },
        )  # fmt: skip
        changed += 1
    return changed > 0


def _is_taken_off(row: SessionGuest | None) -> bool:
    """Whether the patient did it; after a restore, which doesn't know who, they are taken to."""
    if row is None or row.revoked_at is None:
        return False
    return row.revoked_by in {None, row.patient_id}


def _guest(row: SessionGuest, person: SupportPerson) -> Guest:
    return Guest(person.consent_id, _name(person), row.invited_at)


def _name(person: SupportPerson) -> str:
    return str(person.consent.recipient)
