"""A phone that was away needs nothing but the API to bring its journal home."""

import socket
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from journaling.models import Entry
from tests.api.journal.sync_client import DOOR, op, pull, statuses, sync
from tests.api.responses import API, problem
from tests.cast import PASSWORD, Cast

REFRESH = API + "auth/token/refresh"


def signed_in_with(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def sign_in() -> dict[str, Any]:
    told = APIClient().post(API + "auth/token", {"username": "maya", "password": PASSWORD})
    assert told.status_code == 200
    found: dict[str, Any] = told.json()
    return found


@pytest.mark.parametrize("days", [1, 8, 29])
def test_who_was_away_for_days_brings_everything_home_without_signing_in(
    cast: Cast, days: int
) -> None:
    refresh, left = sign_in()["refresh"], timezone.now()
    written = [op(at=left + timedelta(hours=6 * n)) for n in range(1, 5)]

    with time_machine.travel(left + timedelta(days=days, hours=2), tick=False):
        pair = APIClient().post(REFRESH, {"refresh": refresh}).json()
        again = APIClient().post(REFRESH, {"refresh": refresh}).json()  # the reply was lost
        told = sync(signed_in_with(again["access"]), *written)

    assert again["refresh"] == pair["refresh"]
    assert statuses(told) == ["created"] * 4
    kept = Entry.objects.order_by("seq").values_list("recall", "is_countable", "clock_suspect")
    assert set(kept) == {("momentary", True, False)}


def test_who_was_away_for_longer_signs_in_again_and_nothing_unsent_is_refused(cast: Cast) -> None:
    refresh, left = sign_in()["refresh"], timezone.now()
    written = op(at=left + timedelta(days=1), note="in the mountains")

    with time_machine.travel(left + timedelta(days=45), tick=False):
        problem(APIClient().post(REFRESH, {"refresh": refresh}), 401, "token_invalid")
        told = sync(signed_in_with(sign_in()["access"]), written)

    assert statuses(told) == ["created"]
    assert told["changes"][0]["note"] == "in the mountains"


def test_a_phone_that_was_revoked_neither_refreshes_nor_syncs(cast: Cast) -> None:
    lost, other = sign_in(), sign_in()
    client = signed_in_with(lost["access"])

    signed_in_with(other["access"]).delete(f"{API}auth/sessions/{lost['session_id']}")

    problem(client.post(DOOR, {"cursor": None, "ops": [op()]}), 401, "session_revoked")
    problem(APIClient().post(REFRESH, {"refresh": lost["refresh"]}), 401, "session_revoked")
    assert Entry.objects.count() == 0
    assert statuses(sync(signed_in_with(other["access"]), op())) == ["created"]


def test_what_speaks_of_something_that_is_not_here_yet_is_taken(cast: Cast) -> None:
    client, body = signed_in_with(sign_in()["access"]), op()
    kept = {name: body[name] for name in ("occurred_at", "recorded_at", "time_zone", "base_rev")}
    of_a_session = kept | {"id": str(uuid4()), "kind": "pre_session", "session": str(uuid4())}
    of_a_prompt = op(origin=f"prompt:{uuid4()}")

    told = sync(client, of_a_session, op(intensity=99), of_a_prompt)

    assert statuses(told) == ["created", "invalid", "created"]
    assert [change["id"] for change in told["changes"]] == [of_a_session["id"], of_a_prompt["id"]]


def test_an_exchange_reaches_for_nothing_but_its_database(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in_with(sign_in()["access"])
    written = [op(safety_check={"safe_now": False}), op(note="x")]
    connection.ensure_connection()

    def nowhere(_socket: socket.socket, address: Any) -> None:
        raise AssertionError(f"reached for {address}")

    with monkeypatch.context() as shut:
        shut.setattr(socket.socket, "connect", nowhere)
        told = sync(client, *written)
        again = sync(client, *written)
        pages = pull(client)

    assert statuses(told) == ["created", "created"]
    assert statuses(again) == ["unchanged", "unchanged"]
    assert told["support"]["level"] == again["support"]["level"] == 3
    assert [change["id"] for change in pages[0]] == [each["id"] for each in written]
