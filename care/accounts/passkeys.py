"""Passkeys on the pages, by django-allauth's WebAuthn; their challenge waits in the signed cookie.

allauth finds the request, and in it the cookie, through the middleware that it asks for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError

from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.text import NOT_ONE_LINE, is_blank, is_one_line
from care.accounts.throttle import ACCOUNT_LIMIT, TooManyAttempts, count_attempt, reset_attempts
from care.constants import MOST_PASSKEYS
from care.models import User

LONGEST_PASSKEY_NAME = 60


class PasskeyRefused(Exception):
    """What the passkey signed does not open: another key, another challenge, or used before."""


def has_passkey(*, user: User) -> bool:
    """Whether the user has a passkey."""
    return bool(_passkeys_of(user).exists())


def passkeys_of(*, user: User) -> list[dict[str, Any]]:
    """List the user's passkeys, the oldest first."""
    return [
        {"id": row.pk, "name": row.data["name"], "created_at": row.created_at,
         "last_used_at": row.last_used_at}
        for row in _passkeys_of(user).order_by("created_at", "pk")
    ]  # fmt: skip


def begin_passkey_registration(*, user: User) -> dict[str, Any]:
    """Make the options with which a browser makes a new passkey."""
    options: dict[str, Any] = _to_json(webauthn.begin_registration(user, False))  # noqa: FBT003 (allauth's signature)
    return options


def add_passkey(*, user: User, name: str, credential: Mapping[str, Any], now: datetime) -> None:
    """Store a passkey that the browser made for our challenge.

    :raises PasskeyRefused: it answers no challenge of ours, or one that was answered before.
    :raises backend.kit.errors.InvalidInput: naming ``name``, or as many as one may have.
    """
    name = name.strip()
    if is_blank(name) or len(name) > LONGEST_PASSKEY_NAME:
        raise InvalidInput.of("name", "bad_length", f"1 to {LONGEST_PASSKEY_NAME} characters.")
    if not is_one_line(name):
        raise InvalidInput.of("name", "invalid_characters", NOT_ONE_LINE)
    enforce_limit(_passkeys_of(user).count(), most=MOST_PASSKEYS, what="passkeys; remove one first")
    _answer_once(now)
    try:
        webauthn.complete_registration(dict(credential))
    except (ValidationError, ValueError, TypeError, KeyError):
        raise PasskeyRefused from None
    webauthn.WebAuthn.add(user, name, dict(credential))


def remove_passkey(*, user: User, passkey_id: int) -> bool:
    """Delete one of the user's passkeys; return whether there was one of this id."""
    return bool(_passkeys_of(user).filter(pk=passkey_id).delete()[0])


def begin_passkey_sign_in(*, user: User) -> dict[str, Any]:
    """Make the challenge for the passkeys of a user whose password was right."""
    options: dict[str, Any] = _to_json(webauthn.begin_authentication(user))
    return options


def verify_passkey(
    *, user: User, response: Mapping[str, Any], now: datetime, counted_as: str | None = None
) -> None:
    """Check what a passkey signed, in place of a one-time code.

    At most 5 tries per account and 15 minutes, or per device that was in before (``counted_as``); a
    challenge is answered once, also under a race.

    :raises PasskeyRefused: when it does not open.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    counter = counted_as or str(user.pk)
    count_attempt(what="otp", whose=counter, limit=ACCOUNT_LIMIT, now=now)
    _answer_once(now)
    try:
        row = webauthn.complete_authentication(user, dict(response))
    except (ValidationError, ValueError, TypeError, KeyError):
        raise PasskeyRefused from None
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=now)
    reset_attempts(what="otp", whose=counter)


def _passkeys_of(user: User) -> Any:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)


def _answer_once(now: datetime) -> None:
    """Count the challenge of the cookie, which its owner could otherwise bring back."""
    state = webauthn.get_state()
    if not state:
        raise PasskeyRefused
    try:
        count_attempt(what="passkey-challenge", whose=str(state["challenge"]), limit=1, now=now)
    except TooManyAttempts:
        raise PasskeyRefused from None


def _to_json(data: Any) -> Any:
    """Turn the library's mappings into what JSON can hold."""
    if isinstance(data, Mapping):
        return {str(key): _to_json(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [_to_json(each) for each in data]
    return data if isinstance(data, bool | int | float) else str(data)
