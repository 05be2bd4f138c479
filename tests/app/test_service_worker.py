"""The service worker: one version at a time, never the API, and pushes that lead somewhere."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import expect

from journaling.models import Entry
from notifications.models import Occurrence, Reminder
from tests.app.phone import Clinic, Phone
from tests.app.pushes import deliver, tap
from tests.cast import signed_in
from web.app import pages
from web.app.shell import Shell, load_shell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEXT = "f" * 16


@pytest.fixture
def chromium(chromium_with_notifications: PlaywrightBrowser) -> PlaywrightBrowser:
    """Take the browser that shows notifications."""
    return chromium_with_notifications


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, signed in and read once."""
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the same files under the next version's name."""
    shell = Shell(version=NEXT, files=load_shell().files)
    monkeypatch.setattr(pages, "load_shell", lambda: shell)


def test_answers_of_the_api_are_never_kept(phone: Phone) -> None:
    phone.log_craving(3)
    phone.wait_until_sent()

    kept = phone.page.evaluate(
        """async () => {
          const all = [];
          for (const name of await caches.keys()) {
            for (const one of await (await caches.open(name)).keys()) {
              all.push(new URL(one.url).pathname);
            }
          }
          return all;
        }"""
    )
    assert "/app/" in kept
    assert all(path == "/app/" or path.startswith("/app/shell/") for path in kept)


def test_a_new_version_waits_for_a_full_outbox_and_an_open_form(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.context.route("**/api/v1/sync", lambda route: route.abort())
    phone.log_craving(6)
    phone.press("Done")
    release(monkeypatch)
    phone.wake()
    phone.until("navigator.serviceWorker.getRegistration().then((one) => Boolean(one.waiting))")
    expect(phone.state).not_to_contain_text("A new version is ready.")

    phone.context.unroute("**/api/v1/sync")
    phone.wake()
    phone.wait_until_sent()
    expect(phone.state).to_contain_text("A new version is ready.")
    phone.press("Note")
    expect(phone.state).not_to_contain_text("A new version is ready.")
    phone.press(re.compile("Back"), exact=False)
    phone.press("Open it")

    phone.page.wait_for_selector(f"script[src*='{NEXT}']", state="attached")
    expect(phone.heading).to_contain_text("Maya")
    assert phone.page.evaluate("caches.keys()") == [f"shell-{NEXT}"]
    assert Entry.objects.get().intensity == 6


def due_checkin(clinic: Clinic) -> Occurrence:
    """Let a check-in have been sent to maya a minute ago."""
    now = timezone.now()
    plan = {"purpose": "checkin", "times": ["09:00"]}
    planned = signed_in(clinic.cast.maya).post("/api/v1/reminders", plan).json()
    reminder = Reminder.objects.get(id=planned["id"])
    return Occurrence.objects.create(
        id=uuid4(), reminder=reminder, patient_id=clinic.cast.maya.pk, purpose="checkin",
        local_day=now.date(), slot=0, due_at=now - timedelta(minutes=1),
        not_after=now + timedelta(minutes=59), state=Occurrence.State.SENT, sent_at=now,
        tag="checkin", created_at=now,
    )  # fmt: skip


def declarative(**notification: str) -> dict[str, Any]:
    return {"web_push": 8030, "notification": notification}


def test_a_push_is_shown_tapped_and_answered(clinic: Clinic) -> None:
    phone = clinic.phone()
    phone.context.grant_permissions(["notifications"], origin=clinic.url)
    phone.sign_in("maya")
    phone.wait_until_ready()
    asked = due_checkin(clinic)

    shown = deliver(
        phone,
        declarative(
            title="You have a check-in waiting.", tag="checkin",
            navigate=f"{clinic.url}/app/?o={asked.pk}&p=checkin",
        ),
    )  # fmt: skip
    tap(phone)

    assert shown["title"] == "You have a check-in waiting."
    expect(phone.heading).to_have_text("How is it right now?")
    phone.slide("How is it right now?", 1)
    phone.save()
    phone.wait_until_sent()
    assert Entry.objects.get().origin == f"prompt:{asked.pk}"
    asked.refresh_from_db()
    assert asked.opened_at is not None
    assert asked.answered_at is not None


@pytest.mark.parametrize(
    ("message", "title", "to"),
    [
        ({"no": "message"}, "Between", "{url}/app/"),
        (declarative(title="One", navigate="https://elsewhere.example/app/"), "One", "/app/"),
        (declarative(title="One", navigate="/review/"), "One", "/app/"),
    ],
    ids=["unreadable", "another-host", "another-page"],
)
def test_a_push_leads_nowhere_else(
    clinic: Clinic, message: dict[str, Any], title: str, to: str
) -> None:
    phone = clinic.phone()
    phone.context.grant_permissions(["notifications"], origin=clinic.url)
    phone.sign_in("maya")
    phone.wait_until_ready()

    shown = deliver(phone, message)

    assert (shown["title"], shown["data"]["to"]) == (title, to.format(url=clinic.url))
