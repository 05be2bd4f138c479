"""The pages as a therapist has them before them: in a real browser, dark and light, on paper."""

import re
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from care.models import User
from tests import cast as people
from tests.cast import PASSWORD
from tests.journaling.briefs.heaviest_patient import heaviest
from tests.web.browser_checks import SCHEMES, Scheme, faults_of
from tests.web.page_client import page_of, passes_second_factor, week_of_maya

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: A4 and Letter, the two sheets that a clinic's printer may hold.
SHEETS = ("A4", "Letter")


class LiveServer:
    """What is used of pytest-django's live server."""

    url: str


@dataclass
class Clinic:
    """A running server, a week to read, and what the browser complained of."""

    url: str
    session_id: UUID
    chromium: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, *, width: int = 1440, scheme: Scheme = "light") -> Page:
        """Open a browser window that nobody has used."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=self.url
        )
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def signed_in(self, *, width: int = 1440, scheme: Scheme = "light") -> Page:
        """Open a window and sign dr_okafor in by the form."""
        page = self.open(width=width, scheme=scheme)
        page.goto("/")
        page.get_by_label("Name").fill("dr_okafor")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Authenticator app").wait_for()
        passes_second_factor(User.objects.get(username="dr_okafor"))
        page.goto("/")
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser) -> Clinic:
    """Serve maya's week."""
    return Clinic(live_server.url, week_of_maya(people.enter()), chromium)


def test_from_sign_in_to_the_brief_in_three_clicks(clinic: Clinic) -> None:
    page = clinic.signed_in()  # the first click
    expect(page.get_by_role("heading", level=2)).to_have_text("Maya")

    page.get_by_role("link", name=re.compile("Open brief of Maya")).click()  # the second

    expect(page.get_by_role("heading", level=1)).to_have_text("Maya")
    expect(page.get_by_role("heading", level=2)).to_have_count(12)
    expect(page.locator("svg[role=img]")).to_have_count(2)
    assert clinic.complaints == []


def test_every_page_is_accessible_and_breaks_no_policy(clinic: Clinic) -> None:
    page = clinic.open()
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults_of(page)

    page.goto("/")
    look("sign-in")
    page.get_by_label("Name").fill("dr_okafor")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("sign-in, wrong password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Show the code to scan").click()
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    look("enrolling")
    passes_second_factor(User.objects.get(username="dr_okafor"))
    page.goto("/review/account/")
    look("account")
    page.goto("/")
    look("today")
    page.goto("/review/?day=2001-01-01")
    look("an empty day")
    page.goto(page_of(clinic.session_id))
    page.locator("summary").first.click()
    look("brief")
    refused = [complaint for complaint in clinic.complaints if "401" not in complaint]
    page.goto("/review/nowhere")
    look("trouble")

    assert found == {name: [] for name in found}
    assert len(found) == 8
    assert refused == []
    assert not any("Content Security Policy" in complaint for complaint in clinic.complaints)


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_runs_over_the_edge(clinic: Clinic, width: int) -> None:
    page = clinic.signed_in(width=width)

    for address in ("/review/", page_of(clinic.session_id), "/review/nowhere"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_follows_the_colours_of_the_device(clinic: Clinic, scheme: Scheme) -> None:
    page = clinic.signed_in(scheme=scheme)

    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")

    light = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert (light > 128) is (scheme == "light")


def test_the_keyboard_alone_is_enough(clinic: Clinic) -> None:
    page = clinic.open()
    page.goto("/")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("dr_okafor")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Authenticator app").wait_for()
    passes_second_factor(User.objects.get(username="dr_okafor"))
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    brief = page.get_by_role("link", name=re.compile("Open brief"))
    expect(brief).to_be_focused()
    outline = brief.evaluate("element => getComputedStyle(element).outlineStyle")
    page.keyboard.press("Enter")

    expect(page.locator("article.brief")).to_be_visible()
    assert outline == "solid"


def test_the_brief_prints_on_one_sheet(clinic: Clinic) -> None:
    page = clinic.signed_in()
    page.goto(page_of(clinic.session_id))

    assert [sheets_of(page.pdf(format=sheet)) for sheet in SHEETS] == [1, 1]


def test_the_heaviest_brief_prints_on_one_sheet(live_server: LiveServer, chromium: Browser) -> None:
    clinic = Clinic(live_server.url, heaviest(people.enter()), chromium)
    page = clinic.signed_in()
    page.goto(page_of(clinic.session_id))
    expect(page.get_by_text("earlier entries marked")).to_be_visible()

    sheets = [sheets_of(page.pdf(format=sheet)) for sheet in SHEETS]

    page.context.close()
    assert sheets == [1, 1]


def test_text_at_four_times_the_size_still_fits(clinic: Clinic) -> None:
    # 1280 px at 400 % is what a 320 px wide window shows (WCAG 1.4.10).
    page = clinic.signed_in(width=320)

    page.goto(page_of(clinic.session_id))

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def sheets_of(pdf: bytes) -> int:
    """Count the sheets of a printed page."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_count_of_sheets_can_tell_two_from_one(clinic: Clinic) -> None:
    page = clinic.open()
    page.set_content("<p>one</p><p style='break-before: page'>two</p>")

    assert sheets_of(page.pdf(format="A4")) == 2


def test_signing_out_leaves_nothing_behind(clinic: Clinic) -> None:
    page = clinic.signed_in()
    page.goto(page_of(clinic.session_id))

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
