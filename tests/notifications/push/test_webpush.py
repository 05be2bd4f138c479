"""Web Push over real HTTP: encrypted for one browser, signed, one post and one result each."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from backend.kit.web_push import decode_base64url, encrypt
from notifications import wording
from notifications.push.gateway import PushMessage, PushResult, SendOutcome, push_service_of
from notifications.push.webpush import WebPushGateway
from notifications.push.webpush_messages import (
    Subscription,
    offered_public_key,
    public_key_text,
)
from tests.proofs.webpush.server import Answer, Browser, FakePushService

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def subscriber(push_service: FakePushService) -> Browser:
    """Subscribe with the key that is offered now."""
    return push_service.subscribe(offered_public_key())


@pytest.fixture
def gateway(settings: Settings) -> WebPushGateway:
    """Make the real gateway, whose messages open the client at an address of the clinic's."""
    settings.PUBLIC_URL = "https://clinic.example"
    return WebPushGateway()


def message(browser: Browser, *, key_id: str = "v2", **changes: Any) -> PushMessage:
    subscription = Subscription(browser.keys["p256dh"], browser.keys["auth"], key_id)
    made: dict[str, Any] = {
        "occurrence": uuid4(), "device": uuid4(), "provider": "webpush",
        "address": browser.endpoint, "platform": "web", "kind": "checkin",
        "sentence": wording.CHECKIN_WAITING.en, "tag": "r-1", "minute": 510,
        "not_after": NOW + timedelta(minutes=60), "subscription": subscription.to_text(),
    }  # fmt: skip
    return PushMessage(**(made | changes))


def sent_by(gateway: WebPushGateway, *messages: PushMessage) -> list[PushResult]:
    return list(gateway.send(messages, now=NOW))


def test_encryption_equals_the_worked_example_of_rfc_8291() -> None:
    """Section 5 of the RFC: the same keys and salt give the same bytes."""
    sender = ec.derive_private_key(
        int.from_bytes(decode_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")),
        ec.SECP256R1(),
    )
    p256dh = (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )

    sealed = encrypt(
        b"When I grow up, I want to be a watermelon",
        p256dh=p256dh,
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        salt=decode_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
        sender=sender,
    )

    assert sealed == decode_base64url(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
        "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_browser_reads_the_neutral_sentence_and_where_it_leads(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway
) -> None:
    sent = message(subscriber)

    results = sent_by(gateway, sent)

    assert [(result.outcome, result.occurrence, result.device) for result in results] == [
        (SendOutcome.SENT, sent.occurrence, sent.device)
    ]
    (received,) = subscriber.received
    assert received.body == {
        "web_push": 8030,
        "notification": {
            "title": wording.CHECKIN_WAITING.en,
            "navigate": f"https://clinic.example/app/?o={sent.occurrence}&p=checkin",
            "tag": "r-1",
            "data": {"id": str(sent.occurrence), "kind": "checkin"},
        },
    }
    assert (received.ttl, received.urgency) == (3600, "high")


def test_one_tag_is_one_topic_and_says_nothing(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway
) -> None:
    sent_by(gateway, message(subscriber), message(subscriber), message(subscriber, tag="r-2"))

    topics = [received.topic for received in subscriber.received]
    assert len(topics) == 3
    assert len(set(topics)) == 2
    assert not any("r-" in topic for topic in topics)


def test_a_header_is_signed_once_for_many_messages(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway
) -> None:
    sent_by(gateway, *(message(subscriber) for _ in range(20)))

    assert len(subscriber.received) == 20
    assert len(push_service.tokens) == 1


def test_a_subscription_with_the_older_key_is_signed_with_it(
    push_service: FakePushService, gateway: WebPushGateway
) -> None:
    older = push_service.subscribe(public_key_text("v1"))

    (result,) = sent_by(gateway, message(older, key_id="v1"))

    assert result.outcome is SendOutcome.SENT
    assert len(older.received) == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "code", "retry_after"),
    [
        (Answer(404), SendOutcome.DEAD_ADDRESS, "not_found", None),
        (Answer(410), SendOutcome.DEAD_ADDRESS, "gone", None),
        (Answer(413), SendOutcome.REFUSED, "too_large", None),
        (Answer(400), SendOutcome.REFUSED, "status_400", None),
        (Answer(401), SendOutcome.FAULTED, "vapid_refused", None),
        (Answer(403), SendOutcome.FAULTED, "vapid_refused", None),
        (Answer(408), SendOutcome.AMBIGUOUS, "status_408", None),
        (Answer(429, {"Retry-After": "90"}), SendOutcome.BACK_OFF, "quota_exceeded", 90),
        (Answer(429), SendOutcome.BACK_OFF, "quota_exceeded", 60),
        (Answer(500), SendOutcome.FAULTED, "status_500", None),
        (Answer(503, {"Retry-After": "20"}), SendOutcome.FAULTED, "status_503", 20),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}), SendOutcome.REFUSED, "status_302", None),
        (Answer(drops=True), SendOutcome.AMBIGUOUS, "dropped", None),
        (Answer(accepts=True, drops=True), SendOutcome.AMBIGUOUS, "dropped", None),
    ],
)
def test_each_answer_has_its_meaning_and_is_posted_once(
    push_service: FakePushService,
    subscriber: Browser,
    gateway: WebPushGateway,
    answer: Answer,
    outcome: SendOutcome,
    code: str,
    retry_after: int | None,
) -> None:
    push_service.script.append(answer)

    (result,) = sent_by(gateway, message(subscriber))

    assert (result.outcome, result.code, result.retry_after) == (outcome, code, retry_after)
    assert len(push_service.statuses) == 1


