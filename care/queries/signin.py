"""Whether a sign-in still holds; asked on every request, in one query."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from backend.kit.prepared import Prepared
from care.actions.signin import is_idle_too_long
from care.models import DeviceSession, Patient, User

#: How exactly ``last_used_at`` is kept: one write a minute at most.
TOUCH_AFTER = timedelta(minutes=1)


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


_LIVE = Prepared(
    _live, session_id=DeviceSession._meta.pk, now=DeviceSession._meta.get_field("expires_at")
)


def _built(row: tuple[Any, ...]) -> DeviceSession:
    """Build the sign-in, its user, and their patient row if they have one."""
    using, ends = connection.alias, len(_SESSION) + len(_USER)
    session = DeviceSession.from_db(using, _SESSION, row[: len(_SESSION)])
    user = User.from_db(using, _USER, row[len(_SESSION) : ends])
    of_patient = row[ends:]
    patient = Patient.from_db(using, _PATIENT, of_patient) if of_patient[0] else None
    User._meta.get_field("patient").set_cached_value(user, patient)
    session.user = user
    return session


def live_session(*, session_id: UUID, now: datetime) -> tuple[User, DeviceSession] | None:
    """Find the user of a sign-in that holds at this moment, with their patient row if any.

    A sign-in that was revoked, has expired, lay idle too long (staff: one hour) or belongs to a
    disabled user is none.
    """
    row = _LIVE.first(session_id=session_id, now=now)
    session = _built(row) if row is not None else None
    if session is None or not session.user.is_active:
        return None
    if is_idle_too_long(session, now):
        return None
    if now - session.last_used_at > TOUCH_AFTER:
        DeviceSession.objects.filter(pk=session.pk).update(last_used_at=now)
    session.user.device_session_id = session.pk
    return session.user, session


def sessions_of(*, user: User, now: datetime) -> Sequence[DeviceSession]:
    """List the user's live sign-ins, last used first."""
    return list(
        DeviceSession.objects.filter(
            user_id=user.pk, revoked_at__isnull=True, expires_at__gt=now
        ).order_by("-last_used_at", "id")
    )
