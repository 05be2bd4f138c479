"""The second factor: one-time codes of an authenticator app, and recovery codes (SECURITY R8).

The arithmetic of the codes is django-allauth's. Each code opens once, also when two use it at the
same moment: its time step, or the recovery code's row, is claimed by one conditional update.
"""

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import IntegrityError, transaction

from backend.kit.cipher import fingerprint, master_keys
from backend.kit.rows import claim
from care.actions.attempts import ACCOUNT_LIMIT, count_attempt, forget_attempts
from care.models import CodeUse, DeviceSession, PendingFactor, RecoveryCode, User
from care.queries.second_factor import has_second_factor

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


class NothingPending(Exception):
    """No authenticator app was shown a secret that waits for its first code."""


class NoSecondFactor(Exception):
    """The user has no authenticator app; recovery codes would stand for nothing."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is shown, once."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


def begin_totp(*, user: User, now: datetime) -> Enrolment:
    """Make a secret for an authenticator app; it counts only after its first code was given.

    Beginning again replaces a secret that still waits; an app enrolled before goes on until then.
    """
    secret = generate_totp_secret()
    PendingFactor.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "sealed_secret": master_keys().seal(secret.encode(), bound_to=f"pending|{user.pk}"),
            "started_at": now,
        },
    )
    return Enrolment(secret, get_adapter().build_totp_url(user, secret))


def confirm_totp(*, user: User, code: str, session_id: UUID, now: datetime) -> list[str]:
    """Take the first code of an authenticator app; return fresh recovery codes, shown once.

    From now on every sign-in needs a code. All other sign-ins end; this one has passed.

    :raises OtpInvalid: a wrong code; the secret still waits.
    :raises NothingPending: there is no secret to confirm.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
    """
    count_attempt(what="otp", whose=str(session_id), limit=ACCOUNT_LIMIT, now=now)
    pending = PendingFactor.objects.filter(user_id=user.pk).first()
    if pending is None:
        raise NothingPending
    secret = master_keys().open(pending.sealed_secret, bound_to=f"pending|{user.pk}").decode()
    step = _step_of(secret, code, now)
    if step is None:
        raise OtpInvalid
    with transaction.atomic():
        waiting = PendingFactor.objects.filter(
            user_id=user.pk, started_at=pending.started_at
        ).delete()
        if not waiting[0]:
            raise NothingPending
        Authenticator.objects.update_or_create(
            user_id=user.pk,
            type=Authenticator.Type.TOTP,
            defaults={"data": {"secret": get_adapter().encrypt(secret)}, "created_at": now},
        )
        CodeUse.objects.update_or_create(user_id=user.pk, defaults={"last_step": step})
        codes = _fresh_codes(user, now)
        others = DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True)
        others.exclude(pk=session_id).update(revoked_at=now, revoked_reason="second_factor_changed")
        DeviceSession.objects.filter(pk=session_id).update(mfa_at=now, proved_at=now)
    forget_attempts(what="otp", whose=str(session_id))
    return codes


def renew_recovery_codes(*, user: User, now: datetime) -> list[str]:
    """Make ten fresh recovery codes, shown once; the earlier ones stop working.

    :raises NoSecondFactor: without an authenticator app.
    """
    if not has_second_factor(user=user):
        raise NoSecondFactor
    with transaction.atomic():
        return _fresh_codes(user, now)


def pass_second_factor(
    *, user: User, code: str, now: datetime, counted_as: str | None = None
) -> datetime | None:
    """Ask for the code of a user who has enrolled one; return when it was passed, None without.

    At most 5 codes per account and 15 minutes are checked, exactly, also in parallel;
    ``counted_as`` names a device or a sign-in of theirs with a count of its own.

    :raises OtpRequired: the code was left out.
    :raises OtpInvalid: it is wrong, over, or was used before.
    :raises care.actions.attempts.TooManyAttempts: before anything is checked.
    """
    if not has_second_factor(user=user):
        return None
    if not code.strip():
        raise OtpRequired
    whose = counted_as or str(user.pk)
    count_attempt(what="otp", whose=whose, limit=ACCOUNT_LIMIT, now=now)
    if not _use(user, code, now):
        raise OtpInvalid
    forget_attempts(what="otp", whose=whose)
    return now


def remove_second_factor(*, user: User, now: datetime) -> None:
    """Take every factor and sign-in of a user away, for staff who lost both phone and codes.

    For administrators and operators; the user enrols anew before they see a patient again.
    """
    with transaction.atomic():
        Authenticator.objects.filter(user_id=user.pk).delete()
        RecoveryCode.objects.filter(user_id=user.pk).delete()
        PendingFactor.objects.filter(user_id=user.pk).delete()
        DeviceSession.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(
            revoked_at=now, revoked_reason="second_factor_removed"
        )


def _use(user: User, code: str, now: datetime) -> bool:
    plain = code.replace(" ", "")
    return (
        _use_totp(user, plain, now) if _DIGITS.fullmatch(plain) else _use_recovery(user, code, now)
    )


def _use_totp(user: User, code: str, now: datetime) -> bool:
    row = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
    if row is None:
        return False
    step = _step_of(get_adapter().decrypt(row.data["secret"]), code, now)
    if step is None:
        return False
    try:
        with transaction.atomic():
            CodeUse.objects.create(user_id=user.pk, last_step=step)
    except IntegrityError:
        return bool(
            claim(CodeUse.objects.filter(user_id=user.pk, last_step__lt=step), last_step=step)
        )
    return True


def _use_recovery(user: User, code: str, now: datetime) -> bool:
    unused = RecoveryCode.objects.filter(
        user_id=user.pk, fingerprint=_recovery_fingerprint(user, code), used_at__isnull=True
    )
    return bool(claim(unused, used_at=now))


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Find the time step that a code belongs to, if it belongs to one near ``now``."""
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            found = step
    return found


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
    plain = re.sub(r"[\s-]", "", code).lower()
    return fingerprint(f"{user.pk}|{plain}", purpose="recovery-code")
