"""Pushes as a browser gets them: delivered by Chromium's own protocol, shown, and tapped."""

import json
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error

from tests.app.phone import Phone


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
    phone.until("new Promise((done) => setTimeout(() => done(true), 200))")
    # Registrations of phones that were put away are still listed; a push to one shows nothing here.
    for registration in dict.fromkeys(found):
        with suppress(Error):
            browser.send(
                "ServiceWorker.deliverPushMessage",
                {
                    "origin": phone.page.evaluate("location.origin"),
                    "registrationId": registration,
                    "data": json.dumps(message),
                },
            )
    shown = (
        "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
        ".then((all) => all.map(({title, body, tag, data}) => ({title, body, tag, data})))"
    )
    phone.until(f"{shown}.then((all) => all.length === 1)")
    return dict(phone.page.evaluate(shown)[0])


def tap(phone: Phone) -> None:
    """Tap the notification; a browser without hands is told so inside the worker."""
    phone.context.service_workers[0].evaluate(
        """async () => {
          const [notification] = await self.registration.getNotifications();
          self.clients.openWindow = async () => null;
          self.dispatchEvent(new NotificationEvent('notificationclick', {notification}));
        }"""
    )
