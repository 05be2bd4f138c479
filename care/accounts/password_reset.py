"""Reset a forgotten password by e-mail, and keep the address that it goes to.

Nobody learns whether a username exists.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kit.crypto import master_keys
from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput
from backend.kit.text import fold_name
from care.accounts.codes import fingerprint_code, generate_code
from care.accounts.passwords import set_password, validate_password
from care.accounts.second_factor import has_second_factor
from care.accounts.throttle import ACCOUNT_LIMIT, count_attempt, count_wrong_attempt
from care.models import PasswordReset, User

#: The code is good for half an hour after somebody asked for it.
RESET_LIFETIME = timedelta(minutes=30)
MOST_MAIL_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)
#: Sends one mail: to whom, and the code. Anything it raises is tried again.
ResetMailer = Callable[[str, str], None]


class MailServerUnavailable(OSError):
    """The mail server did not answer: no other mail is tried in this round."""


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


@rls_actor.acting_as(rls_actor.RESETS_ACTOR)
def send_reset_mails(*, mailer: ResetMailer, now: datetime) -> int:
    """Send the mails that wait; return how many went out. Two workers never send one twice.

    A mail server that does not answer is asked again each minute while the code would be good;
    the others are not tried in this round.
    """
    sent = 0
    delete_requests_without_address(now=now)
    PasswordReset.objects.filter(next_attempt_at__isnull=False, expires_at__lte=now).update(
        next_attempt_at=None
    )
    waiting = PasswordReset.objects.filter(next_attempt_at__lte=now).select_related("user")
    for row in waiting.order_by("next_attempt_at", "id")[:100]:
        unclaimed = PasswordReset.objects.filter(
            pk=row.pk, next_attempt_at=row.next_attempt_at, attempts=row.attempts
        )
        code = generate_code()
        if row.user is None or not claim(
            unclaimed,
            next_attempt_at=now + RETRY_AFTER,
            attempts=row.attempts + 1,
            fingerprint=_reset_code_fingerprint(code),
        ):
            continue
        try:
            mailer(email_of(row.user), code)
        except MailServerUnavailable:
            break
        except Exception:  # whatever the mail server does, the next round asks again
            if row.attempts + 1 >= MOST_MAIL_ATTEMPTS:
                PasswordReset.objects.filter(pk=row.pk).update(next_attempt_at=None)
            continue
        PasswordReset.objects.filter(pk=row.pk).update(next_attempt_at=None)
        sent += 1
    return sent


@rls_actor.acting_as(rls_actor.RESETS_ACTOR)
def has_unsent_reset_mail(*, now: datetime) -> bool:
    """Whether a mail waits to be sent."""
    return PasswordReset.objects.filter(next_attempt_at__lte=now).exists()


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

    No address of a support person is stored, for nothing is ever sent to one.

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
    User.objects.filter(pk=user.pk).update(
        sealed_email=seal_email(user, address) if address else None
    )


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
            used_at=now, next_attempt_at=None
        )
        set_password(user=user, password=password, keeping=None, now=now)
    return user


def _reset_code_fingerprint(code: str) -> str:
    return fingerprint_code(code, purpose="password-reset")
