"""Passkeys on the pages (WebAuthn), which stand in for the code of an authenticator app (R8).

What a passkey signs is checked by fido2. A challenge waits in its user's signed session, counts for
five minutes, for one purpose and one user, and is answered once.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.rpid import verify_rp_id
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, enforce_limit
from backend.kit.text import NOT_ONE_LINE, is_blank, is_one_line
from care.accounts.second_factor import SITE_NAME, NoSecondFactor, has_second_factor
from care.accounts.throttle import ACCOUNT_LIMIT, TooManyAttempts, count_attempt, reset_attempts
from care.constants import MOST_PASSKEYS
from care.models import Passkey, User

LONGEST_PASSKEY_NAME = 60
#: Shorter than the window in which ``count_attempt`` knows that a challenge was answered.
CHALLENGE_LIFETIME = timedelta(minutes=5)
#: WebAuthn's own limit.
MOST_ID_BYTES = 1023
#: The position of the algorithm in a COSE key (RFC 9052, 7.1).
_COSE_ALGORITHM = 3
#: What fido2 raises where an answer is no answer: its parts are missing, broken or don't fit.
_MALFORMED = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError,
    struct.error,
)  # fmt: skip


class PasskeyRefused(Exception):
    """What the passkey signed does not open: another key, another challenge, or used before."""


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """A challenge: what the browser is given, and what its signed session keeps meanwhile."""

    options: dict[str, Any]
    state: dict[str, Any]


def has_passkey(*, user: User) -> bool:
    """Whether the user has a passkey."""
    return Passkey.objects.filter(user_id=user.pk).exists()


def passkeys_of(*, user: User) -> list[Passkey]:
    """List the user's passkeys, the oldest first."""
    return list(Passkey.objects.filter(user_id=user.pk).order_by("created_at", "id"))


def begin_passkey_registration(*, user: User, host: str, now: datetime) -> PasskeyChallenge:
    """Make the options with which a browser makes a new passkey for ``host``, such as "a.org:81".

    It is asked to know its owner by PIN or body where it can, and not to make one it made before.
    """
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(
            id=str(user.pk).encode(), name=user.get_username(), display_name=user.get_username()
        ),
        credentials=_descriptors(user),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _challenge(options, state, purpose="add", user=user, now=now)


def add_passkey(
    *,
    user: User,
    name: str,
    credential: Mapping[str, Any],
    state: Mapping[str, Any],
    host: str,
    now: datetime,
) -> None:
    """Store a passkey that the browser made for our challenge.

    :raises PasskeyRefused: it answers no challenge of ours, one that was answered before, or is
        somebody's already.
    :raises backend.kit.errors.InvalidInput: naming ``name``, or as many as one may have.
    :raises care.accounts.second_factor.NoSecondFactor: without an app for whose code it stands in.
    """
    name = name.strip()
    if is_blank(name) or len(name) > LONGEST_PASSKEY_NAME:
        raise InvalidInput.of("name", "bad_length", f"1 to {LONGEST_PASSKEY_NAME} characters.")
    if not is_one_line(name):
        raise InvalidInput.of("name", "invalid_characters", NOT_ONE_LINE)
    held = Passkey.objects.filter(user_id=user.pk).count()
    enforce_limit(held, most=MOST_PASSKEYS, what="passkeys; remove one first")
    _answer_once(state, purpose="add", user=user, now=now)
    if not has_second_factor(user=user):
        raise NoSecondFactor
    try:
        made = _server(host).register_complete(dict(state), dict(credential))
        new = _new_passkey(made, credential)
    except _MALFORMED:
        raise PasskeyRefused from None
    new.user_id, new.name, new.created_at = user.pk, name, now
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        raise PasskeyRefused from None


def remove_passkey(*, user: User, passkey_id: UUID) -> bool:
    """Delete one of the user's passkeys; return whether there was one of this id."""
    return bool(Passkey.objects.filter(user_id=user.pk, pk=passkey_id).delete()[0])


def begin_passkey_sign_in(*, user: User, host: str, now: datetime) -> PasskeyChallenge:
    """Make the challenge for the passkeys of a user whose password was right."""
    options, state = _server(host).authenticate_begin(
        credentials=_descriptors(user), user_verification=UserVerificationRequirement.PREFERRED
    )
    return _challenge(options, state, purpose="sign-in", user=user, now=now)


