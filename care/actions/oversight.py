"""Telling the privacy officer what administrators did that could open charts (SECURITY R20).

Whoever keeps the accounts of a clinic could make themselves somebody who treats. What leads there
is written down and told: to every administrator of the clinic, by page and mail, and to whom it
concerns.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.kit import actors
from backend.kit.rows import claim
from care.actions.resets import email_of
from care.models import AdministrativeAct, User
from care.naming import logged_name

Kind = AdministrativeAct.Kind
#: Sends one mail to an address; tells whether that is done with, taken or refused for good.
Mailer = Callable[[str], bool]
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
TOLD_WITHIN = timedelta(days=1)
#: Either of these gives one half of somebody's way in; one administrator never gives both.
HALVES = (Kind.STAFF_CODE, Kind.FACTOR_REMOVED)
ONE_HALF_FOR = timedelta(days=30)


class OtherHalfGiven(Exception):
    """This administrator gave the other half of this way in lately: both would let them in."""


def note_act(
    *,
    clinic_id: UUID,
    kind: str,
    actor: User | None,
    now: datetime,
    about: User | None = None,
    thing: str = "",
    patients: int = 0,
) -> AdministrativeAct:
    """Write down an act in the transaction that does it; ``actor`` is None for the operator."""
    return AdministrativeAct.objects.create(
        clinic_id=clinic_id, kind=kind, at=now, actor=actor, actor_name=logged_name(actor),
        about=about, about_name=logged_name(about), thing=thing[:120], patients=patients,
        wake_at=now,
    )  # fmt: skip


def refuse_both_halves(*, admin: User, about: User, kind: str, now: datetime) -> None:
    """Refuse one administrator to renew both the password and the second factor of one colleague.

    They could sign in as them. Another administrator, or whoever runs the system, gives the other;
    but nobody whose own code they made lately, for they may hold that account as well.

    :raises OtherHalfGiven: the other half was given in the last thirty days, by them or such a one.
    """
    others = [half for half in HALVES if half != kind]
    lately = AdministrativeAct.objects.filter(
        actor_id__in=_hands_of(admin, now), about_id=about.pk, kind__in=others,
        at__gt=now - ONE_HALF_FOR,
    )  # fmt: skip
    if lately.exists():
        raise OtherHalfGiven


def _hands_of(admin: User, now: datetime) -> set[UUID]:
    """Find the accounts that may be in the same hands: who made a code for whom lately."""
    codes = AdministrativeAct.objects.filter(
        kind__in=(Kind.STAFF_ADDED, Kind.STAFF_CODE), clinic_id=admin.clinic_id,
        actor_id__isnull=False, about__role=User.Role.ADMIN, at__gt=now - ONE_HALF_FOR,
    )  # fmt: skip
    pairs = list(codes.values_list("actor_id", "about_id"))
    hands = {admin.pk}
    for _ in pairs:
        hands |= {one for pair in pairs if hands & set(pair) for one in pair if one is not None}
    return hands


def unreviewed_acts(*, clinic_id: UUID) -> Sequence[AdministrativeAct]:
    """List what no privacy officer has looked at yet, the oldest first."""
    rows = AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True)
    return list(rows.order_by("at", "id")[:200])


def count_unreviewed_acts(*, clinic_id: UUID) -> int:
    """Count what no privacy officer has looked at yet."""
    return AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True).count()


def acts_about(*, user: User) -> Sequence[AdministrativeAct]:
    """List what administrators did with somebody's account, the newest first, for themselves."""
    return list(AdministrativeAct.objects.filter(about_id=user.pk).order_by("-at", "-id")[:20])


def mark_act_reviewed(*, officer: User, act_id: UUID, now: datetime) -> bool:
    """Note that an administrator looked at an act; return whether there was one for them.

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
    return bool(claim(rows, reviewed_at=now, reviewed_by_id=officer.pk, wake_at=None))


@actors.acting_as(actors.EMERGENCY)
def is_any_waiting(*, now: datetime) -> bool:
    """Whether an act waits to be told of."""
    return AdministrativeAct.objects.filter(wake_at__lte=now).exists()


def tell_of_acts(*, to_officer: Mailer, to_concerned: Mailer, now: datetime) -> int:
    """Send the mails about acts that wait; return how many acts were told.

    Every administrator with an address gets one, and so does whom it concerns. What nobody took is
    tried again for a day. Two workers never send one at the same moment.
    """
    over = AdministrativeAct.objects.filter(wake_at__isnull=False, at__lte=now - TOLD_WITHIN)
    over.update(wake_at=None)
    waiting = AdministrativeAct.objects.filter(wake_at__lte=now).order_by("wake_at", "id")
    found = waiting.select_related("about")[:100]
    return sum(_tell(row, to_officer, to_concerned, now) for row in found)


def _tell(row: AdministrativeAct, to_officer: Mailer, to_concerned: Mailer, now: datetime) -> bool:
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
    held = AdministrativeAct.objects.filter(pk=row.pk, wake_at=row.wake_at, attempts=row.attempts)
    if not claim(held, wake_at=now + pause, attempts=row.attempts + 1):
        return False
    officers = User.objects.filter(
        clinic_id=row.clinic_id, role=User.Role.ADMIN, is_active=True, sealed_email__isnull=False
    )
    told = [_mailed(officer, to_officer) for officer in officers.order_by("pk")]
    if row.about is not None and row.about.sealed_email is not None:
        told.append(_mailed(row.about, to_concerned))
    if any(told) or not told:
        # Without an address there is nobody to try again: they find it on their page.
        AdministrativeAct.objects.filter(pk=row.pk).update(wake_at=None)
    return any(told)


def _mailed(user: User, mailer: Mailer) -> bool:
    try:
        return mailer(email_of(user))
    except Exception:  # one address that breaks keeps the mail from no other
        return False
