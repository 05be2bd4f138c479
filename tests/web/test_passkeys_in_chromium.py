"""A passkey, in a real browser with an authenticator inside it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from care.models import Passkey
from tests import cast as people
from tests.authenticator_app import code_at, enrolled
from tests.cast import PASSWORD
from tests.web.browser_checks import faults_of
from tests.web.test_pages_in_chromium import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def with_authenticator(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def gives_password(page: Page) -> None:
    page.get_by_label("Name").fill("dr_okafor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_made_and_then_opens(live_server: LiveServer, chromium: Browser) -> None:
    cast = people.enter()
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    # Passkeys belong to a host name, and an address is none.
    page = chromium.new_context(
        base_url=live_server.url.replace("127.0.0.1", "localhost")
    ).new_page()
    with_authenticator(page)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    page.goto("/")
    gives_password(page)
    page.get_by_label("Code").fill(code_at(secret))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Dr. Okafor").click()
    page.get_by_label("Name of the new passkey").fill("Office computer")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("Your passkey is saved.")
    assert faults_of(page) == []
    page.get_by_role("button", name="Sign out", exact=True).click()
    gives_password(page)
    page.get_by_role("button", name="Use a passkey instead").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert Passkey.objects.get().last_used_at is not None
    assert complaints == []
    page.context.close()
