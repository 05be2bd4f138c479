"""POST auth/token exchanges a name and password for tokens."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.http.authentication import AccessToken
from care.models import DeviceSession, User
from tests.api.responses import API, faults, problem
from tests.cast import PASSWORD, Cast, signed_in

DOOR = API + "auth/token"


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "ada"])
def test_everybody_signs_in(cast: Cast, who: str) -> None:
    response = signed_in(None).post(
        DOOR, {"username": who, "password": PASSWORD, "device_name": "phone"}
    )

    told = response.json()
    assert response.status_code == 200
    assert told["user"]["username"] == who
    assert DeviceSession.objects.get().device_name == "phone"
    assert ("quiet_hours" in told["user"]) is (who == "maya")


@pytest.mark.parametrize(("name", "password"), [("maya", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_look_alike(cast: Cast, name: str, password: str) -> None:
    one = signed_in(None).post(DOOR, {"username": name, "password": password})

    told = problem(one, 401, "invalid_credentials")
    assert one.headers["WWW-Authenticate"].startswith("Bearer")
    assert told["detail"] == "Name or password is wrong."


def test_the_sixth_guess_is_told_to_wait(cast: Cast) -> None:
    client = signed_in(None)
    for _ in range(5):
        client.post(DOOR, {"username": "maya", "password": "wrong"})

    response = client.post(DOOR, {"username": "maya", "password": PASSWORD})

    problem(response, 429, "too_many")
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert DeviceSession.objects.count() == 0


def test_a_missing_field_is_named(cast: Cast) -> None:
    assert faults(signed_in(None).post(DOOR, {"username": "maya"})) == {"password": "required"}


def test_a_token_holds_no_name_and_no_role(cast: Cast) -> None:
    told = signed_in(None).post(DOOR, {"username": "maya", "password": PASSWORD}).json()

    claims = AccessToken(told["access"].encode()).payload
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sid", "aud", "iss"}


def test_tokens_of_a_disabled_user_are_dead_on_the_next_request(cast: Cast) -> None:
    client = signed_in(cast.maya)
    assert client.get(API + "me").status_code == 200
    User.objects.filter(pk=cast.maya.pk).update(is_active=False)

    problem(client.get(API + "me"), 401, "session_revoked")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b.c",
        "Basic bWF5YTp4",
        "Token x",
        "Bearer ü",
    ],
)
def test_garbage_for_a_token_is_401_with_a_challenge(cast: Cast, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    response = client.get(API + "me")

    problem(response, 401, "token_invalid")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_401_and_never_403(cast: Cast) -> None:
    row = DeviceSession.objects.create(
        user=cast.maya,
        current_jti="018f0000-0000-7000-8000-000000000000",
        rotated_at=timezone.now(),
        created_at=timezone.now(),
        last_used_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    old = AccessToken()
    old["sid"] = str(row.pk)
    old.set_exp(from_time=timezone.now() - timedelta(hours=1))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {old}")

    response = client.get(API + "entries")

    problem(response, 401, "token_invalid")
    assert "WWW-Authenticate" in response.headers
