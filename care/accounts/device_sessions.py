"""Sign-ins by device: start, look up on every request, refresh and end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.db.compiled import CompiledQuery
from backend.kit.ids import restore_generation_of
from backend.kit.subscribers import Subscribers
from care.access.log import log_sign_in
from care.constants import MOST_SIGN_INS
from care.models import AccessLogEntry, DeviceSession, Patient, User

#: How exactly ``last_used_at`` is kept: one write a minute at most.
TOUCH_AFTER = timedelta(minutes=1)


class TokenInvalid(Exception):
    """The refresh token names no sign-in."""


class SessionRevoked(Exception):
    """The sign-in has ended: signed out, expired, or its user was disabled."""


class TokenReused(Exception):
    """An old refresh token came back after its grace: it may be stolen, so the sign-in is over."""


class SignInSubscriber(Protocol):
    """Whoever follows the sign-ins of users; told the same again it must change nothing."""

    def __call__(self, *, user_id: UUID, now: datetime) -> None:
        """Follow a user of whom a sign-in ended, in the transaction that ends it."""


SIGN_IN_SUBSCRIBERS: Subscribers[SignInSubscriber] = Subscribers()


def start_device_session(
    *, user: User, device_name: str, now: datetime, passed_at: datetime | None = None
) -> DeviceSession:
    """Start a sign-in for a user whose secrets were checked.

    ``passed_at`` is when the second factor was. At the limit of sign-ins the one that was used
    longest ago ends.
    """
    live = DeviceSession.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=now)
    newest = live.order_by("-last_used_at", "id").values_list("pk", flat=True)
    if surplus := list(newest[MOST_SIGN_INS - 1 :]):
        live.filter(pk__in=surplus).update(revoked_at=now, revoked_reason="too_many")
    return DeviceSession.objects.create(
        user=user,
        device_name=device_name,
        current_jti=uuid4(),
        rotated_at=now,
        created_at=now,
        last_used_at=now,
        reauthenticated_at=now,
        mfa_at=passed_at,
        expires_at=now + session_lifetime(user),
    )


def live_session(*, session_id: UUID, now: datetime) -> tuple[User, DeviceSession] | None:
    """Find the user of a sign-in that holds at this moment, with their patient row if any.

    A sign-in that was revoked, has expired, lay idle too long (staff: one hour) or belongs to a
    disabled user is none.
    """
    row = _LIVE.first(session_id=session_id, now=now)
    session = _session_from_row(row) if row is not None else None
    if session is None or not session.user.is_active:
        return None
    if is_idle_too_long(session, now):
        return None
    if now - session.last_used_at > TOUCH_AFTER:
        DeviceSession.objects.filter(pk=session.pk).update(last_used_at=now)
    session.user.device_session_id = session.pk
    return session.user, session


def refresh_session(
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
    _require_live(session, now)
    live = DeviceSession.objects.filter(
        pk=session_id, current_jti=jti, revoked_at__isnull=True, expires_at__gt=now
    )
    is_patient = session.user.role == User.Role.PATIENT
    rolled = now + session_lifetime(session.user) if is_patient else session.expires_at
    won = claim(
        live, current_jti=uuid4(), previous_jti=jti, rotated_at=now, last_used_at=now,
        generation=F("generation") + 1, expires_at=rolled,
    )  # fmt: skip
    session.refresh_from_db()
    if won:
        return session
    _require_live(session, now)
    if session.previous_jti == jti and now - session.rotated_at <= settings.REFRESH_GRACE:
        return session
    if generation is not None and _is_of_other_generation(generation, session.generation):
        end_session(session_id=session.pk, reason="restored", now=now)
        log_sign_in_denial(session.user, "restored", now, session.pk)
        raise SessionRevoked
    end_session(session_id=session.pk, reason="refresh_reuse", now=now)
    log_sign_in_denial(session.user, "refresh_reuse", now, session.pk)
    raise TokenReused


def end_session(*, session_id: UUID, reason: str, now: datetime) -> bool:
    """End a sign-in; its access token is dead on the next request. Return whether it was live."""
    live = DeviceSession.objects.filter(pk=session_id, revoked_at__isnull=True)
    return bool(claim(live, revoked_at=now, revoked_reason=reason))


def end_own_session(*, user: User, session_id: UUID, reason: str, now: datetime) -> bool:
    """End one of the user's own sign-ins; return whether there was such a live one."""
    live = DeviceSession.objects.filter(pk=session_id, user_id=user.pk, revoked_at__isnull=True)
    with transaction.atomic():
        is_ended = bool(claim(live, revoked_at=now, revoked_reason=reason))
        if is_ended:
            tell_of_ended_sign_ins(user=user, now=now)
    return is_ended


