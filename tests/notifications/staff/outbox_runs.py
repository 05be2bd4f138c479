"""Runs of the outbox at one instant, and what was mailed in them."""

from datetime import datetime

from backend.kit.jobs import Lease
from care.accounts import password_reset
from care.models import PasswordReset
from journaling.safety.sweep import sweep_safety
from notifications.staff.outbox import CALLS, send_mail


def call_staff(now: datetime) -> dict[str, int]:
    """Find events, take the steps that are due and send the mails of calls, as a tick does."""
    sweep_safety(now=now)
    return dict(send_mail(CALLS, clock=lambda: now))


def mailed_codes(now: datetime) -> list[tuple[str, str]]:
    """Take what waits as the outbox does; return the address and the code of each mail."""
    password_reset.expire_reset_mails(now=now)
    mails = []
    while (lease := claimed_reset(now)) is not None:
        prepared = password_reset.prepare_reset_mail(lease=lease, now=now)
        assert prepared is not None
        mails.append(prepared)
        assert lease.finish()
    return mails


def claimed_reset(now: datetime) -> Lease[PasswordReset] | None:
    """Claim the mail that waits longest."""
    return password_reset.RESET_MAILS.claim_next(now=now)
