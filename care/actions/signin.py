"""Signing in, staying signed in, and ending it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F

from backend.kit.errors import InvalidInput
from backend.kit.generations import generation_of
from backend.kit.rows import claim
from backend.kit.text import ONE_LINE, folded, is_one_line
from care import access
from care.actions.attempts import (
    ACCOUNT_LIMIT,
    ADDRESS_LIMIT,
    TooManyAttempts,
    count_attempt,
    count_wrong_from,
    forget_attempts,
    is_crowded,
)
from care.actions.second_factor import OtpInvalid, pass_second_factor
from care.limits import MOST_SIGN_INS
from care.models import AccessLogEntry, DeviceSession, User
from care.passwords import check_password, make_password

#: As long as the column is.
LONGEST_NAME = 150

#: Sign-ins that ended so prove nothing about who has the device now.
LOST = ("revoked_by_user", "refresh_reuse")
#: As many sign-ins a device may prove at once; a browser of a clinic has several people's.
MOST_KNOWN = 8
_crowd = BoundedSemaphore(1)


class InvalidCredentials(Exception):
    """No active user has this name and password; which of the two is wrong is not told."""


class TokenInvalid(Exception):
    """The refresh token names no sign-in of ours."""


class SessionRevoked(Exception):
    """The sign-in has ended: signed out, expired, or its user was disabled."""


class TokenReused(Exception):
    """An old refresh token came back after its grace: it may be stolen, so the sign-in is over."""


def new_username(username: str) -> str:
    """Fold a username that somebody chose, and see that it can be one.

    :raises backend.kit.errors.InvalidInput: naming ``username``: nothing of it is visible, or it is
        too long once its letters are written out.
    """
    name = folded(username)
    if not name or not is_one_line(username.strip()):
        raise InvalidInput.of("username", "invalid_characters", ONE_LINE)
    if len(name) > LONGEST_NAME:
        detail = f"At most {LONGEST_NAME} characters."
        raise InvalidInput.of("username", "too_long", detail)
    return name


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
    starts the count anew. An unknown name costs the same time as a wrong password. ``known_by`` are
    earlier sign-ins that the device proved to have had: then it has a count of its own, and what
    strangers guess shuts out nobody who was in before.

    :raises InvalidCredentials: wrong name or password, or a disabled user; audited.
    :raises care.actions.second_factor.OtpRequired: the password was right, the code is missing.
    :raises care.actions.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
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

    From an address that guessed too much strangers are checked one at a time, so that what it
    sends holds no more than one thread; a right password opens all the same.

    :raises InvalidCredentials: wrong name or password, or a disabled user; audited.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked; from a crowded
        address also after a wrong one.
    """
    name = folded(username)
    user = User.objects.filter(username=name).first()
    device = device_of(user, known_by)
    if device is not None:
        count_attempt(what="password-known", whose=device, limit=ACCOUNT_LIMIT, now=now)
        return _checked(user, password, now)
    wrong: dict[str, Any] = {"what": "password-from", "address": address, "limit": ADDRESS_LIMIT}
    crowded = is_crowded(**wrong, now=now)
    with _one_at_a_time() if crowded else nullcontext():
        count_attempt(what="password", whose=name, limit=ACCOUNT_LIMIT, now=now)
        try:
            return _checked(user, password, now, is_noted=user is not None or not crowded)
        except InvalidCredentials:
            count_wrong_from(**wrong, now=now)
            raise


def _checked(user: User | None, password: str, now: datetime, *, is_noted: bool = True) -> User:
    if user is None:
        make_password(password)
        if is_noted:
            # A crowd that makes up names does not fill the log.
            _refused(None, now)
    elif not check_password(password, user.password) or not user.is_active:
        _refused(user, now)
    else:
        return user
    raise InvalidCredentials


def device_of(user: User | None, known_by: Collection[UUID]) -> str | None:
    """Name the device that had one of these sign-ins of the user; None for a stranger's.

    A sign-in that its user ended elsewhere, or whose token was used twice, may be in other hands.
    """
    if user is None or not known_by:
        return None
    rows = DeviceSession.objects.filter(pk__in=list(known_by)[:MOST_KNOWN], user_id=user.pk)
    found = rows.exclude(revoked_reason__in=LOST).order_by("-created_at", "id").first()
    return f"{user.pk}|{found.pk}" if found is not None else None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _crowd.acquire(blocking=False):
        raise TooManyAttempts(1)
    try:
        yield
    finally:
        _crowd.release()


