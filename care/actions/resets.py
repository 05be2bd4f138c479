"""The way back after a forgotten password, by e-mail; nobody learns whether a name exists."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from backend.kit import actors
from backend.kit.cipher import master_keys
from backend.kit.rows import claim
from care.actions.attempts import ACCOUNT_LIMIT, ADDRESS_LIMIT, count_attempt
from care.actions.proving import set_password
from care.actions.signin import folded
from care.codes import new_code, printed
from care.models import PasswordReset, User
from care.passwords import refuse_weak
from care.queries.second_factor import has_second_factor

#: The code is good for half an hour after somebody asked for it.
LIFETIME = timedelta(minutes=30)
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=1)

#: Sends one mail: to whom, and the code. Anything it raises is tried again.
Mailer = Callable[[str, str], None]


class NoMailServer(OSError):
    """The mail server did not answer: whoever else waits for it need not try now."""


class ResetInvalid(Exception):
    """The code is unknown, used or over; which of these is not told."""


def sealed_email(user: User, email: str) -> bytes:
    """Encrypt a user's address for their own row."""
    return master_keys().seal(email.encode(), bound_to=f"email|{user.pk}")


def email_of(user: User) -> str:
    """Read a user's address; empty when they gave none."""
    if user.sealed_email is None:
        return ""
    return master_keys().open(user.sealed_email, bound_to=f"email|{user.pk}").decode()


def ask_for_reset(*, username: str, address: str, now: datetime) -> None:
    """Note that a user forgot their password; a mail follows if the name and an address exist.

    The code is made when the mail is sent and stands nowhere else. Asking again within the limits
    sends another mail; every code of the last half hour works, once one was used none does.

    :raises care.actions.attempts.TooManyAttempts: asked too often for this name or address.
    """
    name = folded(username)
    count_attempt(what="reset-from", whose=address, limit=ADDRESS_LIMIT, now=now)
    count_attempt(what="reset", whose=name, limit=ACCOUNT_LIMIT, now=now)
    user = User.objects.filter(username=name, is_active=True, sealed_email__isnull=False).first()
    if user is not None:
        PasswordReset.objects.create(
            user=user, asked_at=now, wake_at=now, expires_at=now + LIFETIME
        )


@actors.acting_as(actors.RESETS)
def send_waiting_resets(*, mailer: Mailer, now: datetime) -> int:
    """Send the mails that wait; return how many went out. Two workers never send one twice.

    A mail server that does not answer is asked again each minute while the code would be good;
    the others are not tried in this round.
    """
    sent = 0
    PasswordReset.objects.filter(wake_at__isnull=False, expires_at__lte=now).update(wake_at=None)
    waiting = PasswordReset.objects.filter(wake_at__lte=now).select_related("user")
    for row in waiting.order_by("wake_at", "id")[:100]:
        held = PasswordReset.objects.filter(pk=row.pk, wake_at=row.wake_at, attempts=row.attempts)
        code = new_code()
        if not claim(
            held, wake_at=now + RETRY_AFTER, attempts=row.attempts + 1, fingerprint=_printed(code)
        ):
            continue
        try:
            mailer(email_of(row.user), code)
        except NoMailServer:
            break
        except Exception:  # whatever the mail server does, the next round asks again
            if row.attempts + 1 >= MOST_ATTEMPTS:
                PasswordReset.objects.filter(pk=row.pk).update(wake_at=None)
            continue
        PasswordReset.objects.filter(pk=row.pk).update(wake_at=None)
        sent += 1
    return sent


@actors.acting_as(actors.RESETS)
def is_any_waiting(*, now: datetime) -> bool:
    """Tell whether a mail waits to be sent."""
    return PasswordReset.objects.filter(wake_at__lte=now).exists()


def reset_password(*, code: str, password: str, address: str, now: datetime) -> User:
    """Set a new password by a mailed code, once; every sign-in of the user ends.

    The second factor stays as it is: who reads the mail alone does not get in.

    :raises ResetInvalid: a code that can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``new_password``; the code stays good.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
    """
    count_attempt(what="reset-code-from", whose=address, limit=ACCOUNT_LIMIT, now=now)
    live = PasswordReset.objects.filter(
        fingerprint=_printed(code), used_at__isnull=True, expires_at__gt=now
    )
    row = live.select_related("user").first()
    if row is None or not row.user.is_active:
        raise ResetInvalid
    refuse_weak(
        password,
        username=str(row.user.username),
        field="new_password",
        has_second_factor=has_second_factor(user=row.user),
    )
    with transaction.atomic():
        if not claim(live, used_at=now):
            raise ResetInvalid
        PasswordReset.objects.filter(user_id=row.user_id, used_at__isnull=True).update(
            used_at=now, wake_at=None
        )
        set_password(user=row.user, password=password, keeping=None, now=now)
    return row.user


def _printed(code: str) -> str:
    return printed(code, purpose="password-reset")
