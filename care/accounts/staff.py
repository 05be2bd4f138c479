"""Add a clinic, and change its staff as an administrator or operator.

Staff are renamed, shut out or let in again, and their second factor is removed.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kit.errors import InvalidInput
from backend.kit.timezones import UnknownZone, get_zone
from care.access.admin_acts import ActKind, record_act, validate_separate_halves
from care.access.data_categories import DataCategory
from care.access.log import insert_log_row
from care.accounts.names import validate_display_name, validate_unlike_colleagues
from care.accounts.second_factor import remove_second_factor
from care.models import AccessLogEntry, Clinic, DeviceSession, StaffInvitation, User
from care.models.people import STAFF_ROLES

LONGEST_DISPLAY_NAME = 120
_LONGEST_CLINIC_NAME = 200


class OwnAccount(Exception):
    """Administrators don't shut themselves out, and don't renew their own secrets here."""


def add_clinic(*, name: str, time_zone: str, now: datetime) -> Clinic:
    """Add a clinic, whose staff come in by codes (``care.accounts.staff_invitations``).

    :raises backend.kit.errors.InvalidInput: naming ``name`` or ``time_zone``.
    """
    stripped = name.strip()
    if not 0 < len(stripped) <= _LONGEST_CLINIC_NAME:
        raise InvalidInput.of("name", "blank", "Say in 1 to 200 characters what it is called.")
    try:
        get_zone(time_zone)
    except UnknownZone:
        raise InvalidInput.of(
            "time_zone", "unknown_zone", "Name a zone of the IANA data, such as America/Chicago."
        ) from None
    with transaction.atomic():
        if Clinic.objects.filter(name__iexact=stripped).exists():
            raise InvalidInput.of("name", "name_taken", "There is a clinic of this name.")
        clinic = Clinic.objects.create(name=stripped, time_zone=time_zone, created_at=now)
        insert_log_row(
            None, patient_id=None, action=AccessLogEntry.Action.WRITE,
            data_class=DataCategory.PROFILE, reason="clinic_added", at=now, actor_role="operator",
        )  # fmt: skip
    return clinic


def change_staff(
    *, admin: User, user_id: UUID, display_name: str, is_active: bool, now: datetime
) -> User:
    """Rename somebody of the staff, shut them out or let them in; shutting out ends sign-ins.

    :raises OwnAccount: an administrator would shut out themselves.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF_ROLES)
    if user.pk == admin.pk and not is_active:
        raise OwnAccount
    validate_staff_rename(user_id=user.pk, display_name=display_name)
    with transaction.atomic():
        for kind in _changes(user, display_name, is_active=is_active):
            record_act(
                clinic_id=user.clinic_id, kind=kind, actor=admin, about=user, now=now,
                thing=display_name,
            )  # fmt: skip
        User.objects.filter(pk=user.pk).update(
            display_name=display_name, is_active=is_active, rev=F("rev") + 1
        )
        if not is_active:
            DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(
                revoked_at=now, revoked_reason="disabled"
            )
            StaffInvitation.objects.filter(
                user_id=user.pk, used_at__isnull=True, revoked_at__isnull=True
            ).update(revoked_at=now)
        log_staff_change(admin, "staff_changed", now)
    user.refresh_from_db()
    return user


def remove_staff_second_factor(*, admin: User, user_id: UUID, now: datetime) -> None:
    """Remove the second factor of somebody who lost it; they enrol anew.

    :raises OwnAccount: an administrator's own goes by their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    :raises care.access.admin_acts.OtherHalfRenewed: this administrator made them a code lately.
    """
    user = other_staff_member(admin, user_id)
    with transaction.atomic():
        validate_separate_halves(admin=admin, about=user, kind=ActKind.FACTOR_REMOVED, now=now)
        remove_second_factor(user=user, now=now)
        record_act(
            clinic_id=user.clinic_id, kind=ActKind.FACTOR_REMOVED, actor=admin, about=user, now=now
        )
        log_staff_change(admin, "factor_removed", now)


def remove_second_factor_as_operator(*, user: User, now: datetime) -> None:
    """Remove a second factor with a shell on the server; administrators are told."""
    with transaction.atomic():
        remove_second_factor(user=user, now=now)
        record_act(
            clinic_id=user.clinic_id, kind=ActKind.FACTOR_REMOVED, actor=None, about=user, now=now
        )


def validate_staff_rename(*, user_id: UUID, display_name: str) -> None:
    """Refuse a name that somebody of the staff can't be given.

    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    user = User.objects.get(pk=user_id)
    if display_name != user.display_name:
        validate_staff_names(user.pk, user.clinic_id, None, display_name)


def validate_staff_names(
    user_id: UUID | None, clinic_id: UUID, username: str | None, display_name: str
) -> None:
    """Refuse names that staff can't have, or that look like a colleague's.

    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``display_name``.
    """
    validate_display_name(display_name)
    if len(display_name) > LONGEST_DISPLAY_NAME:
        detail = f"At most {LONGEST_DISPLAY_NAME} characters."
        raise InvalidInput.of("display_name", "max_length", detail)
    validate_unlike_colleagues(
        user_id, clinic_id=clinic_id, username=username, display_name=display_name
    )


def other_staff_member(admin: User, user_id: UUID) -> User:
    """Find somebody else of the administrator's staff.

    :raises OwnAccount: it is the administrator.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    """
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF_ROLES)
    if user.pk == admin.pk:
        raise OwnAccount
    return user


def log_staff_change(admin: User | None, reason: str, now: datetime) -> None:
    """Log a change of the staff by an administrator, or by the operator for None."""
    insert_log_row(
        admin, patient_id=None, action=AccessLogEntry.Action.WRITE, data_class=DataCategory.PROFILE,
        reason=reason, at=now, **({} if admin else {"actor_role": "operator"}),
    )  # fmt: skip


def _changes(user: User, display_name: str, *, is_active: bool) -> Iterator[ActKind]:
    if display_name != user.display_name:
        yield ActKind.STAFF_RENAMED
    if is_active != user.is_active:
        yield ActKind.LET_IN if is_active else ActKind.SHUT_OUT
