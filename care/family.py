"""The key to what a support person is shown: of whom, which parts, and until when (42 CFR 2.31).

A support person never gets a chart, and no row of a patient: what they see is counted for them,
part by part, and each part is named by a consent of the patient's that holds at this moment.
PostgreSQL judges and counts by functions of its own (``care_supported``), so that no statement of
ours could read more; SQLite knows no actors, and there the conditions below stand alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from backend.kit.errors import NotThere
from backend.kit.rows import claim, refuse_inside_transaction
from backend.kit.zones import LocalCalendar
from care import access, trail
from care.access import DataClass
from care.consent_rules import consent_holds
from care.models import AccessLogEntry, Consent, Disclosure, SupportPerson, User

PURPOSE = Consent.Purpose.FAMILY_SUPPORT
#: Why a support person is shown something, in the access log.
BY_CONSENT = "family_support"
_MADE_HERE = object()


class NothingShared(NotThere):
    """Nobody shares anything with this viewer by that consent, or no longer: which isn't told."""


class NotNamed(Exception):
    """The consent does not name this part."""


@dataclass(frozen=True, slots=True)
class Shared:
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
            raise TypeError("care.family alone says what is shared")

    @property
    def calendar(self) -> LocalCalendar:
        """Tell by which days the patient lives."""
        return LocalCalendar(self.time_zone, self.day_starts_hour)

    def require(self, part: str) -> None:
        """Make sure that the consent names a part before anything of it is read.

        :raises NotNamed: it does not.
        """
        if part not in self.scope:
            raise NotNamed


def shared_with(*, viewer: User, now: datetime) -> list[Shared]:
    """List whose consent names the viewer and holds now, by name; each stands in the log."""
    found = _holding(viewer, now)
    access.log_list(
        viewer=viewer, patient_ids=[one.patient_id for one in found], what=DataClass.CONSENT,
        reason=BY_CONSENT, now=now,
    )  # fmt: skip
    return sorted(found, key=lambda one: (one.name.casefold(), one.agreed_at, one.consent_id))


def open_shared(*, viewer: User, consent_id: UUID, now: datetime) -> Shared:
    """Open what one patient shares with the viewer; the consent is judged at this moment.

    Each look stands in the access log before anything is read. In the accounting of disclosures
    the looks of a local day are one row: 45 CFR 164.528(b)(3) lets many to one person for one
    purpose be told together, and the access log has each.

    :raises NothingShared: for everybody else; logged with its true reason.
    """
    found = next((one for one in _holding(viewer, now) if one.consent_id == consent_id), None)
    if found is None:
        _refuse(viewer, consent_id, now)
        raise NothingShared
    access.log_list(
        viewer=viewer, patient_ids=[found.patient_id], what=DataClass.SUPPORT_VIEW,
        reason=BY_CONSENT, now=now,
    )  # fmt: skip
    _account(found, now)
    return found


def _account(shared: Shared, now: datetime) -> None:
    today = shared.calendar.day_of(now)
    with transaction.atomic():
        untold = SupportPerson.objects.filter(
            Q(accounted_on__isnull=True) | Q(accounted_on__lt=today), consent_id=shared.consent_id
        )
        if claim(untold, accounted_on=today):
            Disclosure.objects.create(
                patient_id=shared.patient_id,
                at=now,
                to=shared.recipient,
                purpose=PURPOSE,
                what=", ".join(part.replace("_", " ") for part in shared.scope),
                consent_id=shared.consent_id,
            )


def _refuse(viewer: User, consent_id: UUID, now: datetime) -> None:
    """Write down the denial, in the patient's log where the viewer once was let in."""
    refuse_inside_transaction()
    once = SupportPerson.objects.filter(supporter_id=viewer.pk, consent_id=consent_id).first()
    trail.save_row(
        viewer,
        patient_id=once.patient_id if once is not None else None,
        action=AccessLogEntry.Action.DENIED,
        data_class=DataClass.SUPPORT_VIEW,
        reason="nothing_shared",
        at=now,
    )


_FUNCTION = (
    "SELECT consent_id, patient_id, name, recipient, scope, agreed_at, expires_at, expires_event, "
    "time_zone, enrolled_at, clinic_id, clinic_zone, day_starts_hour FROM care_supported(%s)"
)
_COLUMNS = (
    "consent_id", "patient_id", "patient__user__display_name", "consent__recipient",
    "consent__scope", "consent__agreed_at", "consent__expires_at", "consent__expires_event",
    "patient__user__time_zone", "patient__enrolled_at", "patient__user__clinic_id",
    "patient__user__clinic__time_zone", "patient__day_starts_hour",
)  # fmt: skip


def _holding(viewer: User, now: datetime) -> list[Shared]:
    if viewer.role != User.Role.SUPPORTER:
        return []
    rows = _by_function(now) if connection.vendor == "postgresql" else _by_rows(viewer, now)
    return [_shared(*row) for row in rows]


def _shared(
    consent_id: UUID,
    patient_id: UUID,
    name: str,
    recipient: str,
    scope: Sequence[str],
    *rest: Any,
) -> Shared:
    held = (*rest, _MADE_HERE)
    return Shared(consent_id, patient_id, name, recipient, tuple(scope), *held)


def _by_function(now: datetime) -> list[Any]:
    """Ask the database, which knows who is acting."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTION, [now])
        rows = list(cursor.fetchall())
    recipient: Any = Consent._meta.get_field("recipient")
    return [(*row[:3], recipient.from_db_value(row[3]), *row[4:]) for row in rows]


def _by_rows(viewer: User, now: datetime) -> list[Any]:
    rows = SupportPerson.objects.filter(
        consent_holds(now, "consent__", purpose=PURPOSE), supporter_id=viewer.pk,
        supporter__is_active=True, patient__user__is_active=True,
    )  # fmt: skip
    return list(rows.values_list(*_COLUMNS))
