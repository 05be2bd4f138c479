"""Proving again who one is, and changing the password (SECURITY R26, R30)."""

from datetime import datetime, timedelta

from django.db import transaction

from care import access
from care.actions.attempts import ACCOUNT_LIMIT, count_attempt, forget_attempts
from care.actions.second_factor import OtpInvalid, pass_second_factor
from care.models import AccessLogEntry, DeviceSession, User
from care.passwords import check_password, make_password, refuse_weak
from care.queries.second_factor import has_second_factor

#: How long after a proof an export, break-glass or a change of factors may follow.
PROOF_HOLDS = timedelta(minutes=10)


class WrongPassword(Exception):
    """The password given to prove oneself is not the user's."""


def is_proved(*, session: DeviceSession, now: datetime) -> bool:
    """Whether this sign-in's user gave their secrets in the last ten minutes."""
    return session.proved_at is not None and now - session.proved_at <= PROOF_HOLDS


def prove(*, session: DeviceSession, password: str, otp: str, now: datetime) -> None:
    """Check password and, where one is enrolled, a fresh one-time code again.

    At most 5 of each per sign-in and 15 minutes: what strangers guess from outside stops nobody who
    is in, least of all before they open a chart in an emergency.

    :raises WrongPassword: audited.
    :raises care.actions.second_factor.OtpRequired: the code is missing.
    :raises care.actions.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
    """
    user = session.user
    _check_password(session, password, now)
    try:
        passed_at = pass_second_factor(user=user, code=otp, now=now, counted_as=str(session.pk))
    except OtpInvalid:
        _denied(session, "wrong_otp", now)
        raise
    proof = {"proved_at": now} | ({"mfa_at": passed_at} if passed_at else {})
    DeviceSession.objects.filter(pk=session.pk).update(**proof)
    forget_attempts(what="step-up", whose=str(session.pk))


def change_password(*, session: DeviceSession, current: str, fresh: str, now: datetime) -> None:
    """Set a new password; every other sign-in of the user ends with the old one.

    :raises WrongPassword: audited, and counted as in ``prove``.
    :raises backend.kit.errors.InvalidInput: naming ``new_password``, when it is too weak.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
    """
    user = session.user
    _check_password(session, current, now)
    refuse_weak(
        fresh,
        username=str(user.username),
        field="new_password",
        has_second_factor=has_second_factor(user=user),
    )
    with transaction.atomic():
        set_password(user=user, password=fresh, keeping=session, now=now)
    forget_attempts(what="step-up", whose=str(session.pk))


def set_password(
    *, user: User, password: str, keeping: DeviceSession | None, now: datetime
) -> None:
    """Store a password that was found strong enough, and end the sign-ins of the one before."""
    User.objects.filter(pk=user.pk).update(password=make_password(password))
    others = DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True)
    if keeping is not None:
        others = others.exclude(pk=keeping.pk)
        DeviceSession.objects.filter(pk=keeping.pk).update(proved_at=now)
    others.update(revoked_at=now, revoked_reason="password_changed")


def _check_password(session: DeviceSession, password: str, now: datetime) -> None:
    user = session.user
    count_attempt(what="step-up", whose=str(session.pk), limit=ACCOUNT_LIMIT, now=now)
    stored = User.objects.values_list("password", flat=True).get(pk=user.pk)
    if not check_password(password, stored):
        _denied(session, "wrong_password", now)
        raise WrongPassword


def _denied(session: DeviceSession, reason: str, now: datetime) -> None:
    access.log_sign_in(
        user=session.user,
        action=AccessLogEntry.Action.DENIED,
        reason=reason,
        device_session_id=session.pk,
        now=now,
    )
