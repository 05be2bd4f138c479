"""Invite staff by a code, and let them set their own password with it (SECURITY R27)."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.text import fold_name
from care.access.admin_acts import ActKind, record_act, validate_separate_halves
from care.access.data_categories import DataCategory
from care.access.log import log_self
from care.accounts.codes import fingerprint_code, generate_code
from care.accounts.device_sessions import start_device_session
from care.accounts.names import validate_printable, validate_unlike_colleagues, validate_username
from care.accounts.passwords import set_password, validate_password
from care.accounts.second_factor import has_second_factor
from care.accounts.staff import log_staff_change, other_staff_member, validate_staff_names
from care.accounts.throttle import ADDRESS_LIMIT, count_wrong_attempt
from care.constants import MOST_CODES_A_DAY, ONE_DAY
from care.models import AccessLogEntry, Clinic, DeviceSession, StaffInvitation, User
from care.models.people import STAFF_ROLES

SHORTEST_USERNAME = 3


class StaffCodeInvalid(Exception):
    """The code is unknown, used, withdrawn or over; which of these is not told."""


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

    The code lets one person choose a password, once and within 72 hours; until then nobody signs
    in. A name to sign in with may be left to them. ``invited_by`` is None for whoever has a
    shell on the server.

    :raises backend.kit.errors.InvalidInput: naming ``username``, ``display_name`` or ``role``.
    """
    if role not in STAFF_ROLES:
        raise InvalidInput.of("role", "not_staff", "Staff are clinicians or administrators.")
    display, name = display_name.strip(), validate_username(username) if username else None
    validate_staff_names(None, clinic_id, name, display)
    clinic = Clinic.objects.get(pk=clinic_id)
    user = User(
        clinic_id=clinic_id, role=role, username=name,
        display_name=display, time_zone=clinic.time_zone, created_at=now,
    )  # fmt: skip
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            code = create_staff_code(user=user, made_by=invited_by, now=now)
            record_act(
                clinic_id=clinic_id, kind=ActKind.STAFF_ADDED, actor=invited_by, about=user, now=now
            )
            log_staff_change(invited_by, "staff_added", now)
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return user, code


def renew_staff_invitation(*, admin: User, user_id: UUID, now: datetime) -> str:
    """Make a new code for somebody of the staff; return it.

    Whoever has not come in yet comes in by it. For whoever forgot their password it opens a new
    one; their second factor stays as it is, and so does the old password until the code is used.

    :raises OwnAccount: an administrator's own password is changed on their account page.
    :raises User.DoesNotExist: nobody of the clinic's staff, or no longer let in.
    :raises care.access.admin_acts.OtherHalfRenewed: this administrator took their second factor
        away.
    """
    user = other_staff_member(admin, user_id)
    if not user.is_active:
        raise User.DoesNotExist
    with transaction.atomic():
        validate_separate_halves(admin=admin, about=user, kind=ActKind.STAFF_CODE, now=now)
        code = create_staff_code(user=user, made_by=admin, now=now)
        record_act(
            clinic_id=user.clinic_id, kind=ActKind.STAFF_CODE, actor=admin, about=user, now=now
        )
        log_staff_change(admin, "staff_code", now)
    return code


def renew_staff_code_as_operator(*, username: str, now: datetime) -> str:
    """Make a new code for somebody of any clinic's staff, as whoever has a shell on the server.

    Their second factor stays as it is, and so does the old password until the code is used. The
    clinic's administrators are told.

    :raises User.DoesNotExist: nobody of the staff has this name, or they are no longer let in.
    """
    user = User.objects.get(username=fold_name(username), role__in=STAFF_ROLES, is_active=True)
    with transaction.atomic():
        code = create_staff_code(user=user, made_by=None, now=now)
        record_act(
            clinic_id=user.clinic_id, kind=ActKind.STAFF_CODE, actor=None, about=user, now=now
        )
        log_staff_change(None, "staff_code", now)
    return code


