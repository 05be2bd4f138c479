"""Push from the engine to the screen: asked for once, encrypted for this phone, and ended."""

import json

import pytest
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import expect
from pytest_django import Settings

from notifications.engine.tick import dispatch
from notifications.models import Device
from notifications.models.reminder import Reminder
from notifications.push.gateway import push_gateway
from notifications.push.webpush_messages import Subscription
from tests.app.phone import Clinic, Phone
from tests.app.pushes import deliver
from tests.proofs.webpush.server import Browser, FakePushService, encoded

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Chromium without a way to its push service: its subscription is one of the fake's.
SUBSCRIBE = """(() => {
  const give = (kept) => kept && ({
    endpoint: kept.endpoint,
    options: {applicationServerKey: Uint8Array.from(kept.key).buffer},
    toJSON: () => ({endpoint: kept.endpoint, keys: kept.keys}),
    unsubscribe: async () => { localStorage.removeItem('subscription'); return true; },
  });
  PushManager.prototype.getSubscription = async () =>
    give(JSON.parse(localStorage.getItem('subscription')));
  PushManager.prototype.subscribe = async ({userVisibleOnly, applicationServerKey}) => {
    const key = [...applicationServerKey];
    const made = await window.subscribeAtTheFake(JSON.stringify({userVisibleOnly, key}));
    const kept = {...JSON.parse(made), key};
    localStorage.setItem('subscription', JSON.stringify(kept));
    return give(kept);
  };
})()"""


SUBSCRIBED = "localStorage.getItem('subscription')"
TOLD = "This phone is told, also while the app is closed."


@pytest.fixture
def chromium(chromium_with_notifications: PlaywrightBrowser) -> PlaywrightBrowser:
    """Take the browser that shows notifications."""
    return chromium_with_notifications


def phone_with_push(clinic: Clinic, push_service: FakePushService) -> Phone:
    """Hold a phone whose browser subscribes at the fake."""
    phone = clinic.phone()
    phone.context.grant_permissions(["notifications"], origin=clinic.url)

    def subscribe(asked: str) -> str:
        wish = json.loads(asked)
        assert wish["userVisibleOnly"] is True
        browser = push_service.subscribe(encoded(bytes(wish["key"])))
        return json.dumps({"endpoint": browser.endpoint, "keys": browser.keys})

    phone.context.expose_function("subscribeAtTheFake", subscribe)
    phone.context.add_init_script(SUBSCRIBE)
    return phone


def open_reminders(phone: Phone) -> None:
    phone.press("More")
    phone.press("Reminders")


def only_browser(push_service: FakePushService) -> Browser:
    (browser,) = push_service.browsers.values()
    return browser


def test_a_phone_is_told_after_one_tap_and_until_it_is_stopped(
    clinic: Clinic, push_service: FakePushService
) -> None:
    phone = phone_with_push(clinic, push_service).sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)

    phone.press("Tell this phone")

    expect(phone.page.get_by_text(TOLD)).to_be_visible()
    device = Device.objects.get()
    assert (device.provider, device.platform, device.ended_at) == ("webpush", "web", None)
    assert device.address == only_browser(push_service).endpoint
    phone.press("Stop telling this phone")
    expect(phone.page.get_by_role("button", name="Tell this phone", exact=True)).to_be_visible()
    phone.until(f"{SUBSCRIBED} === null")
    phone.until(
        "performance.getEntriesByType('resource')"
        ".some((one) => /\\/devices\\/[-\\w]+$/.test(one.name) && one.responseStatus === 204)"
    )
    assert Device.objects.get().ended_reason == "removed"


def test_a_reminder_of_the_engine_reaches_the_screen_and_its_question(
    clinic: Clinic, push_service: FakePushService, settings: Settings
) -> None:
    settings.PUBLIC_URL = clinic.url
    phone = phone_with_push(clinic, push_service).sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)
    phone.press("Tell this phone")
    expect(phone.page.get_by_text(TOLD)).to_be_visible()
    phone.press("Add a check-in")
    phone.page.get_by_label("Times, such as 08:30, 20:00").fill("09:00")
    phone.press("Save")
    phone.until("true")
    expect(phone.page.get_by_text("09:00")).to_be_visible()
    due = Reminder.objects.get().next_due_at
    assert due is not None

    dispatch(clock=lambda: due, gateway=push_gateway())

    (received,) = only_browser(push_service).received
    shown = deliver(phone, received.body)
    assert shown["title"] == received.body["notification"]["title"]
    assert "craving" not in json.dumps(received.body)


def test_signing_out_ends_the_subscription_and_the_next_person_gets_nothing_of_it(
    clinic: Clinic, push_service: FakePushService
) -> None:
    phone = phone_with_push(clinic, push_service).sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)
    phone.press("Tell this phone")
    expect(phone.page.get_by_text(TOLD)).to_be_visible()

    phone.press("Back", exact=False)
    phone.press("Sign out")
    expect(phone.heading).to_have_text("Sign out")
    phone.press("Sign out")

    phone.until("localStorage.getItem('subscription') === null")
    assert not Device.objects.filter(ended_at__isnull=True).exists()


def test_a_phone_that_is_not_allowed_says_so(clinic: Clinic, push_service: FakePushService) -> None:
    phone = clinic.phone()
    phone.context.add_init_script(
        "Object.defineProperty(Notification, 'permission', {get: () => 'denied'})"
    )
    phone.sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)

    expect(phone.page.get_by_text("This browser does not allow it.")).to_be_visible()
    assert not Device.objects.exists()


def test_a_clinic_without_a_key_offers_none(
    clinic: Clinic, push_service: FakePushService, settings: Settings
) -> None:
    settings.VAPID_KEYS = ""
    phone = phone_with_push(clinic, push_service).sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)

    phone.press("Tell this phone")

    expect(phone.page.get_by_text("Your clinic has not set this up.")).to_be_visible()


def test_a_new_key_is_subscribed_with_at_the_next_start(
    clinic: Clinic, push_service: FakePushService, settings: Settings
) -> None:
    newer, settings.VAPID_KEYS = settings.VAPID_KEYS, settings.VAPID_KEYS.partition(",")[2]
    phone = phone_with_push(clinic, push_service).sign_in("maya")
    phone.wait_until_ready()
    open_reminders(phone)
    phone.press("Tell this phone")
    expect(phone.page.get_by_text(TOLD)).to_be_visible()
    settings.VAPID_KEYS = newer

    older = phone.page.evaluate(SUBSCRIBED)
    phone.page.reload()

    phone.until(f"{SUBSCRIBED} !== {json.dumps(older)}")
    registered = (
        "performance.getEntriesByType('resource')"
        ".filter((one) => one.name.endsWith('/devices') && one.responseStatus).length === 1"
    )
    phone.until(registered)
    assert len(push_service.browsers) == 2
    live = Device.objects.get(ended_at__isnull=True)
    assert live.address == list(push_service.browsers.values())[-1].endpoint
    assert Subscription.from_text(live.subscription or "").key_id == "v2"
