"""GET push/web-key and POST devices by a browser: its endpoint and keys, checked field by field."""

from typing import Any

import pytest
from pytest_django import Settings

from notifications.models.device import Device
from notifications.push.webpush_messages import Subscription, public_key_text
from tests.cast import Cast, signed_in

DEVICES = "/api/v1/devices"
WEB_KEY = "/api/v1/push/web-key"
#: The example of RFC 8291, section 5.
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7V"
    "d8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}  # fmt: skip
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/abc"


def browser(**changes: Any) -> dict[str, Any]:
    body = {"provider": "webpush", "address": ENDPOINT, "platform": "web", "keys": KEYS}
    return {name: value for name, value in (body | changes).items() if value != "left out"}


def test_the_newest_key_is_offered(cast: Cast) -> None:
    answer = signed_in(cast.maya).get(WEB_KEY)

    assert answer.status_code == 200
    assert answer.json() == {"public_key": public_key_text("v2")}
    assert len(answer.json()["public_key"]) == 87


def test_without_a_key_in_the_settings_nobody_can_subscribe(cast: Cast, settings: Settings) -> None:
    settings.VAPID_KEYS = ""
    client = signed_in(cast.maya)

    assert client.get(WEB_KEY).status_code == 404
    answer = client.post(DEVICES, browser())

    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [
        ("provider", "not_offered")
    ]


def test_a_browser_is_registered_with_the_key_that_it_subscribed_with(cast: Cast) -> None:
    client = signed_in(cast.maya)

    first = client.post(DEVICES, browser(web_key=public_key_text("v1")))
    again = client.post(DEVICES, browser())

    assert (first.status_code, again.status_code) == (201, 200)
    device = Device.objects.get()
    assert Subscription.from_text(device.subscription or "") == Subscription(
        KEYS["p256dh"], KEYS["auth"], "v2"
    )


def test_the_keys_are_sealed_and_never_shown(cast: Cast) -> None:
    client = signed_in(cast.maya)
    registered = client.post(DEVICES, browser())

    shown = registered.content + client.get(DEVICES).content
    exported = str(Device.HANDLING.exports)

    assert KEYS["auth"].encode() not in shown
    assert ENDPOINT.encode() not in shown
    assert "subscription" not in exported


def test_an_endpoint_moves_to_whoever_signed_in_there_last(cast: Cast) -> None:
    signed_in(cast.maya).post(DEVICES, browser())
    signed_in(cast.noah).post(DEVICES, browser())

    assert Device.objects.get(ended_at__isnull=True).patient_id == cast.noah.pk


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"keys": "left out"}, [("keys", "required")]),
        ({"keys": None}, [("keys", "required")]),
        ({"keys": {"p256dh": KEYS["p256dh"]}}, [("keys.auth", "required")]),
        ({"keys": KEYS | {"auth": "short"}}, [("keys.auth", "invalid")]),
        ({"keys": KEYS | {"p256dh": KEYS["auth"]}}, [("keys.p256dh", "invalid")]),
        ({"keys": KEYS | {"p256dh": "B" + "A" * 86}}, [("keys.p256dh", "invalid")]),
        (
            {"keys": {"p256dh": "?", "auth": "é"}},
            [("keys.p256dh", "invalid"), ("keys.auth", "invalid")],
        ),
        ({"address": "https://evil.example/x"}, [("address", "unknown_push_service")]),
        ({"address": "http://127.0.0.1:6379/"}, [("address", "unknown_push_service")]),
        ({"address": "https://[::1]:443/"}, [("address", "unknown_push_service")]),
        ({"platform": "ios"}, [("platform", "invalid_choice")]),
        ({"web_key": KEYS["p256dh"]}, [("web_key", "unknown_key")]),
        ({"keys": "text"}, [("keys", "not_an_object")]),
    ],
)
def test_what_is_at_fault_is_named_and_nothing_is_registered(
    cast: Cast, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = signed_in(cast.maya).post(DEVICES, browser(**changes))

    assert answer.status_code == 400, answer.content
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == expected
    assert not Device.objects.exists()
