"""Staff of a clinic, as its administrator keeps them."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import InvalidInput
from care import access
from care.access import DataClass
from care.actions.second_factor import remove_second_factor
from care.actions.signin import new_username
from care.models import AccessLogEntry, DeviceSession, User
from care.passwords import make_password, refuse_weak

#: Who is of the staff; patients come in by invitation alone.
STAFF = (User.Role.CLINICIAN, User.Role.ADMIN)


class OwnAccount(Exception):
    """Administrators don't lock themselves out."""


def add_staff(
    *, admin: User, username: str, display_name: str, role: str, password: str, now: datetime
) -> User:
    """Add somebody of the clinic's staff with a first password, told to them in person.

    They enrol their own second factor before they see anything.

    :raises backend.kit.errors.InvalidInput: naming ``username``, ``role`` or ``password``.
    """
    if role not in STAFF:
        raise InvalidInput.of("role", "not_staff", "Staff are clinicians or administrators.")
    name = new_username(username)
    refuse_weak(password, username=name)
    user = User(
        clinic_id=admin.clinic_id, role=role, username=name, password=make_password(password),
        display_name=display_name, time_zone=admin.clinic.time_zone, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            _log(admin, "staff_added", now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user


def change_staff(
    *, admin: User, user_id: UUID, display_name: str, is_active: bool, now: datetime
) -> User:
    """Rename somebody of the staff, or let them in no longer; their sign-ins end with it.

    :raises OwnAccount: an administrator would shut out themselves.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    """
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF)
    if user.pk == admin.pk and not is_active:
        raise OwnAccount
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(
            display_name=display_name, is_active=is_active, rev=F("rev") + 1
        )
        if not is_active:
            DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(
                revoked_at=now, revoked_reason="disabled"
            )
        _log(admin, "staff_changed", now)
    user.refresh_from_db()
    return user


def forget_second_factor(*, admin: User, user_id: UUID, now: datetime) -> None:
    """Take away the second factor of somebody who lost it; they enrol anew.

    :raises OwnAccount: an administrator's own goes by their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    """
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF)
    if user.pk == admin.pk:
        raise OwnAccount
    remove_second_factor(user=user, now=now)
    _log(admin, "factor_removed", now)


def _log(admin: User, reason: str, now: datetime) -> None:
    access.log_own(
        user=admin, action=AccessLogEntry.Action.WRITE, what=DataClass.PROFILE, reason=reason,
        now=now,
    )  # fmt: skip
