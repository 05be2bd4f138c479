"""Staff of a clinic, as its administrator keeps them."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from backend.kit.errors import InvalidInput, refuse_beyond
from care import trail
from care.access import DataClass
from care.actions.oversight import Kind, note_act, refuse_both_halves
from care.actions.second_factor import remove_second_factor
from care.actions.signin import folded
from care.codes import new_code, printed
from care.limits import DAY, MOST_CODES_A_DAY
from care.models import AccessLogEntry, Clinic, DeviceSession, StaffInvitation, User
from care.naming import STAFF, refuse_colleagues, refuse_misleading, refuse_unprintable

#: Who is of the staff; patients come in by a clinician's invitation alone.
__all__ = ["STAFF"]


LONGEST_NAME = 120


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
    called, name = display_name.strip(), folded(username or "") or None
    _refuse_names(None, clinic_id, name, called)
    clinic = Clinic.objects.get(pk=clinic_id)
    user = User(
        clinic_id=clinic_id, role=role, username=name,
        display_name=called, time_zone=clinic.time_zone, created_at=now,
    )  # fmt: skip
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            code = make_staff_code(user=user, made_by=invited_by, now=now)
            note_act(
                clinic_id=clinic_id, kind=Kind.STAFF_ADDED, actor=invited_by, about=user, now=now
            )
            _log(invited_by, "staff_added", now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user, code


def make_staff_code(*, user: User, made_by: User | None, now: datetime) -> str:
    """Make a code for somebody of the staff; codes of theirs made before stop working."""
    lately = StaffInvitation.objects.filter(user_id=user.pk, created_at__gt=now - DAY)
    refuse_beyond(lately.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day")
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
    :raises care.actions.oversight.OtherHalfGiven: this administrator took their second factor away.
    """
    user = _of_clinic(admin, user_id)
    if not user.is_active:
        raise User.DoesNotExist
    with transaction.atomic():
        refuse_both_halves(admin=admin, about=user, kind=Kind.STAFF_CODE, now=now)
        code = make_staff_code(user=user, made_by=admin, now=now)
        note_act(clinic_id=user.clinic_id, kind=Kind.STAFF_CODE, actor=admin, about=user, now=now)
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
        note_act(clinic_id=user.clinic_id, kind=Kind.STAFF_CODE, actor=None, about=user, now=now)
        _log(None, "staff_code", now)
    return code


def change_staff(
    *, admin: User, user_id: UUID, display_name: str, is_active: bool, now: datetime
) -> User:
    """Rename somebody of the staff, or let them in no longer; their sign-ins end with it.

    :raises OwnAccount: an administrator would shut out themselves.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    user = User.objects.get(pk=user_id, clinic_id=admin.clinic_id, role__in=STAFF)
    if user.pk == admin.pk and not is_active:
        raise OwnAccount
    refuse_rename(user_id=user.pk, display_name=display_name)
    with transaction.atomic():
        for kind in _changes(user, display_name, is_active=is_active):
            note_act(
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
        _log(admin, "staff_changed", now)
    user.refresh_from_db()
    return user


def refuse_rename(*, user_id: UUID, display_name: str) -> None:
    """Refuse a name that somebody of the staff can't be given.

    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    user = User.objects.get(pk=user_id)
    if display_name != user.display_name:
        _refuse_names(user.pk, user.clinic_id, None, display_name)


def forget_second_factor(*, admin: User, user_id: UUID, now: datetime) -> None:
    """Take away the second factor of somebody who lost it; they enrol anew.

    :raises OwnAccount: an administrator's own goes by their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff.
    :raises care.actions.oversight.OtherHalfGiven: this administrator made them a code lately.
    """
    user = _of_clinic(admin, user_id)
    with transaction.atomic():
        refuse_both_halves(admin=admin, about=user, kind=Kind.FACTOR_REMOVED, now=now)
        remove_second_factor(user=user, now=now)
        note_act(
            clinic_id=user.clinic_id, kind=Kind.FACTOR_REMOVED, actor=admin, about=user, now=now
        )
        _log(admin, "factor_removed", now)


def reset_second_factor(*, user: User, now: datetime) -> None:
    """Take away a second factor with a shell on the server; administrators are told."""
    with transaction.atomic():
        remove_second_factor(user=user, now=now)
        note_act(
            clinic_id=user.clinic_id, kind=Kind.FACTOR_REMOVED, actor=None, about=user, now=now
        )


def _refuse_names(
    user_id: UUID | None, clinic_id: UUID, username: str | None, display_name: str
) -> None:
    refuse_misleading(display_name)
    if len(display_name) > LONGEST_NAME:
        detail = f"At most {LONGEST_NAME} characters."
        raise InvalidInput.of("display_name", "max_length", detail)
    refuse_unprintable(username or "", field="username")
    refuse_colleagues(user_id, clinic_id=clinic_id, username=username, display_name=display_name)


def _changes(user: User, display_name: str, *, is_active: bool) -> Iterator[Kind]:
    if display_name != user.display_name:
        yield Kind.STAFF_RENAMED
    if is_active != user.is_active:
        yield Kind.LET_IN if is_active else Kind.SHUT_OUT


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