def join_staff_on_device(
    *, code: str, username: str, password: str, device_name: str, address: str, now: datetime
) -> tuple[User, DeviceSession | None]:
    """Do what ``join_staff`` does, and start a sign-in where no second factor is asked for.

    Wrong codes are counted for the address.

    :raises care.accounts.throttle.TooManyAttempts: too many came from this address.
    """
    try:
        user = join_staff(code=code, username=username, password=password, now=now)
    except StaffCodeInvalid:
        # On a path that no rollback takes back.
        count_wrong_staff_code(address=address, now=now)
        raise
    rls_actor.set_actor(rls_actor.user_actor(user.role, user.pk))
    if has_second_factor(user=user):
        return user, None
    return user, start_device_session(user=user, device_name=device_name, now=now)


def join_staff(*, code: str, username: str, password: str, now: datetime) -> User:
    """Set the password that somebody of the staff chose, by a code that was made for them.

    One code does it once, also under a race; a name that is taken or a weak password leaves the
    code as it was. Whoever was in before keeps the name they sign in with, and their second factor;
    every sign-in of theirs ends.

    :raises StaffCodeInvalid: the code can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``password``.
    """
    invitation = (
        StaffInvitation.objects.filter(code_fingerprint=staff_code_fingerprint(code))
        .select_related("user")
        .first()
    )
    if invitation is None or not _may_join(invitation.user):
        raise StaffCodeInvalid
    name = _username_for(invitation.user, username)
    _validate_new_username(invitation.user, name)
    validate_password(
        password, username=name, has_second_factor=has_second_factor(user=invitation.user)
    )
    unused = StaffInvitation.objects.filter(
        pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    try:
        with transaction.atomic():
            if not claim(unused, used_at=now):
                raise StaffCodeInvalid
            if invitation.user.username != name:
                User.objects.filter(pk=invitation.user_id).update(username=name)
            set_password(user=invitation.user, password=password, keeping=None, now=now)
            invitation.user.refresh_from_db()
            log_self(
                user=invitation.user, action=AccessLogEntry.Action.WRITE, what=DataCategory.SIGN_IN,
                reason="staff_joined", now=now,
            )  # fmt: skip
    except IntegrityError:
        raise InvalidInput.of("username", "username_taken", "This name is taken.") from None
    return invitation.user


def count_wrong_staff_code(*, address: str, now: datetime) -> None:
    """Count one wrong code; a right one opens whatever others tried.

    :raises care.accounts.throttle.TooManyAttempts: too many came from this address.
    """
    count_wrong_attempt(what="staff-code-from", address=address, limit=ADDRESS_LIMIT, now=now)


def create_staff_code(*, user: User, made_by: User | None, now: datetime) -> str:
    """Make a code for somebody of the staff; codes of theirs made before stop working."""
    recent_codes = StaffInvitation.objects.filter(user_id=user.pk, created_at__gt=now - ONE_DAY)
    enforce_limit(
        recent_codes.count(), most=MOST_CODES_A_DAY, what="codes for one person within a day"
    )
    code = generate_code()
    live_codes = StaffInvitation.objects.filter(
        user_id=user.pk, used_at__isnull=True, revoked_at__isnull=True
    )
    live_codes.update(revoked_at=now)
    StaffInvitation.objects.create(
        user=user, code_fingerprint=staff_code_fingerprint(code), created_by=made_by,
        created_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )  # fmt: skip
    return code


def staff_code_fingerprint(code: str) -> str:
    """Compute the fingerprint of a code, however it was typed."""
    return fingerprint_code(code, purpose="staff-invitation")


def _validate_new_username(user: User, name: str) -> None:
    if name == user.username:
        return
    validate_printable(name, field="username")
    validate_unlike_colleagues(user.pk, clinic_id=user.clinic_id, username=name, display_name=None)


def _may_join(user: User) -> bool:
    return user.is_active and user.role in STAFF_ROLES


def _username_for(user: User, wanted: str) -> str:
    """Return the name under which they sign in: whoever was in before keeps theirs."""
    if user.username and user.has_usable_password():
        return str(user.username)
    name = fold_name(wanted) or str(user.username or "")
    if len(name) < SHORTEST_USERNAME:
        detail = f"At least {SHORTEST_USERNAME} characters."
        raise InvalidInput.of("username", "min_length", detail)
    return name
