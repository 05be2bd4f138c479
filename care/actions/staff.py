"""Staff of a clinic, as its administrator keeps them."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import InvalidInput
from care import trail
from care.access import DataClass
from care.actions.second_factor import remove_second_factor
from care.actions.signin import folded
from care.codes import new_code, printed
from care.models import AccessLogEntry, Clinic, DeviceSession, StaffInvitation, User

#: Who is of the staff; patients come in by invitation of a clinician alone.
STAFF = (User.Role.CLINICIAN, User.Role.ADMIN)


class OwnAccount(Exception):
    """Administrators don't lock themselves out, and don't renew their own secrets here."""


def invite_staff(
    *,
    clinic_id: UUID,
    username: str | None,
    display_name: str,
    role: str,
    now: datetime,
    invited_by: User | None = None,
) -> tuple[User, str]:
    """Add somebody to the clinic's staff; return them and their code, which is told only here.

    The code lets one person choose a password, once and within 72 hours (``care.actions.joining``);
    until then nobody signs in. A name to sign in with may be left to them. ``invited_by`` is
    None for whoever has a shell on the server.

    :raises backend.kit.errors.InvalidInput: naming ``username``, ``display_name`` or ``role``.
    """
    if role not in STAFF:
        raise InvalidInput.of("role", "not_staff", "Staff are clinicians or administrators.")
    called = display_name.strip()
    if not called:
        raise InvalidInput.of("display_name", "blank", "Say what they are called.")
    clinic = Clinic.objects.get(pk=clinic_id)
    user = User(
        clinic_id=clinic_id, role=role, username=folded(username or "") or None,
        display_name=called, time_zone=clinic.time_zone, created_at=now,
    )  # fmt: skip
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            code = make_staff_code(user=user, made_by=invited_by, now=now)
            _log(invited_by, "staff_added", now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user, code


def make_staff_code(*, user: User, made_by: User | None, now: datetime) -> str:
    """Make a code for somebody of the staff; codes of theirs made before stop working."""
    code = new_code()
    open_ones = StaffInvitation.objects.filter(
        user_id=user.pk, used_at__isnull=True, revoked_at__isnull=True
    )
    open_ones.update(revoked_at=now)
    StaffInvitation.objects.create(
        user=user, code_fingerprint=fingerprint_of(code), created_by=made_by, created_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )  # fmt: skip
    return code


def fingerprint_of(code: str) -> str:
    """Make what is kept of a code, however it was typed."""
    return printed(code, purpose="staff-invitation")


def invite_staff_again(*, admin: User, user_id: UUID, now: datetime) -> str:
    """Make a new code for somebody of the staff; return it.

    Whoever has not come in yet comes in by it. For whoever forgot their password it opens a new
    one; their second factor stays as it is, and so does the old password until the code is used.

    :raises OwnAccount: an administrator's own password is changed on their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff, or no longer let in.
    """
    user = _of_clinic(admin, user_id)
    if not user.is_active:
        raise User.DoesNotExist
    with transaction.atomic():
        code = make_staff_code(user=user, made_by=admin, now=now)
        _log(admin, "staff_code", now)
    return code


def renew_staff_code(*, username: str, now: datetime) -> str:
    """Make a new code for somebody of any clinic's staff, as whoever has a shell on the server.

    Their second factor stays as it is, and so does the old password until the code is used.

    :raises User.DoesNotExist: nobody of the staff has this name, or they are no longer let in.
    """
    user = User.objects.get(username=folded(username), role__in=STAFF, is_active=True)
    with transaction.atomic():
        code = make_staff_code(user=user, made_by=None, now=now)
        _log(None, "staff_code", now)
    return code


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
            StaffInvitation.objects.filter(
                user_id=user.pk, used_at__isnull=True, revoked_at__isnull=True
            ).update(revoked_at=now)
        _log(admin, "staff_changed", now)
    user.refresh_from_db()
    return user


def forget_second_factor(*, admin: User, user_id: UUID, now: datetime) -> None:
    """Take away the second factor of somebody who lost it; they enrol anew.

    :raises OwnAccount: an administrator's own goes by their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    """
    user = _of_clinic(admin, user_id)
    remove_second_factor(user=user, now=now)
    _log(admin, "factor_removed", now)


def _of_clinic(admin: User, user_id: UUID) -> User:
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF)
    if user.pk == admin.pk:
        raise OwnAccount
    return user


def _log(admin: User | None, reason: str, now: datetime) -> None:
    trail.save_row(
        admin, patient_id=None, action=AccessLogEntry.Action.WRITE, data_class=DataClass.PROFILE,
        reason=reason, at=now, **({} if admin else {"actor_role": "operator"}),
    )  # fmt: skip