def finish_sign_in(
    *,
    user: User,
    otp: str,
    device_name: str,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> DeviceSession:
    """Check the second factor of a user whose password was right, and start the sign-in.

    :raises care.actions.second_factor.OtpRequired: the code is missing.
    :raises care.actions.second_factor.OtpInvalid: the code can't be used; audited.
    :raises care.actions.attempts.TooManyAttempts: before the code is checked.
    """
    device = device_of(user, known_by)
    try:
        passed_at = pass_second_factor(user=user, code=otp, now=now, counted_as=device)
    except OtpInvalid:
        _log_denial(user, "wrong_otp", now, None)
        raise
    return welcome(
        user=user, device_name=device_name, passed_at=passed_at, now=now, known_by=known_by
    )


def welcome(
    *,
    user: User,
    device_name: str,
    passed_at: datetime | None,
    now: datetime,
    known_by: Collection[UUID] = (),
) -> DeviceSession:
    """Start a sign-in for a user who gave every secret, and forget their wrong tries.

    A device that was in before forgets its own: strangers get no new tries by it.
    """
    device = device_of(user, known_by)
    if device is None:
        forget_attempts(what="password", whose=str(user.username))
    else:
        forget_attempts(what="password-known", whose=device)
    return start_session(user=user, device_name=device_name, passed_at=passed_at, now=now)


def start_session(
    *, user: User, device_name: str, now: datetime, passed_at: datetime | None = None
) -> DeviceSession:
    """Start a sign-in for a user whose secrets were checked; ``passed_at``: the second factor.

    Whoever is signed in on as many devices as one may be ends the one that was used longest ago.
    """
    live = DeviceSession.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=now)
    newest = live.order_by("-last_used_at", "id").values_list("pk", flat=True)
    if over := list(newest[MOST_SIGN_INS - 1 :]):
        live.filter(pk__in=over).update(revoked_at=now, revoked_reason="too_many")
    return DeviceSession.objects.create(
        user=user,
        device_name=device_name,
        current_jti=uuid4(),
        rotated_at=now,
        created_at=now,
        last_used_at=now,
        proved_at=now,
        mfa_at=passed_at,
        expires_at=now + lifetime_of(user),
    )


def lifetime_of(user: User) -> timedelta:
    """Tell how long a sign-in may last: a patient's 30 days from the last refresh, others 24 h."""
    is_patient = user.role == User.Role.PATIENT
    return settings.PATIENT_DEVICE_LIFETIME if is_patient else settings.STAFF_SESSION_LIFETIME


def is_idle_too_long(session: DeviceSession, now: datetime) -> bool:
    """Whether it was left unused for an hour; a patient's phone alone may rest."""
    if session.user.role == User.Role.PATIENT:
        return False
    return now - session.last_used_at > settings.STAFF_IDLE_LIMIT


def refresh(
    *, session_id: UUID, jti: UUID, now: datetime, generation: int | None = None
) -> DeviceSession:
    """Exchange a refresh token for its successor; return the sign-in that carries it.

    Exactly one successor exists per token, also under a race. For 30 seconds the token before it
    returns the same successor, for a phone that lost the answer.

    ``generation`` is the exchange at which the token was made. One that this database never made,
    or made before it was restored, is no theft; but which of its tokens were used is not known any
    more, so that this sign-in ends all the same.

    :raises TokenReused: an older token; the sign-in is revoked and that is audited.
    :raises SessionRevoked: the sign-in ended before, or by a restore.
    :raises TokenInvalid: there is no such sign-in.
    """
    session = DeviceSession.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise TokenInvalid
    _refuse_ended(session, now)
    live = DeviceSession.objects.filter(
        pk=session_id, current_jti=jti, revoked_at__isnull=True, expires_at__gt=now
    )
    is_patient = session.user.role == User.Role.PATIENT
    rolled = now + lifetime_of(session.user) if is_patient else session.expires_at
    won = claim(
        live, current_jti=uuid4(), previous_jti=jti, rotated_at=now, last_used_at=now,
        generation=F("generation") + 1, expires_at=rolled,
    )  # fmt: skip
    session.refresh_from_db()
    if won:
        return session
    _refuse_ended(session, now)
    if session.previous_jti == jti and now - session.rotated_at <= settings.REFRESH_GRACE:
        return session
    if generation is not None and _is_of_another_life(generation, session.generation):
        end_session(session_id=session.pk, reason="restored", now=now)
        _log_denial(session.user, "restored", now, session.pk)
        raise SessionRevoked
    end_session(session_id=session.pk, reason="refresh_reuse", now=now)
    _log_denial(session.user, "refresh_reuse", now, session.pk)
    raise TokenReused


def _is_of_another_life(generation: int, known: int) -> bool:
    """Whether a token was made before a restore, or after the backup that was restored."""
    return generation > known or generation_of(generation) != generation_of(known)


def end_session(*, session_id: UUID, reason: str, now: datetime) -> bool:
    """End a sign-in; its access token is dead on the next request. Return whether it was live."""
    live = DeviceSession.objects.filter(pk=session_id, revoked_at__isnull=True)
    return bool(claim(live, revoked_at=now, revoked_reason=reason))


def end_own_session(*, user: User, session_id: UUID, reason: str, now: datetime) -> bool:
    """End one of the user's own sign-ins; return whether there was such a live one."""
    live = DeviceSession.objects.filter(pk=session_id, user_id=user.pk, revoked_at__isnull=True)
    return bool(claim(live, revoked_at=now, revoked_reason=reason))


def _refuse_ended(session: DeviceSession, now: datetime) -> None:
    is_over = session.revoked_at is not None or session.expires_at <= now
    if is_over or not session.user.is_active or is_idle_too_long(session, now):
        raise SessionRevoked


def _refused(user: User | None, now: datetime) -> None:
    _log_denial(user, "wrong_password", now, None)


def _log_denial(user: User | None, reason: str, now: datetime, session_id: UUID | None) -> None:
    access.log_sign_in(
        user=user,
        action=AccessLogEntry.Action.DENIED,
        reason=reason,
        device_session_id=session_id,
        now=now,
    )
