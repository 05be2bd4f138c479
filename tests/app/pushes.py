"""Pushes as a browser gets them: delivered by Chromium's own protocol, shown, and tapped."""

import json
import time
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error

from tests.app.phone import Phone

_SHOWN = (
    "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
    ".then((all) => all.map(({title, body, tag, data}) => ({title, body, tag, data})))"
)


def deliver(phone: Phone, message: dict[str, Any]) -> dict[str, Any]:
    """Deliver a push as a push service does; return what is shown."""
    browser = phone.context.new_cdp_session(phone.page)
    found: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(
            one["registrationId"] for one in event["registrations"] if not one["isDeleted"]
        ),
    )
    browser.send("ServiceWorker.enable")
    origin, ends = phone.page.evaluate("location.origin"), time.monotonic() + 20
    while not (shown := phone.page.evaluate(_SHOWN)):
        assert time.monotonic() < ends, "nothing was shown"
        # Those of phones that were put away are listed too, and refuse; a worker that is not ready
        # yet loses a push. One tag is shown once, however often it comes.
        for registration in dict.fromkeys(found):
            with suppress(Error):
                browser.send(
                    "ServiceWorker.deliverPushMessage",
                    {"origin": origin, "registrationId": registration, "data": json.dumps(message)},
                )
        phone.page.wait_for_timeout(500)
    (notification,) = shown
    return dict(notification)


def tap(phone: Phone) -> None:
    """Tap the notification; a browser without hands is told so inside the worker."""
    phone.context.service_workers[0].evaluate(
        """async () => {
          const [notification] = await self.registration.getNotifications();
          self.clients.openWindow = async () => null;
          self.dispatchEvent(new NotificationEvent('notificationclick', {notification}));
        }"""
    )
