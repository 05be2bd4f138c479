"""JWTs by simplejwt: encoding and decoding only; whether a sign-in holds is asked of its row."""

import base64
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from backend.kit.cipher import parse_ring
from care.models import DeviceSession

ISSUER = "between-sessions"
AUDIENCE = "between-sessions-api"


class Ring(TokenBackend):
    """HS256 under a ring of keys: the first signs, and the token's ``kid`` says which verifies."""

    def __init__(self, ring: dict[str, bytes]) -> None:
        self.ring = {key_id: _text(key) for key_id, key in ring.items()}
        self.signing_id = next(iter(self.ring))
        super().__init__("HS256", self.ring[self.signing_id], audience=AUDIENCE, issuer=ISSUER)

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign with the first key of the ring, naming it."""
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        key = self.ring[self.signing_id]
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": self.signing_id})

    def get_verifying_key(self, token: Any) -> Any:
        """Find the key that the token names; an unknown one verifies nothing."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Token is invalid") from error
        key = self.ring.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise TokenBackendError("Token is invalid")
        return key


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@cache
def _ring_of(text: str) -> Ring:
    return Ring(parse_ring(text))


class _OurToken(Token):
    def get_token_backend(self) -> TokenBackend:
        """Use the ring that the settings name."""
        return _ring_of(settings.TOKEN_KEYS)

    def session_id(self) -> UUID:
        """Read which sign-in the token belongs to.

        :raises TokenError: when it names none.
        """
        return _uuid(self.payload.get("sid"))

    def jti(self) -> UUID:
        """Read the token's own id.

        :raises TokenError: when it has none.
        """
        return _uuid(self.payload.get("jti"))


class Access(_OurToken):
    """The five-minute token of a request."""

    token_type = "access"  # noqa: S105 (a name, not a secret)
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class Refresh(_OurToken):
    """The token that is exchanged for the next pair."""

    token_type = "refresh"  # noqa: S105 (a name, not a secret)
    lifetime = settings.PATIENT_DEVICE_LIFETIME


def pair(session: DeviceSession, *, now: datetime) -> dict[str, Any]:
    """Make the tokens of a sign-in as it stands.

    The refresh token is a function of the row alone, so that a lost answer can be given again.
    """
    access = Access()
    access.set_iat(at_time=now)
    access.set_exp(from_time=now)
    access["sid"] = str(session.pk)
    refresh = Refresh()
    refresh.set_iat(at_time=session.rotated_at)
    refresh["exp"] = int(session.expires_at.timestamp())
    refresh["jti"] = str(session.current_jti)
    refresh["sid"] = str(session.pk)
    return {
        "access": str(access),
        "refresh": str(refresh),
        "access_expires_at": now + settings.ACCESS_TOKEN_LIFETIME,
    }


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise TokenError("Token has no id") from None


def earlier_sign_in(refresh: str) -> tuple[UUID, ...]:
    """Read which sign-in a device had, from a refresh token of ours that may be over; or none.

    It opens nothing: it tells a device that was in before from a stranger's.
    """
    ring = _ring_of(settings.TOKEN_KEYS)
    try:
        claims = jwt.decode(
            refresh, ring.get_verifying_key(refresh), algorithms=[ring.algorithm],
            audience=ring.audience, issuer=ring.issuer, options={"verify_exp": False},
        )  # fmt: skip
        is_refresh = claims.get("token_type") == Refresh.token_type
        return (_uuid(claims.get("sid")),) if is_refresh else ()
    except (jwt.InvalidTokenError, TokenBackendError, TokenError, ValueError):
        return ()
