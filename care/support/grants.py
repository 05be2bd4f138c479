"""Grants: what a consent lets a support person see, part by part (42 CFR 2.31).

A support person never gets a chart, and no row of a patient: what they see is counted for them,
part by part, and each part is named by a consent of the patient's that holds at this moment.
PostgreSQL checks and counts by functions of its own (``care_supported``), so that no statement of
ours could read more; SQLite has no row policies, and there the conditions below apply alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from backend.kit.db.claims import claim, require_autocommit
from backend.kit.errors import NotThere
from backend.kit.timezones import LocalCalendar
from care.access.data_categories import DataCategory
from care.access.log import insert_log_row, log_reads_many
from care.access.rules import consent_holds, membership_holds
from care.models import (
    AccessLogEntry,
    Consent,
    Disclosure,
    GroupMembership,
    SupportPerson,
    TreatmentSession,
    User,
)

SUPPORT_PURPOSE = Consent.Purpose.FAMILY_SUPPORT
#: Why a support person is shown something, in the access log.
REASON_FAMILY_SUPPORT = "family_support"
#: How far ahead a support person sees.
APPOINTMENTS_AHEAD = timedelta(days=14)
_MADE_HERE = object()


class NoSuchGrant(NotThere):
    """Nobody shares anything with this viewer by that consent, or no longer; which is not told."""


class PartNotGranted(Exception):
    """The consent does not name this part."""


@dataclass(frozen=True, slots=True)
class SupportGrant:
    """One consent that holds, and what is needed to show what it names. Only this module makes one.

    ``recipient`` is what the patient calls the support person; ``time_zone`` is the patient's.
    """

    consent_id: UUID
    patient_id: UUID
    name: str
    recipient: str
    scope: tuple[str, ...]
    agreed_at: datetime
    expires_at: datetime | None
    expires_event: str | None
    time_zone: str
    enrolled_at: datetime | None
    clinic_id: UUID
    clinic_zone: str
    day_starts_hour: int
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.support.grants alone says what is shared")

    @property
    def calendar(self) -> LocalCalendar:
        """Return the patient's local calendar."""
        return LocalCalendar(self.time_zone, self.day_starts_hour)

    def require(self, part: str) -> None:
        """Check that the consent names a part before anything of it is read.

        :raises PartNotGranted: it does not.
        """
        if part not in self.scope:
            raise PartNotGranted


@dataclass(frozen=True, slots=True, order=True)
class Appointment:
    """One session, as a time and nothing else: no kind, no title, no place, no clinician."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class InvitedSession(Appointment):
    """A session that the support person is invited to: when and where, and nothing else."""

    place: str


def grants_of(*, viewer: User, now: datetime) -> list[SupportGrant]:
    """List the grants of consents that name the viewer and hold now, by name; each is logged."""
    grants = _grants_in_force(viewer, now)
    log_reads_many(
        viewer=viewer, patient_ids=[grant.patient_id for grant in grants],
        what=DataCategory.CONSENT, reason=REASON_FAMILY_SUPPORT, now=now,
    )  # fmt: skip
    return sorted(
        grants, key=lambda grant: (grant.name.casefold(), grant.agreed_at, grant.consent_id)
    )


def open_grant(*, viewer: User, consent_id: UUID, now: datetime) -> SupportGrant:
    """Open what one patient shares with the viewer; the consent is checked at this moment.

    Each look stands in the access log before anything is read. In the accounting of disclosures
    the looks of a local day are one row: 45 CFR 164.528(b)(3) lets many to one person for one
    purpose be told together, and the access log has each.

    :raises NoSuchGrant: for everybody else; logged with its true reason.
    """
    opened = next(
        (grant for grant in _grants_in_force(viewer, now) if grant.consent_id == consent_id), None
    )
    if opened is None:
        _log_denied_grant(viewer, consent_id, now)
        raise NoSuchGrant
    log_reads_many(
        viewer=viewer, patient_ids=[opened.patient_id], what=DataCategory.SUPPORT_VIEW,
        reason=REASON_FAMILY_SUPPORT, now=now,
    )  # fmt: skip
    _record_disclosure_of_day(opened, now)
    return opened


def appointments_of(*, shared: SupportGrant, now: datetime) -> list[Appointment]:
    """List the sessions of the coming fourteen days that aren't over, alone and in groups.

    :raises care.support.grants.PartNotGranted: the consent does not name ``session_times``.
    """
    shared.require("session_times")
    until = now + APPOINTMENTS_AHEAD
    rows = (
        _appointments_by_function(shared, now, until)
        if connection.vendor == "postgresql"
        else _appointments_by_rows(shared, now, until)
    )
    return sorted(Appointment(*row) for row in rows)


def invited_sessions_of(*, shared: SupportGrant, now: datetime) -> list[InvitedSession]:
    """List the family sessions that the viewer is invited to and that aren't over.

    :raises care.support.grants.PartNotGranted: the consent does not name ``session_times``.
    """
    shared.require("session_times")
    if connection.vendor == "postgresql":
        place: Any = TreatmentSession._meta.get_field("place")
        with connection.cursor() as cursor:
            statement = "SELECT starts_at, ends_at, place FROM care_supported_guest(%s, %s)"
            cursor.execute(statement, [shared.consent_id, now])
            rows = [(*row[:2], place.from_db_value(row[2])) for row in cursor.fetchall()]
    else:
        rows = list(
            TreatmentSession.objects.filter(
                patient_id=shared.patient_id, kind=TreatmentSession.Kind.FAMILY,
                cancelled_at__isnull=True, ends_at__gt=now, guests__revoked_at__isnull=True,
                guests__support_person__consent_id=shared.consent_id,
            ).values_list("starts_at", "ends_at", "place")
        )  # fmt: skip
    return sorted(InvitedSession(*row) for row in rows)


def _record_disclosure_of_day(shared: SupportGrant, now: datetime) -> None:
    today = shared.calendar.day_of(now)
    with transaction.atomic():
        unaccounted = SupportPerson.objects.filter(
            Q(accounted_on__isnull=True) | Q(accounted_on__lt=today), consent_id=shared.consent_id
        )
        if claim(unaccounted, accounted_on=today):
            Disclosure.objects.create(
                patient_id=shared.patient_id,
                at=now,
                to=shared.recipient,
                purpose=SUPPORT_PURPOSE,
                what=", ".join(part.replace("_", " ") for part in shared.scope),
                consent_id=shared.consent_id,
            )


def _log_denied_grant(viewer: User, consent_id: UUID, now: datetime) -> None:
    """Log the denial, in the patient's log where the viewer once was let in."""
    require_autocommit()
    former = SupportPerson.objects.filter(supporter_id=viewer.pk, consent_id=consent_id).first()
    insert_log_row(
        viewer,
        patient_id=former.patient_id if former is not None else None,
        action=AccessLogEntry.Action.DENIED,
        data_class=DataCategory.SUPPORT_VIEW,
        reason="nothing_shared",
        at=now,
    )


