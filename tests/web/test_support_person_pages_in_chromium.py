"""The support person's pages in a real browser: with and without a script, on every screen."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from care.consents.consents import REDISCLOSURE_NOTICE
from care.support.invite import create_support_code
from tests import cast as people
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.browser_checks import faults_of
from tests.web.test_pages_in_chromium import Clinic, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def code(transactional_db: None) -> str:
    """Give maya something to share, and a code to hand over."""
    cast, now = people.enter(), timezone.now()
    for days_ago in (1, 2, 5):
        wrote(cast.maya, "skill_practice", now - timedelta(days=days_ago))
    people.session(cast.dr_okafor, starts_at=now + timedelta(days=1), with_patient=cast.maya)
    consent = people.agrees(cast.maya, recipient="Alma")
    chart = people.own_chart(cast.maya)
    return create_support_code(chart=chart, consent_id=consent.pk, now=now)[0]


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser, code: str) -> Clinic:
    """Serve it."""
    return Clinic(live_server.url, uuid4(), chromium)


def comes_in(page: Page, code: str) -> None:
    page.goto("/review/join/")
    page.get_by_label("Your code").fill(code)
    page.get_by_label("A name to sign in with").fill("alma")
    page.get_by_label("A password").fill("a lantern by the old pier")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Maya")


@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_is_accessible_fits_and_breaks_no_policy(
    clinic: Clinic, code: str, width: int
) -> None:
    page = clinic.open(width=width)
    found: dict[str, tuple[list[str], int]] = {}

    def look(name: str) -> None:
        found[name] = (faults_of(page), page.evaluate("document.documentElement.scrollWidth"))

    page.goto("/review/join/")
    look("join")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Your code")).to_have_attribute("aria-invalid", "true")
    look("join, nothing given")
    comes_in(page, code)
    look("shared")
    page.goto("/review/account/")
    look("account")
    page.goto("/review/join/")
    look("another code")

    refused = [complaint for complaint in clinic.complaints if "400" not in complaint]
    assert found == dict.fromkeys(found, ([], width))
    assert len(found) == 5
    assert refused == []


def test_the_same_without_any_script(clinic: Clinic, code: str) -> None:
    context = clinic.chromium.new_context(java_script_enabled=False, base_url=clinic.url)
    page = context.new_page()

    comes_in(page, code)

    expect(page.get_by_text("Something logged on 3 of the last 13 days.")).to_be_visible()
    expect(page.get_by_text("Slow breathing, 3 times")).to_be_visible()
    expect(page.get_by_text(REDISCLOSURE_NOTICE).first).to_be_visible()


def test_the_notice_is_on_the_screen_and_on_paper(clinic: Clinic, code: str) -> None:
    page = clinic.open()
    comes_in(page, code)

    for medium in ("screen", "print"):
        page.emulate_media(media=medium)
        expect(page.get_by_text(REDISCLOSURE_NOTICE).first).to_be_visible()