def end_other_sessions(*, user: User, keeping: UUID, now: datetime) -> None:
    """End all of the user's own sign-ins but one."""
    for session in device_sessions_of(user=user, now=now):
        if session.pk != keeping:
            end_own_session(user=user, session_id=session.pk, reason="revoked_by_user", now=now)


def tell_of_ended_sign_ins(*, user: User, now: datetime) -> None:
    """Tell whoever follows the sign-ins of users that some of this one's have ended."""
    with rls_actor.acting_as(rls_actor.user_actor(user.role, user.pk)):
        for follow in SIGN_IN_SUBSCRIBERS:
            follow(user_id=user.pk, now=now)


def device_sessions_of(*, user: User, now: datetime) -> Sequence[DeviceSession]:
    """List the user's live sign-ins, last used first."""
    return list(
        DeviceSession.objects.filter(
            user_id=user.pk, revoked_at__isnull=True, expires_at__gt=now
        ).order_by("-last_used_at", "id")
    )


def session_lifetime(user: User) -> timedelta:
    """Return how long a sign-in may last: patients 30 days from the last refresh, others 24 h."""
    is_patient = user.role == User.Role.PATIENT
    return settings.PATIENT_DEVICE_LIFETIME if is_patient else settings.STAFF_SESSION_LIFETIME


def is_idle_too_long(session: DeviceSession, now: datetime) -> bool:
    """Whether a sign-in of staff was unused for over an hour; patients have no such limit."""
    if session.user.role == User.Role.PATIENT:
        return False
    return now - session.last_used_at > settings.STAFF_IDLE_LIMIT


def log_sign_in_denial(
    user: User | None, reason: str, now: datetime, session_id: UUID | None
) -> None:
    """Log that a sign-in, or a refresh of one, was denied."""
    log_sign_in(
        user=user,
        action=AccessLogEntry.Action.DENIED,
        reason=reason,
        device_session_id=session_id,
        now=now,
    )


def _is_of_other_generation(generation: int, known: int) -> bool:
    """Whether a token was made before a restore, or after the backup that was restored."""
    return generation > known or restore_generation_of(generation) != restore_generation_of(known)


def _require_live(session: DeviceSession, now: datetime) -> None:
    is_over = session.revoked_at is not None or session.expires_at <= now
    if is_over or not session.user.is_active or is_idle_too_long(session, now):
        raise SessionRevoked


_SESSION = tuple(field.attname for field in DeviceSession._meta.concrete_fields)
_USER = tuple(field.attname for field in User._meta.concrete_fields)
_PATIENT = tuple(field.attname for field in Patient._meta.concrete_fields)
_COLUMNS = (
    *_SESSION,
    *(f"user__{name}" for name in _USER),
    *(f"user__patient__{name}" for name in _PATIENT),
)


def _live(*, session_id: UUID, now: datetime) -> Any:
    return DeviceSession.objects.filter(
        pk=session_id, revoked_at__isnull=True, expires_at__gt=now
    ).values_list(*_COLUMNS)


_LIVE = CompiledQuery(
    _live, session_id=DeviceSession._meta.pk, now=DeviceSession._meta.get_field("expires_at")
)


def _session_from_row(row: tuple[Any, ...]) -> DeviceSession:
    """Build the sign-in, its user, and their patient row if they have one."""
    using, ends = connection.alias, len(_SESSION) + len(_USER)
    session = DeviceSession.from_db(using, _SESSION, row[: len(_SESSION)])
    user = User.from_db(using, _USER, row[len(_SESSION) : ends])
    of_patient = row[ends:]
    patient = Patient.from_db(using, _PATIENT, of_patient) if of_patient[0] else None
    User._meta.get_field("patient").set_cached_value(user, patient)
    session.user = user
    return session
