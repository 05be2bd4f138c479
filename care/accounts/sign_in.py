"""Check name, password and second factor, and start a sign-in."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from backend.kit.text import fold_name
from care.accounts.device_sessions import log_sign_in_denial, start_device_session
from care.accounts.passkeys import verify_passkey
from care.accounts.passwords import check_password, make_password
from care.accounts.second_factor import OtpInvalid, has_second_factor, verify_second_factor
from care.accounts.throttle import (
    ACCOUNT_LIMIT,
    ADDRESS_LIMIT,
    TooManyAttempts,
    count_attempt,
    count_wrong_attempt,
    is_address_over_limit,
    reset_attempts,
)
from care.models import DeviceSession, User

#: Sign-ins that ended so prove nothing about who has the device now.
LOST_REASONS = ("revoked_by_user", "refresh_reuse")
#: As many sign-ins a device may prove at once; a browser of a clinic has several people's.
MOST_KNOWN_SIGN_INS = 8
_crowded_address_slot = BoundedSemaphore(1)


class InvalidCredentials(Exception):
    """No active user has this name and password; which of the two is wrong is not told."""


class IsPatient(Exception):
    """These name and password are a patient's, who signs in on their phone."""


def sign_in(
    *,
    username: str,
    password: str,
    address: str,
    device_name: str,
    now: datetime,
    otp: str = "",
    known_by: Collection[UUID] = (),
) -> tuple[User, DeviceSession]:
    """Check a password, and a one-time code where one is enrolled; start a sign-in on one device.

    At most 5 checks of each per account and 15 minutes, exactly, also in parallel; signing in
    starts the count anew. An unknown name costs the same time as a wrong password.
    ``known_by`` are earlier sign-ins that the device proved to have had: then it has a count
    of its own, and what strangers guess shuts out nobody who was in before.

    :raises InvalidCredentials: wrong name or password, or a disabled user; audited.
    :raises care.accounts.second_factor.OtpRequired: the password was right, the code is missing.
    :raises care.accounts.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    user = check_name_and_password(
        username=username, password=password, address=address, now=now, known_by=known_by
    )
    return user, finish_sign_in(
        user=user, otp=otp, device_name=device_name, now=now, known_by=known_by
    )


def check_name_and_password(
    *,
    username: str,
    password: str,
    address: str,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> User:
    """Check the first factor and count the try; nobody is signed in by it.

    From an address over its limit strangers are checked one at a time, so that its requests hold
    no more than one thread; a right password opens all the same.

    :raises InvalidCredentials: wrong name or password, or a disabled user; audited.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked; from an address
        over its limit also after a wrong one.
    """
    name = fold_name(username)
    user = User.objects.filter(username=name).first()
    device = known_device(user, known_by)
    if device is not None:
        count_attempt(what="password-known", whose=device, limit=ACCOUNT_LIMIT, now=now)
        return _check_password_of(user, password, now)
    address_count: dict[str, Any] = {
        "what": "password-from",
        "address": address,
        "limit": ADDRESS_LIMIT,
    }
    crowded = is_address_over_limit(**address_count, now=now)
    with _one_at_a_time() if crowded else nullcontext():
        count_attempt(what="password", whose=name, limit=ACCOUNT_LIMIT, now=now)
        try:
            return _check_password_of(user, password, now, is_noted=user is not None or not crowded)
        except InvalidCredentials:
            count_wrong_attempt(**address_count, now=now)
            raise


def begin_staff_sign_in(
    *,
    username: str,
    password: str,
    address: str,
    device_name: str,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> tuple[User, DeviceSession | None]:
    """Check the first factor of anybody but a patient, and sign in whoever has no second one.

    Without a sign-in, ``finish_sign_in`` or ``finish_sign_in_by_passkey`` follows. The count of
    tries is that of ``check_name_and_password``.

    :raises IsPatient: name and password are a patient's, who is not signed in by it.
    :raises InvalidCredentials: as ``check_name_and_password`` does.
    :raises care.accounts.throttle.TooManyAttempts: as ``check_name_and_password`` does.
    """
    user = check_name_and_password(
        username=username, password=password, address=address, now=now, known_by=known_by
    )
    if user.role == User.Role.PATIENT:
        raise IsPatient
    if has_second_factor(user=user):
        return user, None
    return user, start_verified_session(
        user=user, device_name=device_name, passed_at=None, now=now, known_by=known_by
    )


def finish_sign_in(
    *,
    user: User,
    otp: str,
    device_name: str,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> DeviceSession:
    """Check the second factor of a user whose password was right, and start the sign-in.

    :raises care.accounts.second_factor.OtpRequired: the code is missing.
    :raises care.accounts.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.accounts.throttle.TooManyAttempts: before the code is checked.
    """
    device = known_device(user, known_by)
    try:
        passed_at = verify_second_factor(user=user, code=otp, now=now, counted_as=device)
    except OtpInvalid:
        log_sign_in_denial(user, "wrong_otp", now, None)
        raise
    return start_verified_session(
        user=user, device_name=device_name, passed_at=passed_at, now=now, known_by=known_by
    )


def finish_sign_in_by_passkey(
    *,
    user: User,
    response: Mapping[str, Any],
    state: Mapping[str, Any],
    host: str,
    device_name: str,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> DeviceSession:
    """Check what a passkey of a user signed whose password was right, and start the sign-in.

    :raises care.accounts.passkeys.PasskeyRefused: when it does not open.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    device = known_device(user, known_by)
    verify_passkey(user=user, response=response, state=state, host=host, counted_as=device, now=now)
    return start_verified_session(
        user=user, device_name=device_name, passed_at=now, now=now, known_by=known_by
    )


def start_verified_session(
    *,
    user: User,
    device_name: str,
    passed_at: datetime | None,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> DeviceSession:
    """Start a sign-in for a user who gave every secret, and reset their count of wrong tries.

    A known device resets its own count alone: strangers get no new tries by it.
    """
    device = known_device(user, known_by)
    if device is None:
        reset_attempts(what="password", whose=str(user.username))
    else:
        reset_attempts(what="password-known", whose=device)
    return start_device_session(user=user, device_name=device_name, passed_at=passed_at, now=now)


def active_user(*, user_id: UUID) -> User | None:
    """Return the user whose first factor was right, if they may still sign in."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def known_device(user: User | None, known_by: Collection[UUID]) -> str | None:
    """Return a key of the device that had one of these sign-ins; None for a stranger's.

    A device whose sign-in was ended from elsewhere, or whose token was used twice, may be in other
    hands.
    """
    if user is None or not known_by:
        return None
    rows = DeviceSession.objects.filter(
        pk__in=list(known_by)[:MOST_KNOWN_SIGN_INS], user_id=user.pk
    )
    session = rows.exclude(revoked_reason__in=LOST_REASONS).order_by("-created_at", "id").first()
    return f"{user.pk}|{session.pk}" if session is not None else None


def _check_password_of(
    user: User | None, password: str, now: datetime, *, is_noted: bool = True
) -> User:
    if user is None:
        make_password(password)
        if is_noted:
            # An address that makes up names does not fill the log.
            _log_wrong_password(None, now)
    elif not check_password(password, user.password) or not user.is_active:
        _log_wrong_password(user, now)
    else:
        return user
    raise InvalidCredentials


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _crowded_address_slot.acquire(blocking=False):
        raise TooManyAttempts(1)
    try:
        yield
    finally:
        _crowded_address_slot.release()


def _log_wrong_password(user: User | None, now: datetime) -> None:
    log_sign_in_denial(user, "wrong_password", now, None)
