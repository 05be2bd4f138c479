"""One-time codes of an authenticator app, and recovery codes for a day without it (SECURITY R8).

The arithmetic of the codes is pyotp's. Each code opens once, also when two use it at the same
moment: its time step, or the recovery code's row, is claimed by one conditional update.
"""

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import pyotp
from django.db import transaction
from django.utils.crypto import constant_time_compare

from backend.kit.crypto import fingerprint, master_keys
from backend.kit.db.claims import claim
from backend.kit.text import is_blank
from care.accounts.codes import normalize_code
from care.accounts.throttle import ACCOUNT_LIMIT, count_attempt, reset_attempts
from care.models import DeviceSession, Passkey, PendingTotp, RecoveryCode, TotpSecret, User

SITE_NAME = "Between Sessions"
#: RFC 6238: a code per 30 seconds; one step to either side forgives a clock and slow fingers.
STEP_SECONDS = 30
TOLERANCE = 1
RECOVERY_CODES = 10
#: 50 bits each, in two groups of five.
RECOVERY_BYTES, RECOVERY_LENGTH = 7, 10
_DIGITS = re.compile(r"\d{6}")


class OtpRequired(Exception):
    """The password was right; a one-time code is needed as well."""


class OtpInvalid(Exception):
    """The code is wrong, over, or was used before; which of these is not told."""


class NoPendingTotp(Exception):
    """No authenticator app was shown a secret that waits for its first code."""


class NoSecondFactor(Exception):
    """The user has no authenticator app; recovery codes would stand for nothing."""


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """What an authenticator app is shown, once."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


def has_second_factor(*, user: User) -> bool:
    """Whether the user has an authenticator app, so that each sign-in needs more than a password.

    A passkey is no factor by itself: it stands in for the app's code, beside the app.
    """
    return TotpSecret.objects.filter(user_id=user.pk).exists()


def begin_totp(*, user: User, now: datetime) -> TotpEnrolment:
    """Make a secret for an authenticator app; it counts only after its first code was given.

    Beginning again replaces a secret that still waits; an app enrolled before goes on until then.
    """
    secret = pyotp.random_base32()
    PendingTotp.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "sealed_secret": master_keys().seal(secret.encode(), bound_to=f"pending|{user.pk}"),
            "started_at": now,
        },
    )
    address = pyotp.TOTP(secret).provisioning_uri(name=user.get_username())
    return TotpEnrolment(secret, f"{address}&issuer={quote(SITE_NAME)}")


def confirm_totp(*, user: User, code: str, session_id: UUID, now: datetime) -> list[str]:
    """Check the first code of an authenticator app; return fresh recovery codes, shown once.

    From now on every sign-in needs a code. All other sign-ins end; this one has passed.

    :raises OtpInvalid: a wrong code; the secret still waits.
    :raises NoPendingTotp: there is no secret to confirm.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    count_attempt(what="otp", whose=str(session_id), limit=ACCOUNT_LIMIT, now=now)
    pending = PendingTotp.objects.filter(user_id=user.pk).first()
    if pending is None:
        raise NoPendingTotp
    secret = master_keys().open(pending.sealed_secret, bound_to=f"pending|{user.pk}").decode()
    step = _step_of(secret, normalize_code(code), now)
    if step is None:
        raise OtpInvalid
    with transaction.atomic():
        waiting = PendingTotp.objects.filter(
            user_id=user.pk, started_at=pending.started_at
        ).delete()
        if not waiting[0]:
            raise NoPendingTotp
        TotpSecret.objects.update_or_create(
            user_id=user.pk,
            defaults={
                "sealed_secret": master_keys().seal(secret.encode(), bound_to=f"totp|{user.pk}"),
                "last_step": step,
                "created_at": now,
            },
        )
        codes = _fresh_codes(user, now)
        other_sessions = DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True)
        other_sessions.exclude(pk=session_id).update(
            revoked_at=now, revoked_reason="second_factor_changed"
        )
        DeviceSession.objects.filter(pk=session_id).update(mfa_at=now, reauthenticated_at=now)
    reset_attempts(what="otp", whose=str(session_id))
    return codes


