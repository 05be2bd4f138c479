"""Review of administrative acts: list, mail and mark them (SECURITY R20).

Whoever keeps the accounts of a clinic could give themselves access to charts. Every act that leads
there is recorded and reported: to all administrators of the clinic, by page and mail, and to whom
it concerns.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.kit.db.claims import claim
from backend.kit.jobs import Queue
from care.accounts.password_reset import email_of
from care.models import AdministrativeAct, User

log = logging.getLogger(__name__)
#: After so long it is left to the administrators' page.
NOTIFY_WITHIN = timedelta(days=1)
ACT_MAILS = Queue(
    AdministrativeAct,
    lease_period=timedelta(minutes=2),
    first_pause=timedelta(minutes=1),
    longest_pause=timedelta(hours=1),
)


def unreviewed_acts(*, clinic_id: UUID) -> Sequence[AdministrativeAct]:
    """List the acts that no privacy officer has reviewed yet, the oldest first."""
    rows = AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True)
    return list(rows.order_by("at", "id")[:200])


def count_unreviewed_acts(*, clinic_id: UUID) -> int:
    """Count the acts that no privacy officer has reviewed yet."""
    return AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True).count()


def mark_act_reviewed(*, officer: User, act_id: UUID, now: datetime) -> bool:
    """Record that an administrator looked at an act; return whether there was one for them.

    Nobody looks at their own, but where there is no other administrator.
    """
    if officer.role != User.Role.ADMIN:
        return False
    colleagues = User.objects.filter(
        clinic_id=officer.clinic_id, role=User.Role.ADMIN, is_active=True
    ).exclude(pk=officer.pk)
    rows = AdministrativeAct.objects.filter(
        pk=act_id, clinic_id=officer.clinic_id, reviewed_at__isnull=True
    )
    if colleagues.exists():
        rows = rows.filter(Q(actor_id__isnull=True) | ~Q(actor_id=officer.pk))
    return bool(
        claim(rows, reviewed_at=now, reviewed_by_id=officer.pk, next_attempt_at=None, lease_id=None)
    )


def expire_act_mails(*, now: datetime) -> None:
    """Give up the mails that nobody took for a day."""
    AdministrativeAct.objects.filter(
        next_attempt_at__isnull=False, at__lte=now - NOTIFY_WITHIN
    ).update(next_attempt_at=None, lease_id=None)


def concerned_addresses(*, act: AdministrativeAct) -> list[str]:
    """Read the address of the person whom an act concerns, if they gave one."""
    return _addresses([act.about] if act.about is not None else [])


def officer_addresses(*, clinic_id: UUID) -> list[str]:
    """Read the addresses of a clinic's administrators; without one, they find it on their page."""
    officers = User.objects.filter(clinic_id=clinic_id, role=User.Role.ADMIN, is_active=True)
    return _addresses(officers.order_by("pk"))


def _addresses(users: Iterable[User]) -> list[str]:
    """Read what can be read: an address that is damaged keeps the mail from no other.

    Where none can be read of some that are there, this raises: it may be the key that is missing.
    """
    addresses, faults = [], []
    for user in users:
        try:
            addresses.append(email_of(user))
        except Exception as fault:
            faults.append(fault)
            code = type(fault).__name__
            log.error("officer not told", extra={"event": "officer_not_told", "code": code})
    readable = [address for address in addresses if address]
    if faults and not readable:
        raise faults[0]
    return readable