_GRANTS_SQL = (
    "SELECT consent_id, patient_id, name, recipient, scope, agreed_at, expires_at, expires_event, "
    "time_zone, enrolled_at, clinic_id, clinic_zone, day_starts_hour FROM care_supported(%s)"
)
_GRANT_COLUMNS = (
    "consent_id", "patient_id", "patient__user__display_name", "consent__recipient",
    "consent__scope", "consent__agreed_at", "consent__expires_at", "consent__expires_event",
    "patient__user__time_zone", "patient__enrolled_at", "patient__user__clinic_id",
    "patient__user__clinic__time_zone", "patient__day_starts_hour",
)  # fmt: skip


def _grants_in_force(viewer: User, now: datetime) -> list[SupportGrant]:
    if viewer.role != User.Role.SUPPORTER:
        return []
    rows = (
        _grants_by_function(now)
        if connection.vendor == "postgresql"
        else _grants_by_rows(viewer, now)
    )
    return [_build_grant(*row) for row in rows]


def _build_grant(
    consent_id: UUID,
    patient_id: UUID,
    name: str,
    recipient: str,
    scope: Sequence[str],
    *others: Any,
) -> SupportGrant:
    held = (*others, _MADE_HERE)
    return SupportGrant(consent_id, patient_id, name, recipient, tuple(scope), *held)


def _grants_by_function(now: datetime) -> list[Any]:
    """Call the database's function, which knows who is acting."""
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS_SQL, [now])
        rows = list(cursor.fetchall())
    recipient: Any = Consent._meta.get_field("recipient")
    return [(*row[:3], recipient.from_db_value(row[3]), *row[4:]) for row in rows]


def _grants_by_rows(viewer: User, now: datetime) -> list[Any]:
    rows = SupportPerson.objects.filter(
        consent_holds(now, "consent__", purpose=SUPPORT_PURPOSE), supporter_id=viewer.pk,
        supporter__is_active=True, patient__user__is_active=True,
    )  # fmt: skip
    return list(rows.values_list(*_GRANT_COLUMNS))


def _appointments_by_function(
    shared: SupportGrant, now: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT starts_at, ends_at FROM care_supported_sessions(%s, %s, %s)",
            [shared.consent_id, now, until],
        )
        return list(cursor.fetchall())


def _appointments_by_rows(
    shared: SupportGrant, now: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    in_group = GroupMembership.objects.filter(
        membership_holds(now), patient_id=shared.patient_id, group_id=OuterRef("group_id")
    )
    rows = TreatmentSession.objects.filter(
        Q(patient_id=shared.patient_id) | Exists(in_group), cancelled_at__isnull=True,
        ends_at__gt=now, starts_at__lt=until,
    )  # fmt: skip
    return list(rows.values_list("starts_at", "ends_at"))
