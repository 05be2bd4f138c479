"""Record administrative acts, and keep the two halves of a sign-in in separate hands.

An act is recorded where it could open charts. No single administrator renews both the password and
the second factor of one account.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from care.models import AdministrativeAct, User
from care.models.people import logged_name

ActKind = AdministrativeAct.Kind
#: Each of these renews one half of a sign-in; one administrator never renews both.
SIGN_IN_HALVES = (ActKind.STAFF_CODE, ActKind.FACTOR_REMOVED)
HALVES_APART_FOR = timedelta(days=30)


class OtherHalfRenewed(Exception):
    """This administrator renewed the other half of this sign-in lately: both would let them in."""


def record_act(
    *,
    clinic_id: UUID,
    kind: str,
    actor: User | None,
    now: datetime,
    about: User | None = None,
    thing: str = "",
    patients: int = 0,
) -> AdministrativeAct:
    """Record an act in the transaction that does it; ``actor`` is None for the operator."""
    return AdministrativeAct.objects.create(
        clinic_id=clinic_id, kind=kind, at=now, actor=actor, actor_name=logged_name(actor),
        about=about, about_name=logged_name(about), thing=thing[:120], patients=patients,
        next_attempt_at=now,
    )  # fmt: skip


def acts_about(*, user: User) -> Sequence[AdministrativeAct]:
    """List what administrators did with somebody's account, the newest first, for themselves."""
    return list(AdministrativeAct.objects.filter(about_id=user.pk).order_by("-at", "-id")[:20])


def validate_separate_halves(*, admin: User, about: User, kind: str, now: datetime) -> None:
    """Keep one administrator from renewing both password and second factor of a colleague.

    They could sign in as them. Another administrator, or whoever runs the system, renews the other;
    but nobody whose own code they made lately, for they may hold that account as well.

    :raises OtherHalfRenewed: the other half was renewed in the last thirty days, by them or by an
        account in the same hands.
    """
    other_halves = [half for half in SIGN_IN_HALVES if half != kind]
    recent_acts = AdministrativeAct.objects.filter(
        actor_id__in=_accounts_in_same_hands(admin, now), about_id=about.pk, kind__in=other_halves,
        at__gt=now - HALVES_APART_FOR,
    )  # fmt: skip
    if recent_acts.exists():
        raise OtherHalfRenewed


def _accounts_in_same_hands(admin: User, now: datetime) -> set[UUID]:
    """Return the accounts that may be in the same hands: those linked by codes of late."""
    codes = AdministrativeAct.objects.filter(
        kind__in=(ActKind.STAFF_ADDED, ActKind.STAFF_CODE), clinic_id=admin.clinic_id,
        actor_id__isnull=False, about__role=User.Role.ADMIN, at__gt=now - HALVES_APART_FOR,
    )  # fmt: skip
    pairs = list(codes.values_list("actor_id", "about_id"))
    hands = {admin.pk}
    for _ in pairs:
        hands |= {
            account
            for pair in pairs
            if hands & set(pair)
            for account in pair
            if account is not None
        }
    return hands
