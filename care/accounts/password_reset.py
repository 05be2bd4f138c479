"""Reset a forgotten password by e-mail, and keep the address that it goes to.

Nobody learns whether a username exists.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kit.crypto import master_keys
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput
from backend.kit.jobs import Lease, Queue
from backend.kit.text import fold_name
from care.accounts.codes import fingerprint_code, generate_code
from care.accounts.passwords import set_password, validate_password
from care.accounts.second_factor import has_second_factor
from care.accounts.throttle import ACCOUNT_LIMIT, count_attempt, count_wrong_attempt
from care.models import PasswordReset, Patient, User

#: The code is good for half an hour after somebody asked for it.
RESET_LIFETIME = timedelta(minutes=30)
#: What a mail server that answers did not take so often is given up.
MOST_MAIL_ATTEMPTS = 5
RESET_MAILS = Queue(
    PasswordReset,
    lease_period=timedelta(minutes=2),
    first_pause=timedelta(minutes=1),
    longest_pause=timedelta(minutes=1),
)


class ResetInvalid(Exception):
    """The code is unknown, used or over; which of these is not told."""


def request_reset(*, username: str, now: datetime) -> None:
    """Record that a user forgot their password; a mail follows if the name and an address exist.

    One row is written whoever it is, so that nobody learns from the time it takes; one that is for
    nobody goes when mails are sent. The code is made then and stands nowhere else. Asking again
    within the limits sends another mail; every code of the last half hour works, once one was used
    none does.

    :raises care.accounts.throttle.TooManyAttempts: asked too often for this name.
    """
    name = fold_name(username)
    count_attempt(what="reset", whose=name, limit=ACCOUNT_LIMIT, now=now)
    user = User.objects.filter(username=name, is_active=True, sealed_email__isnull=False).first()
    PasswordReset.objects.create(
        user=user,
        asked_at=now,
        next_attempt_at=now if user else None,
        expires_at=now + RESET_LIFETIME,
    )


def prepare_reset_mail(*, lease: Lease[PasswordReset], now: datetime) -> tuple[str, str] | None:
    """Make the code of one mail; return the address and the code, None where there is no address.

    Each attempt has a code of its own, of which the fingerprint alone is stored: one that was made
    before works no more.

    :raises backend.kit.jobs.LeaseLost: another worker sends it.
    """
    address = email_of(lease.row.user) if lease.row.user is not None else ""
    if not address:
        return None
    code = generate_code()
    lease.renew(now=now, fingerprint=_reset_code_fingerprint(code))
    return address, code


def expire_reset_mails(*, now: datetime) -> None:
    """Give up the mails whose code would be good no more, and delete what needs none."""
    delete_requests_without_address(now=now)
    PasswordReset.objects.filter(next_attempt_at__isnull=False, expires_at__lte=now).update(
        next_attempt_at=None, lease_id=None
    )


def delete_requests_without_address(*, now: datetime) -> None:
    """Delete requests for a username that has no address."""
    PasswordReset.objects.filter(user__isnull=True, asked_at__lte=now).delete()


def reset_password(*, code: str, password: str, address: str, now: datetime) -> User:
    """Set a new password by a mailed code, once; every sign-in of the user ends.

    A right code opens whatever others tried from the same address; wrong ones are counted.

    The second factor stays as it is: who reads the mail alone does not get in.

    :raises ResetInvalid: a code that can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``new_password``; the code stays good.
    :raises care.accounts.throttle.TooManyAttempts: a wrong code, after many from this address.
    """
    try:
        return _reset(code, password, now)
    except ResetInvalid:
        count_wrong_attempt(what="reset-code-from", address=address, limit=ACCOUNT_LIMIT, now=now)
        raise


def set_email(*, user: User, email: str) -> None:
    """Store the address to which a password reset goes; empty deletes it. Re-authenticate before.

    No address of a support person is stored, for nothing is ever sent to one. Without an address a
    patient's reminders go by mail no more.

    :raises backend.kit.errors.InvalidInput: naming ``email``.
    """
    if email and user.role == User.Role.SUPPORTER:
        raise InvalidInput.of("email", "not_kept", "No mail is sent to you, so none is kept.")
    address = email.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise InvalidInput.of("email", "not_an_email", "Must be an e-mail address.") from None
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(
            sealed_email=seal_email(user, address) if address else None
        )
        if not address and user.role == User.Role.PATIENT:
            Patient.objects.filter(pk=user.pk).update(reminder_mail=False)


def email_of(user: User) -> str:
    """Read a user's address; empty when they gave none."""
    if user.sealed_email is None:
        return ""
    return master_keys().open(user.sealed_email, bound_to=f"email|{user.pk}").decode()


def seal_email(user: User, email: str) -> bytes:
    """Encrypt a user's address for their own row."""
    return master_keys().seal(email.encode(), bound_to=f"email|{user.pk}")


def _reset(code: str, password: str, now: datetime) -> User:
    live = PasswordReset.objects.filter(
        fingerprint=_reset_code_fingerprint(code), used_at__isnull=True, expires_at__gt=now
    )
    row = live.select_related("user").first()
    user = row.user if row is not None else None
    if user is None or not user.is_active:
        raise ResetInvalid
    validate_password(
        password,
        username=str(user.username),
        field="new_password",
        has_second_factor=has_second_factor(user=user),
    )
    with transaction.atomic():
        if not claim(live, used_at=now):
            raise ResetInvalid
        PasswordReset.objects.filter(user_id=user.pk, used_at__isnull=True).update(
            used_at=now, next_attempt_at=None, lease_id=None
        )
        set_password(user=user, password=password, keeping=None, now=now)
    return user


def _reset_code_fingerprint(code: str) -> str:
    return fingerprint_code(code, purpose="password-reset")
