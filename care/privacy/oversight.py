"""Review of administrative acts: list, mail and mark them (SECURITY R20).

Whoever keeps the accounts of a clinic could give themselves access to charts. Every act that leads
there is recorded and reported: to all administrators of the clinic, by page and mail, and to whom
it concerns.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from care.accounts.password_reset import email_of
from care.models import AdministrativeAct, User

#: Sends one mail to an address; tells whether that is done with, taken or refused for good.
ActMailer = Callable[[str], bool]
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
NOTIFY_WITHIN = timedelta(days=1)


def unreviewed_acts(*, clinic_id: UUID) -> Sequence[AdministrativeAct]:
    """List the acts that no privacy officer has reviewed yet, the oldest first."""
    rows = AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True)
    return list(rows.order_by("at", "id")[:200])


def count_unreviewed_acts(*, clinic_id: UUID) -> int:
    """Count the acts that no privacy officer has reviewed yet."""
    return AdministrativeAct.objects.filter(clinic_id=clinic_id, reviewed_at__isnull=True).count()


def acts_about(*, user: User) -> Sequence[AdministrativeAct]:
    """List what administrators did with somebody's account, the newest first, for themselves."""
    return list(AdministrativeAct.objects.filter(about_id=user.pk).order_by("-at", "-id")[:20])


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
    return bool(claim(rows, reviewed_at=now, reviewed_by_id=officer.pk, next_attempt_at=None))


@rls_actor.acting_as(rls_actor.EMERGENCY_ACTOR)
def has_unsent_act_mail(*, now: datetime) -> bool:
    """Whether a mail about an act waits to be sent."""
    return AdministrativeAct.objects.filter(next_attempt_at__lte=now).exists()


def send_act_mails(*, to_officer: ActMailer, to_concerned: ActMailer, now: datetime) -> int:
    """Send the mails about acts that wait; return how many acts were reported.

    Every administrator with an address gets one, and so does whom it concerns. What nobody took is
    tried again for a day. Two workers never send one at the same moment.
    """
    expired = AdministrativeAct.objects.filter(
        next_attempt_at__isnull=False, at__lte=now - NOTIFY_WITHIN
    )
    expired.update(next_attempt_at=None)
    waiting = AdministrativeAct.objects.filter(next_attempt_at__lte=now).order_by(
        "next_attempt_at", "id"
    )
    acts = waiting.select_related("about")[:100]
    return sum(_send_act_mail(row, to_officer, to_concerned, now) for row in acts)


def _send_act_mail(
    row: AdministrativeAct, to_officer: ActMailer, to_concerned: ActMailer, now: datetime
) -> bool:
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
    unclaimed = AdministrativeAct.objects.filter(
        pk=row.pk, next_attempt_at=row.next_attempt_at, attempts=row.attempts
    )
    if not claim(unclaimed, next_attempt_at=now + pause, attempts=row.attempts + 1):
        return False
    officers = User.objects.filter(
        clinic_id=row.clinic_id, role=User.Role.ADMIN, is_active=True, sealed_email__isnull=False
    )
    mailed = [_mail_user(officer, to_officer) for officer in officers.order_by("pk")]
    if row.about is not None and row.about.sealed_email is not None:
        mailed.append(_mail_user(row.about, to_concerned))
    if any(mailed) or not mailed:
        # Without an address there is nobody to try again: they find it on their page.
        AdministrativeAct.objects.filter(pk=row.pk).update(next_attempt_at=None)
    return any(mailed)


def _mail_user(user: User, mailer: ActMailer) -> bool:
    try:
        return mailer(email_of(user))
    except Exception:  # one address that breaks keeps the mail from no other
        return False
