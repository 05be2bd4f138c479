"""Bearer tokens, and the authentication of requests by them.

Tokens are encoded and decoded by simplejwt; the row of the sign-in that a token names decides
whether it still holds.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from api.http.errors import Unauthenticated
from backend.kit.crypto import parse_key_ring
from backend.kit.db import rls_actor
from care.accounts.device_sessions import live_session
from care.models import DeviceSession, User

ISSUER = "between-sessions"
AUDIENCE = "between-sessions-api"


class KeyRingBackend(TokenBackend):
    """HS256 under a ring of keys: the first signs, and the token's ``kid`` says which verifies."""

    def __init__(self, ring: dict[str, bytes]) -> None:
        self.ring = {key_id: _key_text(key) for key_id, key in ring.items()}
        self.signing_id = next(iter(self.ring))
        super().__init__("HS256", self.ring[self.signing_id], audience=AUDIENCE, issuer=ISSUER)

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign with the first key of the ring, whose id becomes the ``kid``."""
        claims = {**payload, "aud": self.audience, "iss": self.issuer}
        key = self.ring[self.signing_id]
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": self.signing_id})

    def get_verifying_key(self, token: Any) -> Any:
        """Return the key that the token names.

        :raises TokenBackendError: for a token that can't be read or a key that is not in the ring.
        """
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Token is invalid") from error
        key = self.ring.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise TokenBackendError("Token is invalid")
        return key


def _key_text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@cache
def _key_ring(text: str) -> KeyRingBackend:
    return KeyRingBackend(parse_key_ring(text))


class _SignInToken(Token):
    def get_token_backend(self) -> TokenBackend:
        """Return the backend of the key ring in the settings."""
        return _key_ring(settings.TOKEN_KEYS)

    def session_id(self) -> UUID:
        """Return the id of the sign-in that the token belongs to.

        :raises TokenError: when it names none.
        """
        return _uuid(self.payload.get("sid"))

    def jti(self) -> UUID:
        """Return the token's own id.

        :raises TokenError: when it has none.
        """
        return _uuid(self.payload.get("jti"))

    def generation(self) -> int | None:
        """Return the number of the refresh that made the token; None in tokens without one."""
        generation_claim = self.payload.get("gen")
        return generation_claim if type(generation_claim) is int else None


class AccessToken(_SignInToken):
    """The five-minute token of a request."""

    token_type = "access"  # noqa: S105 (a name, not a secret)
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class RefreshToken(_SignInToken):
    """The token that is exchanged for the next pair."""

    token_type = "refresh"  # noqa: S105 (a name, not a secret)
    lifetime = settings.PATIENT_DEVICE_LIFETIME


@dataclass(frozen=True, slots=True)
class PairOut:
    """A fresh pair of tokens."""

    access: str
    refresh: str
    access_expires_at: datetime


def token_pair(session: DeviceSession, *, now: datetime) -> PairOut:
    """Return the access and refresh token of a sign-in.

    The refresh token is a function of the row alone, so that a lost answer can be given again.
    """
    access = AccessToken()
    access.set_iat(at_time=now)
    access.set_exp(from_time=now)
    access["sid"] = str(session.pk)
    refresh = RefreshToken()
    refresh.set_iat(at_time=session.rotated_at)
    refresh["exp"] = int(session.expires_at.timestamp())
    refresh["jti"] = str(session.current_jti)
    refresh["sid"] = str(session.pk)
    refresh["gen"] = session.generation
    return PairOut(
        access=str(access),
        refresh=str(refresh),
        access_expires_at=now + settings.ACCESS_TOKEN_LIFETIME,
    )


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise TokenError("Token has no id") from None


def sign_in_of_refresh_token(refresh: str) -> tuple[UUID, ...]:
    """Return the sign-in in a refresh token of ours, also an expired one, or an empty tuple.

    It authenticates nothing: it distinguishes a known device from an unknown one.
    """
    ring = _key_ring(settings.TOKEN_KEYS)
    try:
        claims = jwt.decode(
            refresh, ring.get_verifying_key(refresh), algorithms=[ring.algorithm],
            audience=ring.audience, issuer=ring.issuer, options={"verify_exp": False},
        )  # fmt: skip
        is_refresh = claims.get("token_type") == RefreshToken.token_type
        return (_uuid(claims.get("sid")),) if is_refresh else ()
    except (jwt.InvalidTokenError, TokenBackendError, TokenError, ValueError):
        return ()


class SignInAuthentication(JWTAuthentication):
    """Bearer tokens whose sign-in still holds at this moment; everything else is 401."""

    def authenticate(  # type: ignore[override] # our sign-in stands where the token would
        self, request: Request
    ) -> tuple[User, DeviceSession] | None:
        """Return the user and their sign-in; None without an Authorization header.

        :raises Unauthenticated: for a token that is forged, expired, or of an ended sign-in.
        """
        header = request.META.get("HTTP_AUTHORIZATION")
        if not header:
            return None
        scheme, _, raw = header.partition(" ")
        if scheme.lower() != "bearer" or not raw.strip():
            raise Unauthenticated(code="token_invalid", detail="Send a Bearer token.")
        try:
            session_id = AccessToken(raw.strip().encode("latin-1", "replace")).session_id()
        except TokenError:
            detail = "The access token is not valid any more. Refresh it."
            raise Unauthenticated(code="token_invalid", detail=detail) from None
        signed_in = live_session(session_id=session_id, now=timezone.now())
        if signed_in is None:
            detail = "This sign-in has ended. Sign in again."
            raise Unauthenticated(code="session_revoked", detail=detail)
        rls_actor.set_actor(rls_actor.user_actor(signed_in[0].role, signed_in[0].pk))
        return signed_in

    def authenticate_header(self, request: Request) -> str:
        """Return ``WWW-Authenticate``; with it DRF answers a missing token by 401, not 403."""
        return Unauthenticated.auth_header
