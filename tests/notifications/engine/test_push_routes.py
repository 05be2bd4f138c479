"""Each device by its provider: browsers by Web Push, phones by FCM, nobody's by the inbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from care.models import User
from notifications.models.device import Device, GatewayThrottle
from notifications.push.devices import register_device
from notifications.push.gateway import (
    FAULTS_TO_BLOCK,
    Addressing,
    InboxGateway,
    PushMessage,
    PushResult,
    RoutedGateway,
    SendOutcome,
    push_gateway,
)
from notifications.push.webpush import WebPushGateway
from notifications.push.webpush_messages import BrowserKeys, offered_public_key, public_key_text
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    MORNING,
    FakePush,
    answering,
    drain,
    only,
    phone,
    planned,
    told,
)
from tests.proofs.webpush.server import Answer, Browser, FakePushService

SECOND = timedelta(seconds=1)


def subscribed(user: User, push_service: FakePushService, *, web_key: str = "") -> Browser:
    """Let a patient allow push in a browser."""
    browser = push_service.subscribe(web_key or offered_public_key())
    register_device(
        chart=people.own_chart(user), provider="webpush", address=browser.endpoint, platform="web",
        app_version="1", device_name="browser", covered_until=None, now=MORNING,
        keys=BrowserKeys(**browser.keys, web_key=browser.web_key),
    )  # fmt: skip
    return browser


class RecordingInbox(InboxGateway):
    """An inbox that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[PushMessage] = []

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        self.sent += messages
        return super().send(messages, now=now)


def test_a_browser_gets_the_reminder_and_the_inbox_what_has_no_browser(
    cast: Cast, push_service: FakePushService
) -> None:
    browser = subscribed(cast.maya, push_service)
    planned(cast.maya)
    planned(cast.noah)
    inbox = RecordingInbox()

    drain(DUE, RoutedGateway(inbox, WebPushGateway()))

    assert [reminder.body["notification"]["data"]["kind"] for reminder in browser.received] == [
        "checkin"
    ]
    assert [message.device for message in inbox.sent] == [None]
    assert sorted(told()) == [("sent", "inbox"), ("sent", "webpush")]


def test_phone_and_browser_of_one_patient_both_get_it_under_one_tag(
    cast: Cast, push_service: FakePushService
) -> None:
    browser = subscribed(cast.maya, push_service)
    phone(cast.maya)
    planned(cast.maya)
    fcm = FakePush()

    drain(DUE, RoutedGateway(fcm, WebPushGateway()))

    (received,) = browser.received
    assert [message.provider for message in fcm.sent] == ["fcm_token"]
    assert received.body["notification"]["tag"] == fcm.sent[0].tag
    assert only().state == "sent"


def test_a_gateway_that_raises_stops_no_message_of_the_other(
    cast: Cast, push_service: FakePushService
) -> None:
    class Broken(FakePush):
        def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
            raise RuntimeError("broken")

    phone(cast.maya)
    subscribed(cast.noah, push_service)
    planned(cast.maya)
    planned(cast.noah)
    fcm = FakePush()

    drain(DUE, RoutedGateway(fcm, Broken()))

    assert [message.provider for message in fcm.sent] == ["fcm_token"]


def test_a_subscription_that_has_ended_ends_this_browser_alone(
    cast: Cast, push_service: FakePushService
) -> None:
    gone, live = subscribed(cast.maya, push_service), subscribed(cast.maya, push_service)
    planned(cast.maya)
    push_service.by_path[gone.path] = Answer(410)

    drain(DUE, RoutedGateway(FakePush(), WebPushGateway()))

    assert len(live.received) == 1
    assert [device.address for device in Device.objects.filter(ended_at__isnull=True)] == [
        live.endpoint
    ]
    assert Device.objects.get(ended_at__isnull=False).ended_reason == "gone"
    assert only().state == "sent"


def test_a_quota_of_one_push_service_blocks_that_one_only(
    cast: Cast, push_service: FakePushService, settings: Settings
) -> None:
    other = FakePushService().start()
    settings.PUSH_SERVICES = [push_service.url, other.url]
    held, free = subscribed(cast.maya, push_service), subscribed(cast.noah, other)
    phone(cast.noah)
    for user in (cast.maya, cast.noah):
        planned(user)
    push_service.by_path[held.path] = Answer(429, {"Retry-After": "90"})
    fcm = FakePush()
    gateway = RoutedGateway(fcm, WebPushGateway())

    drain(DUE, gateway)
    throttle = GatewayThrottle.objects.get(blocked_until__isnull=False)
    push_service.by_path.clear()
    drain(DUE + 60 * SECOND, gateway)
    before = len(held.received)
    drain(DUE + 115 * SECOND, gateway)

    other.stop()
    assert throttle.name == f"webpush:{push_service.url.removeprefix('http://')}"
    assert (len(free.received), len(fcm.sent)) == (1, 1)
    assert (before, len(held.received)) == (0, 1)


