"""FCM over real HTTP: one post per message, one result each."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

from notifications import wording
from notifications.push.fcm import FirebaseGateway
from notifications.push.fcm_curl import CurlGateway
from notifications.push.gateway import (
    PushGateway,
    PushMessage,
    PushResult,
    SendOutcome,
    push_gateway,
)
from tests.proofs.fcm.responses import NAMED, Answer, refused
from tests.proofs.fcm.server import PROJECT, FakeFcm

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def fcm() -> Iterator[FakeFcm]:
    """Run the fake once for this file."""
    fake = FakeFcm().start()
    yield fake
    fake.stop()


Made = type[FirebaseGateway] | type[CurlGateway]


@pytest.fixture(scope="module", params=[FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def made(request: pytest.FixtureRequest) -> Made:
    """Go both ways: what holds for one holds for the other."""
    found: Made = request.param
    return found


@pytest.fixture(scope="module")
def real(fcm: FakeFcm, made: Made, tmp_path_factory: pytest.TempPathFactory) -> PushGateway:
    """Make the real gateway once, pointed to the fake."""
    file = fcm.write_credentials(tmp_path_factory.mktemp("fcm") / "fcm.json")
    with override_settings(FCM_BASE_URL=fcm.url, FCM_CREDENTIALS=str(file)):
        return made()


@pytest.fixture
def credentials(fcm: FakeFcm, settings: Settings, tmp_path: Path) -> str:
    """Name a service account and the fake in the settings, for a gateway that a test makes."""
    settings.FCM_BASE_URL = fcm.url
    settings.FCM_CREDENTIALS = str(fcm.write_credentials(tmp_path / "fcm.json"))
    return str(settings.FCM_CREDENTIALS)


@pytest.fixture
def gateway(fcm: FakeFcm, real: PushGateway) -> PushGateway:
    """Give the real gateway and a fake with an empty record."""
    fcm.script.clear()
    fcm.by_address.clear()
    fcm.posts.clear()
    fcm.accepted.clear()
    fcm.token_fault = 0
    return real


def message(address: str = "a-token", **changes: Any) -> PushMessage:
    found: dict[str, Any] = {
        "occurrence": uuid4(), "device": uuid4(), "provider": "fcm_token", "address": address,
        "platform": "ios", "kind": "checkin", "sentence": wording.CHECKIN_WAITING.en, "tag": "r-1",
        "minute": 510, "not_after": NOW + timedelta(minutes=60),
    }  # fmt: skip
    return PushMessage(**(found | changes))


def sent_by(gateway: PushGateway, *messages: PushMessage) -> list[PushResult]:
    return list(gateway.send(messages, now=NOW))


def test_a_message_reaches_fcm_with_one_tag_and_one_end(fcm: FakeFcm, gateway: PushGateway) -> None:
    sent = message()

    results = sent_by(gateway, sent)

    assert [(found.outcome, found.occurrence) for found in results] == [
        (SendOutcome.SENT, sent.occurrence)
    ]
    body = fcm.accepted[0]["message"]
    assert body["token"] == "a-token"
    assert body["data"] == {"id": str(sent.occurrence), "kind": "checkin"}
    assert body["notification"] == {"body": wording.CHECKIN_WAITING.en}
    assert body["android"]["ttl"] == "3600s"
    assert body["webpush"]["headers"]["TTL"] == "3600"
    assert body["apns"]["headers"]["apns-expiration"] == str(int(sent.not_after.timestamp()))
    tags = {
        body["android"]["notification"]["tag"],
        body["apns"]["headers"]["apns-collapse-id"],
        body["webpush"]["notification"]["tag"],
    }
    assert tags == {"r-1"}


def test_a_message_without_a_sentence_shows_nothing(fcm: FakeFcm, gateway: PushGateway) -> None:
    sent = message(kind=wording.REFRESH_CODE, sentence="", tag=wording.REFRESH_CODE)

    sent_by(gateway, sent)

    body = fcm.accepted[0]["message"]
    assert body == {
        "token": "a-token",
        "data": {"kind": "refresh"},
        "android": {"collapse_key": "refresh", "priority": "normal", "ttl": "3600s"},
        "apns": {
            "headers": {
                "apns-collapse-id": "refresh",
                "apns-expiration": str(int(sent.not_after.timestamp())),
                "apns-priority": "5",
                "apns-push-type": "background",
            },
            "payload": {"aps": {"content-available": 1}},
        },
        "webpush": {"headers": {"TTL": "3600", "Urgency": "low"}},
    }


def test_an_installation_id_is_addressed_as_one(fcm: FakeFcm, gateway: PushGateway) -> None:
    sent_by(gateway, message(provider="fcm_fid", address="an-installation"))

    assert fcm.accepted[0]["message"]["fid"] == "an-installation"
    assert "token" not in fcm.accepted[0]["message"]


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ("unregistered", SendOutcome.DEAD_ADDRESS, "unregistered"),
        ("sender_mismatch", SendOutcome.DEAD_ADDRESS, "sender_id_mismatch"),
        ("bad_token", SendOutcome.DEAD_ADDRESS, "invalid_address"),
        ("bad_payload", SendOutcome.REFUSED, "status_400"),
        ("quota", SendOutcome.BACK_OFF, "quota_exceeded"),
        ("third_party", SendOutcome.BACK_OFF, "third_party_auth"),
        ("unauthenticated", SendOutcome.NOT_SENT, "unauthenticated"),
        ("internal", SendOutcome.FAULTED, "status_500"),
        ("unavailable", SendOutcome.FAULTED, "status_503"),
        ("unavailable_after_accept", SendOutcome.FAULTED, "status_503"),
        ("drop", SendOutcome.AMBIGUOUS, "dropped"),
        ("accept_then_drop", SendOutcome.AMBIGUOUS, "dropped"),
        ("half_close", SendOutcome.AMBIGUOUS, "dropped"),
        ("accept_then_half_close", SendOutcome.AMBIGUOUS, "dropped"),
    ],
)
def test_every_answer_is_one_post_and_one_outcome(
    fcm: FakeFcm, gateway: PushGateway, answer: str, outcome: SendOutcome, code: str
) -> None:
    fcm.script.append(NAMED[answer])

    results = sent_by(gateway, message())

    assert [(found.outcome, found.code) for found in results] == [(outcome, code)]
    assert len(fcm.posts) == 1


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, None, SendOutcome.REFUSED),
        (400, "INVALID_ARGUMENT", SendOutcome.DEAD_ADDRESS),
        (403, None, SendOutcome.BACK_OFF),
        (404, None, SendOutcome.REFUSED),
        (429, None, SendOutcome.BACK_OFF),
    ],
)
def test_without_details_the_status_decides(
    fcm: FakeFcm, gateway: PushGateway, status: int, code: str | None, outcome: SendOutcome
) -> None:
    fcm.script.append(refused(status, code))

    assert [found.outcome for found in sent_by(gateway, message())] == [outcome]


def test_retry_after_is_told_and_not_waited_for(fcm: FakeFcm, gateway: PushGateway) -> None:
    fcm.script.append(NAMED["quota"])
    started = time.monotonic()

    result = sent_by(gateway, message())[0]

    assert (result.retry_after, result.throttle) == (30, "fcm")
    assert time.monotonic() - started < 5


def test_a_fault_of_apns_shuts_the_gate_of_ios_alone(fcm: FakeFcm, gateway: PushGateway) -> None:
    fcm.script.append(NAMED["third_party"])

    assert sent_by(gateway, message())[0].throttle == "fcm:ios"


def test_one_bad_message_holds_up_no_other(fcm: FakeFcm, gateway: PushGateway) -> None:
    fcm.by_address.update({"dead": NAMED["unregistered"], "gone": NAMED["drop"]})
    many = [message(f"t{number}") for number in range(40)]
    many[7:7] = [message("dead"), message("gone"), message("")]

    results = sent_by(gateway, *many)

    told = {found.occurrence: found.outcome for found in results}
    outcomes = [told[one.occurrence] for one in many]
    assert len(results) == 43
    assert outcomes.count(SendOutcome.SENT) == 40
    assert outcomes[7:10] == [SendOutcome.DEAD_ADDRESS, SendOutcome.AMBIGUOUS, SendOutcome.REFUSED]


def test_a_slow_answer_is_in_doubt_and_does_not_hang(
    fcm: FakeFcm, made: Made, credentials: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[made.__module__], "TIMEOUT_SECONDS", 1)
    hasty = made()
    fcm.posts.clear()
    fcm.script.append(Answer(accepts=True, slow_seconds=2.0))

    result = sent_by(hasty, message())[0]

    assert (result.outcome, result.code) == (SendOutcome.AMBIGUOUS, "timeout")
    assert len(fcm.posts) == 1


def test_no_connection_means_certainly_not_sent(
    made: Made, credentials: str, settings: Settings
) -> None:
    gone = FakeFcm().start()
    url = gone.url
    gone.stop()
    settings.FCM_BASE_URL = url
    lost = made()
    # It has its token from the server that answers; the way to FCM itself is cut.

    result = sent_by(lost, message())[0]

    assert (result.outcome, result.code) == (SendOutcome.NOT_SENT, "no_connection")


def test_a_token_that_cannot_be_had_sends_nothing_at_all(
    fcm: FakeFcm, gateway: PushGateway, made: Made, credentials: str
) -> None:
    fcm.token_fault = 400

    results = sent_by(made(), message(), message())

    assert {found.outcome for found in results} == {SendOutcome.NOT_SENT}
    assert fcm.posts == []


def test_a_refused_token_is_renewed_for_the_next_chunk(fcm: FakeFcm, gateway: PushGateway) -> None:
    sent_by(gateway, message())
    fcm.tokens.clear()

    refused_once = sent_by(gateway, message())[0]
    again = sent_by(gateway, message())[0]

    assert (refused_once.outcome, again.outcome) == (SendOutcome.NOT_SENT, SendOutcome.SENT)


def test_a_token_is_fetched_once_for_many(
    fcm: FakeFcm, gateway: PushGateway, made: Made, credentials: str
) -> None:
    fcm.tokens.clear()

    sent_by(made(), *(message() for _ in range(50)))

    assert len(fcm.tokens) == 1


def test_nothing_to_send_is_nothing_sent(gateway: PushGateway) -> None:
    assert sent_by(gateway) == []


def test_outside_the_demo_fcm_is_reached_by_tls_only(credentials: str, settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(ImproperlyConfigured):
        FirebaseGateway()


def test_without_a_service_account_it_refuses_to_start(settings: Settings) -> None:
    settings.FCM_CREDENTIALS = ""

    with pytest.raises(ImproperlyConfigured, match="BETWEEN_FCM_CREDENTIALS"):
        FirebaseGateway()


def test_the_setting_chooses_the_gateway(credentials: str, settings: Settings) -> None:
    names = []
    for name in (
        "inbox",
        "console",
        "fcm",
        "fcm_curl",
        "notifications.push.gateway.InboxGateway",
    ):
        settings.PUSH_GATEWAY = name
        names.append(push_gateway().name)

    assert names == ["inbox", "console", "fcm", "fcm", "inbox"]


def test_the_fake_refuses_what_fcm_would(fcm: FakeFcm, credentials: str) -> None:
    """A fake that takes everything proves nothing."""
    import requests

    sent_by(FirebaseGateway(), message())
    token = sorted(fcm.tokens)[-1]
    url = f"{fcm.url}/v1/projects/{PROJECT}/messages:send"
    signed = {"Authorization": f"Bearer {token}"}
    forged = {"Authorization": "Bearer no"}
    whole = {"message": {"token": "t"}}

    answers = [
        requests.post(url, json=whole, timeout=5).status_code,
        requests.post(url, json=whole, headers=forged, timeout=5).status_code,
        requests.post(url, json={"message": {}}, headers=signed, timeout=5).status_code,
        requests.post(
            url, json={"message": {"token": "t", "data": {"n": 1}}}, headers=signed, timeout=5
        ).status_code,
        requests.post(url, json=whole, headers=signed, timeout=5).status_code,
        requests.post(f"{fcm.url}/token", data={"assertion": "a.b.c"}, timeout=5).status_code,
    ]

    assert answers == [401, 401, 400, 400, 200, 400]
