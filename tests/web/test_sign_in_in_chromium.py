"""The way in, with a second factor, as somebody walks it in a real browser."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from care.models import DeviceSession
from tests import cast as people
from tests.authenticator_app import code_at
from tests.cast import PASSWORD
from tests.web.browser_checks import faults_of, shift_of
from tests.web.test_pages_in_chromium import Clinic, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser, transactional_db: None) -> Clinic:
    """Serve a clinic whose people have no second factor yet."""
    people.enter()
    return Clinic(live_server.url, uuid4(), chromium)


def names_oneself(page: Page) -> None:
    page.get_by_label("Name").fill("dr_okafor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("width", [360, 1440])
def test_every_step_of_it_is_accessible_quiet_and_steady(clinic: Clinic, width: int) -> None:
    page = clinic.open(width=width)
    found: dict[str, tuple[list[str], bool, int]] = {}

    def look(name: str) -> None:
        is_steady = shift_of(page) <= 0.01
        found[name] = (
            faults_of(page),
            is_steady,
            page.evaluate("document.documentElement.scrollWidth"),
        )

    page.goto("/")
    look("sign-in")
    names_oneself(page)
    page.get_by_role("button", name="Show the code to scan").click()
    look("enrolling")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("enrolling, wrong code")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_at(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    look("recovery codes")
    page.get_by_role("link", name="I have them").click()
    look("an empty day")
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))
    page.goto("/review/account/")
    look("account")
    page.get_by_role("link", name="Make new recovery codes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    look("proving again")
    page.get_by_role("button", name="Sign out").click()
    look("signed out")
    names_oneself(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    look("the second step")
    # The code of before was used; the next one is there in half a minute.
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        page.get_by_label("Code").fill(code_at(secret))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("No sessions of yours today.")).to_be_visible()

    assert found == dict.fromkeys(found, ([], True, width))
    assert len(found) == 9
    assert [text for text in clinic.complaints if "400" not in text and "401" not in text] == []
