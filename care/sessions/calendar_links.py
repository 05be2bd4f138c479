"""The address under which a calendar program fetches somebody's sessions."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from backend.kit.crypto import fingerprint
from care.access.data_categories import DataCategory
from care.access.log import log_self
from care.models import AccessLogEntry, CalendarLink, User

#: 256 bits: nobody guesses it, so tries need no counting.
SECRET_BYTES = 32


class LinkCreatedMeanwhile(Exception):
    """Two links were asked for at once; one of them was made."""


def create_calendar_link(*, user: User, now: datetime) -> str:
    """Create a new secret for the user's calendar; the one before stops working at once.

    It is told only here: a fingerprint is kept.

    :raises LinkCreatedMeanwhile: for the second of two at once.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    try:
        with transaction.atomic():
            _revoke_links(user, now)
            CalendarLink.objects.create(user=user, fingerprint=_fingerprint(secret), created_at=now)
            log_self(
                user=user, action=AccessLogEntry.Action.WRITE, what=DataCategory.CALENDAR,
                reason="link_made", now=now,
            )  # fmt: skip
    except IntegrityError:
        raise LinkCreatedMeanwhile from None
    return secret


def revoke_calendar_link(*, user: User, now: datetime) -> bool:
    """End the user's link; return whether there was one."""
    with transaction.atomic():
        ended = _revoke_links(user, now)
        if ended:
            log_self(
                user=user, action=AccessLogEntry.Action.WRITE, what=DataCategory.CALENDAR,
                reason="link_ended", now=now,
            )  # fmt: skip
    return bool(ended)


def find_calendar_link(*, secret: str) -> CalendarLink | None:
    """Find the live link of a secret, with its user; a disabled user has none."""
    return (
        CalendarLink.objects.filter(
            fingerprint=_fingerprint(secret), revoked_at__isnull=True, user__is_active=True
        )
        .select_related("user__clinic")
        .first()
    )


def has_calendar_link(*, user: User) -> bool:
    """Whether the user's calendar has a live address."""
    return CalendarLink.objects.filter(user=user, revoked_at__isnull=True).exists()


def _revoke_links(user: User, now: datetime) -> int:
    return CalendarLink.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)


def _fingerprint(secret: str) -> str:
    return fingerprint(secret, purpose="calendar")
