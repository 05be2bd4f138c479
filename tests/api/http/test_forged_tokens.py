"""Twenty forged access tokens, none of which opens a door (SECURITY R31)."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from api.http import authentication
from backend.kit.crypto import parse_key_ring
from care.accounts.device_sessions import start_device_session
from tests.api.responses import API
from tests.cast import Cast

KEY_ID, RAW = next(iter(parse_key_ring(settings.TOKEN_KEYS).items()))
KEY = base64.urlsafe_b64encode(RAW).decode()


def claims(sid: str, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    whole = {
        "token_type": "access",
        "sid": sid,
        "jti": uuid4().hex,
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "aud": authentication.AUDIENCE,
        "iss": authentication.ISSUER,
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def signed(sid: str, *, key: str = KEY, kid: str | None = KEY_ID, **changes: Any) -> str:
    headers = {"kid": kid} if kid is not None else {}
    return jwt.encode(claims(sid, **changes), key, algorithm="HS256", headers=headers)


def unsigned(sid: str, algorithm: str) -> str:
    def part(value: Any) -> str:
        return (
            base64.urlsafe_b64encode(json.dumps(value, default=str).encode()).decode().rstrip("=")
        )

    body = claims(sid) | {"iat": 0, "exp": 9_999_999_999}
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': KEY_ID})}.{part(body)}."


FORGERIES: dict[str, Callable[[str], str]] = {
    "another key": lambda sid: signed(sid, key="k" * 43),
    "an empty key": lambda sid: signed(sid, key="e" * 32),
    "an unknown kid": lambda sid: signed(sid, kid="x9"),
    "no kid": lambda sid: signed(sid, kid=None),
    "a kid that is a path": lambda sid: signed(sid, kid="../../dev/null"),
    "no signature, alg none": lambda sid: unsigned(sid, "none"),
    "no signature, alg None": lambda sid: unsigned(sid, "None"),
    "no signature, alg HS256": lambda sid: unsigned(sid, "HS256"),
    "another algorithm": lambda sid: jwt.encode(
        claims(sid), KEY * 2, algorithm="HS512", headers={"kid": KEY_ID}
    ),
    "another audience": lambda sid: signed(sid, aud="another-service"),
    "no audience": lambda sid: signed(sid, aud=None),
    "another issuer": lambda sid: signed(sid, iss="another-service"),
    "no issuer": lambda sid: signed(sid, iss=None),
    "a refresh token": lambda sid: signed(sid, token_type="refresh"),
    "no type": lambda sid: signed(sid, token_type=None),
    "expired": lambda sid: signed(sid, exp=datetime(2020, 1, 1, tzinfo=UTC)),
    "no expiry": lambda sid: signed(sid, exp=None),
    "a sign-in that is none": lambda _: signed(str(uuid4())),
    "a sign-in that is no id": lambda _: signed("1 OR 1=1"),
    "no sign-in": lambda _: signed(""),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(cast: Cast, forgery: str) -> None:
    session = start_device_session(user=cast.maya, device_name="", now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {FORGERIES[forgery](str(session.pk))}")

    response = client.get(API + "me")

    assert response.status_code == 401, forgery
    assert "WWW-Authenticate" in response.headers


def test_the_same_token_made_rightly_is_taken(cast: Cast) -> None:
    session = start_device_session(user=cast.maya, device_name="", now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed(str(session.pk))}")

    assert client.get(API + "me").status_code == 200


def test_a_token_under_an_older_key_of_the_ring_is_still_taken(cast: Cast, settings: Any) -> None:
    session = start_device_session(user=cast.maya, device_name="", now=timezone.now())
    older = signed(str(session.pk))
    fresh = base64.urlsafe_b64encode(b"f" * 32).decode()
    settings.TOKEN_KEYS = f"new:{fresh},{settings.TOKEN_KEYS}"
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {older}")

    assert client.get(API + "me").status_code == 200
    made = authentication.token_pair(session, now=timezone.now()).access
    assert jwt.get_unverified_header(made)["kid"] == "new"
