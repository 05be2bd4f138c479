"""Coming in as staff: a code in, a password of one's own out (SECURITY R27)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from backend.kit.errors import InvalidInput
from backend.kit.rows import claim
from care import access
from care.access import DataClass
from care.actions.attempts import ADDRESS_LIMIT, count_wrong_from
from care.actions.proving import set_password
from care.actions.signin import folded
from care.actions.staff import fingerprint_of
from care.models import AccessLogEntry, StaffInvitation, User
from care.naming import STAFF, refuse_colleagues, refuse_unprintable
from care.passwords import refuse_weak
from care.queries.second_factor import has_second_factor

SHORTEST_NAME = 3


class StaffCodeInvalid(Exception):
    """The code is unknown, used, withdrawn or over; which of these is not told."""


def count_wrong_staff_code(*, address: str, now: datetime) -> None:
    """Count one wrong code; a right one opens whatever others tried.

    :raises care.actions.attempts.TooManyAttempts: too many came from this address.
    """
    count_wrong_from(what="staff-code-from", address=address, limit=ADDRESS_LIMIT, now=now)


def join_staff(*, code: str, username: str, password: str, now: datetime) -> User:
    """Set the password that somebody of the staff chose, by a code that was made for them.

    One code does it once, also under a race; a name that is taken or a weak password leaves the
    code as it was. Whoever was in before keeps the name they sign in with, and their second factor;
    every sign-in of theirs ends.

    :raises StaffCodeInvalid: the code can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    """
    found = (
        StaffInvitation.objects.filter(code_fingerprint=fingerprint_of(code))
        .select_related("user")
        .first()
    )
    if found is None or not _may_join(found.user):
        raise StaffCodeInvalid
    name = _name_of(found.user, username)
    _refuse_name(found.user, name)
    refuse_weak(password, username=name, has_second_factor=has_second_factor(user=found.user))
    unused = StaffInvitation.objects.filter(
        pk=found.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    try:
        with transaction.atomic():
            if not claim(unused, used_at=now):
                raise StaffCodeInvalid
            if found.user.username != name:
                User.objects.filter(pk=found.user_id).update(username=name)
            set_password(user=found.user, password=password, keeping=None, now=now)
            found.user.refresh_from_db()
            access.log_own(
                user=found.user, action=AccessLogEntry.Action.WRITE, what=DataClass.SIGN_IN,
                reason="staff_joined", now=now,
            )  # fmt: skip
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return found.user


def _refuse_name(user: User, name: str) -> None:
    if name == user.username:
        return
    refuse_unprintable(name, field="username")
    refuse_colleagues(user.pk, clinic_id=user.clinic_id, username=name, display_name=None)


def _may_join(user: User) -> bool:
    return user.is_active and user.role in STAFF


def _name_of(user: User, wanted: str) -> str:
    """Tell under which name they sign in: who was in before keeps theirs."""
    if user.username and user.has_usable_password():
        return str(user.username)
    name = folded(wanted) or str(user.username or "")
    if len(name) < SHORTEST_NAME:
        detail = f"At least {SHORTEST_NAME} characters."
        raise InvalidInput.of("username", "min_length", detail)
    return name
