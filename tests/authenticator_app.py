"""An authenticator app for tests: it knows a secret and tells the code of an instant."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
from django.utils import timezone

from care.accounts import second_factor
from care.accounts.second_factor import STEP_SECONDS
from care.models import User


def code_at(secret: str, at: datetime | None = None) -> str:
    """Tell what the app shows at that instant."""
    return pyotp.TOTP(secret).at(at or timezone.now())


def wrong_code(secret: str) -> str:
    """Make six digits that are the code of no near step."""
    now = timezone.now()
    near = {code_at(secret, now + timedelta(seconds=STEP_SECONDS * n)) for n in range(-2, 3)}
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in near)


def enrolled(user: User, *, at: datetime) -> tuple[str, list[str]]:
    """Enrol an app some time ago; return its secret and the recovery codes."""
    made = second_factor.begin_totp(user=user, now=at)
    codes = second_factor.confirm_totp(
        user=user, code=code_at(made.secret, at), session_id=user.pk, now=at
    )
    return made.secret, codes


def secret_of(told: dict[str, Any]) -> str:
    """Read the secret as an app reads the QR code."""
    return str(parse_qs(urlsplit(told["otpauth_url"]).query)["secret"][0])