def test_faults_of_one_push_service_in_a_row_block_it_and_a_success_opens_it(
    cast: Cast, push_service: FakePushService
) -> None:
    patients = [
        people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_lind) for n in range(6)
    ]
    browsers = [subscribed(user, push_service) for user in patients]
    for user in patients:
        planned(user)
    phone(cast.maya)
    planned(cast.maya)
    fcm = FakePush()
    gateway = RoutedGateway(fcm, WebPushGateway())
    for browser in browsers:
        push_service.by_path[browser.path] = Answer(503)

    drain(DUE, gateway)
    assert GatewayThrottle.objects.get(blocked_until__isnull=False).name.startswith("webpush:")
    assert len(fcm.sent) == 1
    push_service.by_path.clear()
    for second in range(10, 120, 2):
        drain(DUE + second * SECOND, gateway)

    assert [len(browser.received) for browser in browsers] == [1] * 6
    assert not GatewayThrottle.objects.filter(blocked_until__isnull=False).exists()
    assert set(told()) == {("sent", "webpush"), ("sent", "fcm")}


def test_faults_of_phones_count_for_no_push_service(
    cast: Cast, push_service: FakePushService
) -> None:
    for number in range(6):
        user = people.patient(cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_lind)
        phone(user)
        planned(user)
    browser = subscribed(cast.maya, push_service)
    fcm = FakePush()
    fcm.says = answering(SendOutcome.FAULTED, code="status_503")
    gateway = RoutedGateway(fcm, WebPushGateway())

    drain(DUE, gateway)
    planned(cast.maya, "08:31")
    drain(DUE + 60 * SECOND, gateway)

    assert [one.name for one in GatewayThrottle.objects.filter(blocked_until__isnull=False)] == [
        "fcm"
    ]
    assert len(browser.received) == 1


def test_one_subscription_with_a_foreign_key_stops_nobody_elses_messages(
    cast: Cast, push_service: FakePushService
) -> None:
    wrong, right = subscribed(cast.maya, push_service), subscribed(cast.noah, push_service)
    # The browser subscribed with a key that is not ours, and said that it had ours.
    wrong.web_key = public_key_text("v1")
    planned(cast.maya)
    planned(cast.noah, "09:05")
    gateway = RoutedGateway(FakePush(), WebPushGateway())

    for second in range(0, 2100 + 20, 5):
        drain(DUE + second * SECOND, gateway)

    # Whoever else is due waits no longer than the pause of a breaker, and opens it.
    assert (len(wrong.received), len(right.received)) == (0, 1)
    assert push_service.statuses.count(403) > FAULTS_TO_BLOCK


def test_a_rotated_key_loses_no_subscription(
    cast: Cast, push_service: FakePushService, settings: Settings
) -> None:
    settings.VAPID_KEYS = settings.VAPID_KEYS.partition(",")[2]  # as it was before the rotation
    older = subscribed(cast.maya, push_service)
    settings.VAPID_KEYS = "v9:" + "OTk5" * 10 + "OTk," + settings.VAPID_KEYS
    newer = subscribed(cast.noah, push_service)
    planned(cast.maya)
    planned(cast.noah)

    drain(DUE, RoutedGateway(FakePush(), WebPushGateway()))

    assert older.web_key != newer.web_key
    assert (len(older.received), len(newer.received)) == (1, 1)


@pytest.mark.parametrize(
    ("gateway", "keys", "addressing"),
    [
        ("inbox", "v1:" + "MTEx" * 10 + "MTE", Addressing.BROWSERS),
        ("console", "v1:" + "MTEx" * 10 + "MTE", Addressing.BROWSERS),
        ("inbox", "", Addressing.PATIENTS),
    ],
)
def test_the_settings_choose_the_routes(
    settings: Settings, gateway: str, keys: str, addressing: Addressing
) -> None:
    settings.PUSH_GATEWAY, settings.VAPID_KEYS = gateway, keys

    chosen = push_gateway()

    assert (chosen.name, chosen.addressing) == (gateway, addressing)
