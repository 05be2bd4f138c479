"""The address under which a calendar program fetches somebody's sessions."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backend.kit.crypto import fingerprint
from backend.kit.errors import InvalidInput, NotThere
from care.access.data_categories import DataCategory
from care.access.log import log_self
from care.models import AccessLogEntry, CalendarLink, User

#: 256 bits: nobody guesses it, so tries need no counting.
SECRET_BYTES = 32


class LinkCreatedMeanwhile(Exception):
    """Two links were asked for at once; one of them was made."""


class NoCalendarLink(NotThere):
    """The user's calendar has no live address."""


def create_calendar_link(*, user: User, now: datetime, has_check_ins: bool | None = None) -> str:
    """Create a new secret for the user's calendar; the one before stops working at once.

    It is told only here: a fingerprint is kept. Without a word about check-in times, they are in it
    if they were in the one before.

    :raises LinkCreatedMeanwhile: for the second of two at once.
    :raises backend.kit.errors.InvalidInput: for check-in times of who has none.
    """
    _require_check_ins(user, is_wanted=bool(has_check_ins))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    try:
        with transaction.atomic():
            if has_check_ins is None:
                has_check_ins = _live_links(user).filter(has_check_ins=True).exists()
            _revoke_links(user, now)
            CalendarLink.objects.create(
                user=user, fingerprint=_fingerprint(secret), created_at=now,
                has_check_ins=has_check_ins,
            )  # fmt: skip
            log_self(
                user=user, action=AccessLogEntry.Action.WRITE, what=DataCategory.CALENDAR,
                reason="link_made", now=now,
            )  # fmt: skip
    except IntegrityError:
        raise LinkCreatedMeanwhile from None
    return secret


def set_check_ins(*, user: User, has_check_ins: bool, now: datetime) -> CalendarLink:
    """Put a patient's check-in times into their calendar, or take them out, at the same address.

    :raises NoCalendarLink: where there is no live address.
    :raises backend.kit.errors.InvalidInput: for check-in times of who has none.
    """
    _require_check_ins(user, is_wanted=has_check_ins)
    with transaction.atomic():
        if not _live_links(user).update(has_check_ins=has_check_ins):
            raise NoCalendarLink
        reason = "check_ins_in" if has_check_ins else "check_ins_out"
        log_self(
            user=user, action=AccessLogEntry.Action.WRITE, what=DataCategory.CALENDAR,
            reason=reason, now=now,
        )  # fmt: skip
    return _live_links(user).get()


def calendar_link_of(*, user: User) -> CalendarLink | None:
    """Return the live link of the user, if there is one; its secret is not known any more."""
    return _live_links(user).first()


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
    return _live_links(user).exists()


def _require_check_ins(user: User, *, is_wanted: bool) -> None:
    if is_wanted and user.role != User.Role.PATIENT:
        detail = "Only patients have check-in times."
        raise InvalidInput.of("check_ins", "patients_only", detail)


def _live_links(user: User) -> "QuerySet[CalendarLink]":
    return CalendarLink.objects.filter(user=user, revoked_at__isnull=True)


def _revoke_links(user: User, now: datetime) -> int:
    return _live_links(user).update(revoked_at=now)


def _fingerprint(secret: str) -> str:
    return fingerprint(secret, purpose="calendar")