def verify_passkey(
    *,
    user: User,
    response: Mapping[str, Any],
    state: Mapping[str, Any],
    host: str,
    now: datetime,
    counted_as: str | None = None,
) -> None:
    """Check what a passkey signed, in place of a one-time code.

    At most 5 tries per account and 15 minutes, or per device that was in before (``counted_as``); a
    challenge is answered once, also under a race. The origin is ours to the port. A passkey that
    counts its signatures has signed more often than when it was last seen: a copy of it opens no
    more once the original went on, or the other way round.

    :raises PasskeyRefused: when it does not open.
    :raises care.accounts.throttle.TooManyAttempts: before anything is checked.
    """
    counter = counted_as or str(user.pk)
    count_attempt(what="otp", whose=counter, limit=ACCOUNT_LIMIT, now=now)
    _answer_once(state, purpose="sign-in", user=user, now=now)
    rows = {row.credential_id: row for row in passkeys_of(user=user)}
    try:
        credentials = [_credential(row) for row in rows.values()]
        opened = _server(host).authenticate_complete(dict(state), credentials, dict(response))
        signed = AuthenticationResponse.from_dict(response).response.authenticator_data
    except _MALFORMED:
        raise PasskeyRefused from None
    if not _take_signature(rows[websafe_encode(opened.credential_id)], signed, now):
        raise PasskeyRefused
    reset_attempts(what="otp", whose=counter)


def _take_signature(row: Passkey, signed: AuthenticatorData, now: datetime) -> bool:
    """Note that a passkey signed; False where it didn't know its owner or its count went back."""
    if row.verifies_user and not signed.is_user_verified():
        return False
    is_newer = Q(sign_count__lt=signed.counter) if signed.counter else Q(sign_count=0)
    unchanged = Passkey.objects.filter(is_newer, pk=row.pk)
    return bool(claim(unchanged, sign_count=signed.counter, last_used_at=now))


def _server(host: str) -> Fido2Server:
    """Return fido2's checks for the pages at this host: passkeys belong to it without its port."""
    name = urlsplit(f"//{host}").hostname or ""
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=name, name=SITE_NAME),
        verify_origin=lambda origin: (
            verify_rp_id(name, origin) and urlsplit(origin).netloc.lower() == host.lower()
        ),
    )


def _challenge(
    options: Mapping[str, Any], state: Mapping[str, Any], *, purpose: str, user: User, now: datetime
) -> PasskeyChallenge:
    kept = {
        "challenge": state["challenge"],
        "user_verification": str(state["user_verification"]),
        "purpose": purpose,
        "user": str(user.pk),
        "at": now.timestamp(),
    }
    return PasskeyChallenge(_to_json(options), kept)


def _answer_once(state: Mapping[str, Any], *, purpose: str, user: User, now: datetime) -> None:
    """Count a challenge as answered, which the owner of the session could otherwise bring back."""
    if (state.get("purpose"), state.get("user")) != (purpose, str(user.pk)):
        raise PasskeyRefused
    if now.timestamp() - state["at"] > CHALLENGE_LIFETIME.total_seconds():
        raise PasskeyRefused
    try:
        count_attempt(what="passkey-challenge", whose=str(state["challenge"]), limit=1, now=now)
    except TooManyAttempts:
        raise PasskeyRefused from None


def _new_passkey(made: AuthenticatorData, credential: Mapping[str, Any]) -> Passkey:
    data = made.credential_data
    if data is None or data.public_key.get(_COSE_ALGORITHM) not in CoseKey.supported_algorithms():
        raise ValueError("no key of a sort that we asked for")
    if len(data.credential_id) > MOST_ID_BYTES:
        raise ValueError("no id that WebAuthn allows")
    return Passkey(
        credential_id=websafe_encode(data.credential_id),
        public_key=websafe_encode(cbor.encode(data.public_key)),
        sign_count=made.counter,
        verifies_user=made.is_user_verified(),
        transports=[
            str(kind)
            for kind in AuthenticatorTransport
            if kind in credential["response"].get("transports", ())
        ],
    )


def _credential(row: Passkey) -> AttestedCredentialData:
    key: Any = cbor.decode(websafe_decode(row.public_key))
    return AttestedCredentialData.create(
        Aaguid.NONE, websafe_decode(row.credential_id), CoseKey.parse(key)
    )


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=websafe_decode(row.credential_id),
            transports=[AuthenticatorTransport(kind) for kind in row.transports] or None,
        )
        for row in passkeys_of(user=user)
    ]


def _to_json(data: Any) -> Any:
    """Turn the library's mappings into what JSON can hold."""
    if isinstance(data, Mapping):
        return {str(key): _to_json(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [_to_json(each) for each in data]
    return data if isinstance(data, bool | int | float) else str(data)
