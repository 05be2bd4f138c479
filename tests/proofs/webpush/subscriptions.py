"""A fake push service that the settings allow, and browsers that have subscribed to it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from notifications.models.device import Device
from notifications.push.webpush_messages import Subscription, offered_public_key, vapid_keys
from tests.proofs.webpush.server import Browser, FakePushService


@pytest.fixture
def push_service(settings: Settings) -> Iterator[FakePushService]:
    """Run a push service of browsers, the only one that the settings allow."""
    fake = FakePushService().start()
    settings.PUSH_SERVICES = [fake.url]
    yield fake
    fake.stop()


def subscribe_all(service: FakePushService) -> list[Browser]:
    """Make each device of the database a browser with a subscription; return them in its order."""
    devices = list(Device.objects.order_by("pk"))
    browsers = [service.subscribe(offered_public_key()) for _ in devices]
    key_id = next(iter(vapid_keys()))
    for device, browser in zip(devices, browsers, strict=True):
        device.provider, device.platform, device.address = "webpush", "web", browser.endpoint
        device.subscription = Subscription(**browser.keys, key_id=key_id).to_text()
    Device.objects.bulk_update(
        devices, ["provider", "platform", "address", "subscription"], batch_size=200
    )
    return browsers
