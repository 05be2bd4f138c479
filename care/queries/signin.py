"""Whether a sign-in still holds; asked on every request, in one query."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from care.actions.signin import is_idle_too_long
from care.models import DeviceSession, User

#: How exactly ``last_used_at`` is kept: one write a minute at most.
TOUCH_AFTER = timedelta(minutes=1)


def live_session(*, session_id: UUID, now: datetime) -> tuple[User, DeviceSession] | None:
    """Find the user of a sign-in that holds at this moment, with their patient row if any.

    A sign-in that was revoked, has expired, lay idle too long (staff: one hour) or belongs to a
    disabled user is none.
    """
    session = (
        DeviceSession.objects.select_related("user__patient")
        .filter(pk=session_id, revoked_at__isnull=True, expires_at__gt=now)
        .first()
    )
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
