"""Password policy (NIST 800-63B-4), re-authentication of a signed-in user, and changing a password.

A password is compared in one spelling, NFKC: one keyboard composes é, another sends two characters,
and a phone's suggestion brings a no-break or full-width space. Of NFKC and NFKD, which NIST names
(3.1.1.2), NFKC is what lengths were counted in before.
"""

from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from backend.kit import text
from backend.kit.errors import InvalidInput
from care.access.log import log_sign_in
from care.accounts.device_sessions import tell_of_ended_sign_ins
from care.accounts.second_factor import OtpInvalid, has_second_factor, verify_second_factor
from care.accounts.throttle import ACCOUNT_LIMIT, count_attempt, reset_attempts
from care.models import AccessLogEntry, DeviceSession, User
from care.models.people import normalize_password

#: As the single factor of a patient's phone, and beside a second one (SECURITY R26).
SHORTEST_PASSWORD = 15
SHORTEST_WITH_SECOND_FACTOR = 8
LONGEST_PASSWORD = 256
#: How long after re-authentication an export, break-glass or a change of factors may follow.
REAUTHENTICATION_HOLDS = timedelta(minutes=10)


class WrongPassword(Exception):
    """The password given to re-authenticate is not the user's."""


def make_password(password: str) -> str:
    """Hash a password for its row, however it was typed."""
    return hashers.make_password(normalize_password(password))


def check_password(password: str, stored: str) -> bool:
    """Whether a password is the stored one, however it was typed."""
    return hashers.check_password(normalize_password(password), stored)


def validate_password(
    password: str, *, username: str, field: str = "password", has_second_factor: bool = False
) -> None:
    """Refuse a password that is too short, too long, well known, or the name itself.

    Any Unicode is welcome; nothing is asked of its composition, and it never expires.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    password = normalize_password(password)
    length = len(password)
    shortest = SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST_PASSWORD
    if length < shortest:
        detail = f"At least {shortest} characters; a few words in a row are easy to remember."
        raise InvalidInput.of(field, "password_too_short", detail)
    if length > LONGEST_PASSWORD:
        raise InvalidInput.of(field, "password_too_long", f"At most {LONGEST_PASSWORD} characters.")
    is_repeated = password in (password + password)[1:-1]
    if (
        len(set(password)) < 5
        or is_repeated
        or text.fold_name(password) == text.fold_name(username)
    ):
        raise InvalidInput.of(field, "password_too_easy", "Too easy to guess.")
    try:
        _common_passwords().validate(password)
    except ValidationError:
        detail = "Many people use this one."
        raise InvalidInput.of(field, "password_too_common", detail) from None


def is_recently_authenticated(*, session: DeviceSession, now: datetime) -> bool:
    """Whether this sign-in's user gave their secrets in the last ten minutes."""
    return (
        session.reauthenticated_at is not None
        and now - session.reauthenticated_at <= REAUTHENTICATION_HOLDS
    )


def reauthenticate(*, session: DeviceSession, password: str, otp: str, now: datetime) -> None:
    """Check password and, where one is enrolled, a fresh one-time code again.

    At most 5 of each per sign-in and 15 minutes: what strangers guess from outside stops nobody who
    is in, least of all before they open a chart in an emergency.

    :raises WrongPassword: audited.
    :raises care.accounts.second_factor.OtpRequired: the code is missing.
    :raises care.accounts.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    user = session.user
    _verify_current_password(session, password, now)
    try:
        passed_at = verify_second_factor(user=user, code=otp, now=now, counted_as=str(session.pk))
    except OtpInvalid:
        _log_denied_reauthentication(session, "wrong_otp", now)
        raise
    proof = {"reauthenticated_at": now} | ({"mfa_at": passed_at} if passed_at else {})
    DeviceSession.objects.filter(pk=session.pk).update(**proof)
    reset_attempts(what="step-up", whose=str(session.pk))


def change_password(*, session: DeviceSession, current: str, fresh: str, now: datetime) -> None:
    """Set a new password; every other sign-in of the user ends with the old one.

    :raises WrongPassword: audited, and counted as in ``reauthenticate``.
    :raises backend.kit.errors.InvalidInput: naming ``new_password``, when it is too weak.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    user = session.user
    _verify_current_password(session, current, now)
    validate_password(
        fresh,
        username=str(user.username),
        field="new_password",
        has_second_factor=has_second_factor(user=user),
    )
    with transaction.atomic():
        set_password(user=user, password=fresh, keeping=session, now=now)
    reset_attempts(what="step-up", whose=str(session.pk))


def set_password(
    *, user: User, password: str, keeping: DeviceSession | None, now: datetime
) -> None:
    """Store a password that was found strong enough, and end the sign-ins of the one before.

    In the caller's transaction.
    """
    User.objects.filter(pk=user.pk).update(password=make_password(password))
    other_sessions = DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True)
    if keeping is not None:
        other_sessions = other_sessions.exclude(pk=keeping.pk)
        DeviceSession.objects.filter(pk=keeping.pk).update(reauthenticated_at=now)
    if other_sessions.update(revoked_at=now, revoked_reason="password_changed"):
        tell_of_ended_sign_ins(user=user, now=now)


@cache
def _common_passwords() -> CommonPasswordValidator:
    # Unpacking the list takes longer than everything else about a password but its hash.
    return CommonPasswordValidator()


def _verify_current_password(session: DeviceSession, password: str, now: datetime) -> None:
    user = session.user
    count_attempt(what="step-up", whose=str(session.pk), limit=ACCOUNT_LIMIT, now=now)
    stored = User.objects.values_list("password", flat=True).get(pk=user.pk)
    if not check_password(password, stored):
        _log_denied_reauthentication(session, "wrong_password", now)
        raise WrongPassword


def _log_denied_reauthentication(session: DeviceSession, reason: str, now: datetime) -> None:
    log_sign_in(
        user=session.user,
        action=AccessLogEntry.Action.DENIED,
        reason=reason,
        device_session_id=session.pk,
        now=now,
    )
