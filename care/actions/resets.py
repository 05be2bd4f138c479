"""The way back after a forgotten password, by e-mail; nobody learns whether a name exists."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from backend.kit import actors
from backend.kit.cipher import master_keys
from backend.kit.rows import claim
from backend.kit.text import folded
from care.actions.attempts import ACCOUNT_LIMIT, count_attempt, count_wrong_from
from care.actions.proving import set_password
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


def ask_for_reset(*, username: str, now: datetime) -> None:
    """Note that a user forgot their password; a mail follows if the name and an address exist.

    One row is written whoever it is, so that nobody learns from the time it takes; one that is for
    nobody goes when mails are sent. The code is made then and stands nowhere else. Asking again
    within the limits sends another mail; every code of the last half hour works, once one was used
    none does.

    :raises care.actions.attempts.TooManyAttempts: asked too often for this name.
    """
    name = folded(username)
    count_attempt(what="reset", whose=name, limit=ACCOUNT_LIMIT, now=now)
    user = User.objects.filter(username=name, is_active=True, sealed_email__isnull=False).first()
    PasswordReset.objects.create(
        user=user, asked_at=now, wake_at=now if user else None, expires_at=now + LIFETIME
    )


def forget_askings_of_nobody(*, now: datetime) -> None:
    """Delete what was written when somebody asked for a name that has no address."""
    PasswordReset.objects.filter(user__isnull=True, asked_at__lte=now).delete()


@actors.acting_as(actors.RESETS)
def send_waiting_resets(*, mailer: Mailer, now: datetime) -> int:
    """Send the mails that wait; return how many went out. Two workers never send one twice.

    A mail server that does not answer is asked again each minute while the code would be good;
    the others are not tried in this round.
    """
    sent = 0
    forget_askings_of_nobody(now=now)
    PasswordReset.objects.filter(wake_at__isnull=False, expires_at__lte=now).update(wake_at=None)
    waiting = PasswordReset.objects.filter(wake_at__lte=now).select_related("user")
    for row in waiting.order_by("wake_at", "id")[:100]:
        held = PasswordReset.objects.filter(pk=row.pk, wake_at=row.wake_at, attempts=row.attempts)
        code = new_code()
        if row.user is None or not claim(
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
    """Whether a mail waits to be sent."""
    return PasswordReset.objects.filter(wake_at__lte=now).exists()


def reset_password(*, code: str, password: str, address: str, now: datetime) -> User:
    """Set a new password by a mailed code, once; every sign-in of the user ends.

    A right code opens whatever others tried from the same address; wrong ones are counted.

    The second factor stays as it is: who reads the mail alone does not get in.

    :raises ResetInvalid: a code that can't be used.
    :raises backend.kit.errors.InvalidInput: naming ``new_password``; the code stays good.
    :raises care.actions.attempts.TooManyAttempts: a wrong code, after many from this address.
    """
    try:
        return _reset(code, password, now)
    except ResetInvalid:
        count_wrong_from(what="reset-code-from", address=address, limit=ACCOUNT_LIMIT, now=now)
        raise


def _reset(code: str, password: str, now: datetime) -> User:
    live = PasswordReset.objects.filter(
        fingerprint=_printed(code), used_at__isnull=True, expires_at__gt=now
    )
    row = live.select_related("user").first()
    user = row.user if row is not None else None
    if user is None or not user.is_active:
        raise ResetInvalid
    refuse_weak(
        password,
        username=str(user.username),
        field="new_password",
        has_second_factor=has_second_factor(user=user),
    )
    with transaction.atomic():
        if not claim(live, used_at=now):
            raise ResetInvalid
        PasswordReset.objects.filter(user_id=user.pk, used_at__isnull=True).update(
            used_at=now, wake_at=None
        )
        set_password(user=user, password=password, keeping=None, now=now)
    return user


def _printed(code: str) -> str:
    return printed(code, purpose="password-reset")