def test_a_slow_answer_is_ambiguous(
    push_service: FakePushService,
    subscriber: Browser,
    gateway: WebPushGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[WebPushGateway.__module__], "TIMEOUT_SECONDS", 0.3)
    push_service.script.append(Answer(accepts=True, slow_seconds=1.0))

    (result,) = sent_by(gateway, message(subscriber))

    assert (result.outcome, result.code) == (SendOutcome.AMBIGUOUS, "timeout")


def test_a_push_service_that_is_not_there_was_sent_nothing(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway
) -> None:
    push_service.stop()

    (result,) = sent_by(gateway, message(subscriber))

    assert (result.outcome, result.code) == (SendOutcome.NOT_SENT, "no_connection")


def test_what_one_push_service_refuses_holds_back_no_other(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway, settings: Settings
) -> None:
    other = FakePushService().start()
    settings.PUSH_SERVICES = [push_service.url, other.url]
    elsewhere = other.subscribe(offered_public_key())
    push_service.by_path[subscriber.path] = Answer(429, {"Retry-After": "30"})

    results = sent_by(gateway, message(subscriber), *(message(elsewhere) for _ in range(5)))

    other.stop()
    assert sum(result.outcome is SendOutcome.SENT for result in results) == 5
    assert len(elsewhere.received) == 5


@pytest.mark.parametrize(
    "keys",
    [{"p256dh": "AAAA"}, {"p256dh": "B" + "A" * 86}, {"auth": "not base64!"}],
)
def test_keys_for_which_nothing_can_be_encrypted_end_the_address(
    push_service: FakePushService,
    subscriber: Browser,
    gateway: WebPushGateway,
    keys: dict[str, str],
) -> None:
    subscription = Subscription(**(subscriber.keys | keys), key_id="v2")

    (result,) = sent_by(gateway, message(subscriber, subscription=subscription.to_text()))

    assert (result.outcome, result.code) == (SendOutcome.DEAD_ADDRESS, "invalid_keys")
    assert push_service.statuses == []


def test_nothing_is_sent_to_a_service_or_with_a_key_that_the_settings_no_longer_have(
    push_service: FakePushService, subscriber: Browser, gateway: WebPushGateway, settings: Settings
) -> None:
    (unknown_key,) = sent_by(gateway, message(subscriber, key_id="v0"))
    settings.PUSH_SERVICES = ["https://fcm.googleapis.com"]
    (unknown_service,) = sent_by(gateway, message(subscriber))

    gone = (SendOutcome.DEAD_ADDRESS, "key_or_service_gone")
    assert (unknown_key.outcome, unknown_key.code) == gone
    assert (unknown_service.outcome, unknown_service.code) == gone
    assert push_service.statuses == []


@pytest.mark.parametrize(
    ("endpoint", "is_allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/QABC", True),
        ("https://wns2-by3p.notify.windows.com/w/?token=abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com:8443/fcm/send/abc", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://push.apple.com/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://fcm.googleapis.com/x#y", False),
        ("https://fcm.googleapis.com\\@evil.example/x", False),
        ("https://fcm.googleapis.com\t.evil.example/", False),
        ("https://FCM.GOOGLEAPIS.COM/fcm/send/abc", True),
        ("https://fcm.googleapis.com:99999/", False),
        ("file:///etc/passwd", False),
        ("//fcm.googleapis.com/x", False),
        ("", False),
    ],
)
def test_only_known_push_services_are_called(endpoint: str, is_allowed: bool) -> None:
    assert (push_service_of(endpoint) is not None) == is_allowed
