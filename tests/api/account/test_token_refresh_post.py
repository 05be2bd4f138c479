"""POST auth/token/refresh keeps a phone signed in, and notices a stolen token."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import DeviceSession
from tests.api.responses import API, faults, problem
from tests.cast import PASSWORD, Cast

DOOR = API + "auth/token/refresh"


def sign_in(name: str = "maya") -> dict[str, Any]:
    told: dict[str, Any] = (
        APIClient().post(API + "auth/token", {"username": name, "password": PASSWORD}).json()
    )
    return told


def refresh(token: str) -> Any:
    return APIClient().post(DOOR, {"refresh": token})


def test_the_next_pair_works(cast: Cast) -> None:
    told = refresh(sign_in()["refresh"]).json()

    assert set(told) == {"access", "refresh", "access_expires_at"}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")
    assert client.get(API + "me").status_code == 200


def test_a_lost_answer_is_given_again_with_the_same_successor(cast: Cast) -> None:
    first = sign_in()["refresh"]

    one, two = refresh(first).json(), refresh(first).json()

    assert one["refresh"] == two["refresh"]


def test_an_old_token_ends_the_sign_in(cast: Cast) -> None:
    first = sign_in()["refresh"]
    second = refresh(first).json()["refresh"]

    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=False):
        problem(refresh(first), 401, "token_reused")
        problem(refresh(second), 401, "session_revoked")


def test_a_phone_that_was_away_for_weeks_still_refreshes(cast: Cast) -> None:
    first = sign_in()["refresh"]

    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23), tick=False):
        assert refresh(first).status_code == 200


def test_after_signing_out_nothing_refreshes(cast: Cast) -> None:
    told = sign_in()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")
    client.post(API + "auth/logout")

    problem(refresh(told["refresh"]), 401, "session_revoked")


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "ü", "."])
def test_garbage_is_invalid(cast: Cast, token: str) -> None:
    problem(refresh(token), 401, "token_invalid")


def test_an_access_token_refreshes_nothing(cast: Cast) -> None:
    problem(refresh(sign_in()["access"]), 401, "token_invalid")


def test_a_refresh_token_opens_no_door(cast: Cast) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in()['refresh']}")

    problem(client.get(API + "me"), 401, "token_invalid")


def test_the_field_is_named_when_it_is_missing(cast: Cast) -> None:
    assert faults(APIClient().post(DOOR, {})) == {"refresh": "required"}
    assert DeviceSession.objects.count() == 0