def verify_second_factor(
    *, user: User, code: str, now: datetime, counted_as: str | None = None
) -> datetime | None:
    """Check the code of a user with a second factor; return when it passed, None without one.

    At most 5 codes per account and 15 minutes are checked, exactly, also in parallel;
    ``counted_as`` names a device or a sign-in of theirs with a count of its own.

    :raises OtpRequired: the code was left out.
    :raises OtpInvalid: it is wrong, over, or was used before.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    if not has_second_factor(user=user):
        return None
    if is_blank(code):
        raise OtpRequired
    counter = counted_as or str(user.pk)
    count_attempt(what="otp", whose=counter, limit=ACCOUNT_LIMIT, now=now)
    if not _use_code(user, code, now):
        raise OtpInvalid
    reset_attempts(what="otp", whose=counter)
    return now


def renew_recovery_codes(*, user: User, now: datetime) -> list[str]:
    """Make ten fresh recovery codes, shown once; the earlier ones stop working.

    :raises NoSecondFactor: without an authenticator app.
    """
    if not has_second_factor(user=user):
        raise NoSecondFactor
    with transaction.atomic():
        return _fresh_codes(user, now)


def count_unused_recovery_codes(*, user: User) -> int:
    """Count the recovery codes that are left."""
    return RecoveryCode.objects.filter(user_id=user.pk, used_at__isnull=True).count()


def remove_second_factor(*, user: User, now: datetime) -> None:
    """Delete every factor and end every sign-in of a user who lost both phone and codes.

    For administrators and operators; the user enrols anew before they see a patient again.
    """
    with transaction.atomic():
        TotpSecret.objects.filter(user_id=user.pk).delete()
        Passkey.objects.filter(user_id=user.pk).delete()
        RecoveryCode.objects.filter(user_id=user.pk).delete()
        PendingTotp.objects.filter(user_id=user.pk).delete()
        DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(
            revoked_at=now, revoked_reason="second_factor_removed"
        )


def _use_code(user: User, code: str, now: datetime) -> bool:
    typed = normalize_code(code)
    if _DIGITS.fullmatch(typed):
        return _use_totp(user, typed, now)
    return _use_recovery(user, typed, now)


def _use_totp(user: User, code: str, now: datetime) -> bool:
    row = TotpSecret.objects.filter(user_id=user.pk).first()
    if row is None:
        return False
    secret = master_keys().open(row.sealed_secret, bound_to=f"totp|{user.pk}").decode()
    step = _step_of(secret, code, now)
    if step is None:
        return False
    # An app that replaced this one meanwhile was set up at another moment, and has other codes.
    same = TotpSecret.objects.filter(user_id=user.pk, created_at=row.created_at)
    return bool(claim(same.filter(last_step__lt=step), last_step=step))


def _use_recovery(user: User, code: str, now: datetime) -> bool:
    unused = RecoveryCode.objects.filter(
        user_id=user.pk, fingerprint=_recovery_fingerprint(user, code), used_at__isnull=True
    )
    return bool(claim(unused, used_at=now))


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Find the time step that a code belongs to, if it belongs to one near ``now``."""
    codes = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = codes.timecode(now)
    matching = None
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if constant_time_compare(code, codes.generate_otp(step)):
            matching = step
    return matching


def _fresh_codes(user: User, now: datetime) -> list[str]:
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()[:RECOVERY_LENGTH].lower()
        for _ in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.filter(user_id=user.pk).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user.pk, fingerprint=_recovery_fingerprint(user, code), made_at=now)
        for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _recovery_fingerprint(user: User, code: str) -> str:
    return fingerprint(f"{user.pk}|{normalize_code(code).lower()}", purpose="recovery-code")
