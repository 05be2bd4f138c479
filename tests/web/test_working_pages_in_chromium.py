"""The working pages in a real browser: on every screen, no fault and no jump."""

import pytest
from playwright.sync_api import Browser, Page, expect

from care.models import User
from tests import cast as people
from tests.web.browser_checks import faults_of, shift_of
from tests.web.clinic_day import Day, working_day
from tests.web.page_client import passes_second_factor
from tests.web.test_pages_in_chromium import Clinic, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def day(transactional_db: None) -> Day:
    """Fill the day."""
    return working_day(people.enter())


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser, day: Day) -> Clinic:
    """Serve it."""
    return Clinic(live_server.url, day.event.pk, chromium)


def at_work(clinic: Clinic, *, width: int = 1440) -> Page:
    """Sign dr_okafor in, past the second factor, to today."""
    page = clinic.signed_in(width=width)
    passes_second_factor(User.objects.get(username="dr_okafor"))
    page.goto("/review/")
    return page


@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_is_accessible_quiet_and_steady(clinic: Clinic, day: Day, width: int) -> None:
    page = at_work(clinic, width=width)
    faults: dict[str, list[str]] = {}
    shifts: dict[str, float] = {}

    for name, address in day.pages.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        shifts[name] = shift_of(page)
        faults[name] = faults_of(page)

    assert faults == {name: [] for name in day.pages}
    assert {name: shift for name, shift in shifts.items() if shift > 0.01} == {}
    assert clinic.complaints == []


@pytest.mark.parametrize("width", [360, 320, 1440])
def test_nothing_runs_over_the_edge(clinic: Clinic, day: Day, width: int) -> None:
    page = at_work(clinic, width=width)

    wide = {}
    for name, address in day.pages.items():
        page.goto(address)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")

    assert wide == dict.fromkeys(day.pages, width)


def test_what_is_wrong_is_announced_and_tied_to_its_field(clinic: Clinic, day: Day) -> None:
    page = at_work(clinic)
    page.goto(day.pages["plan"])

    page.get_by_role("button", name="Plan").click()

    clock = page.get_by_label("Starts at")
    expect(clock).to_have_attribute("aria-invalid", "true")
    described = clock.get_attribute("aria-describedby") or ""
    expect(page.locator(f"#{described.split()[-1]}")).to_be_visible()
    assert faults_of(page) == []


def test_a_counselling_note_is_kept_changed_and_deleted_by_keyboard_alone(
    clinic: Clinic, day: Day
) -> None:
    signed = at_work(clinic)
    context = clinic.chromium.new_context(
        java_script_enabled=False, base_url=clinic.url, storage_state=signed.context.storage_state()
    )
    page = context.new_page()
    page.goto(day.pages["patient"])
    page.get_by_role("link", name="Counselling notes").press("Enter")
    page.get_by_role("button", name="Keep this note").press("Enter")
    expect(page.get_by_label("Note")).to_have_attribute("aria-invalid", "true")

    page.get_by_label("Note").press_sequentially("He was silent for long.")
    page.get_by_role("button", name="Keep this note").press("Enter")
    expect(page.get_by_role("status")).to_have_text("The note is kept.")
    page.locator(".list a").first.press("Enter")
    page.get_by_label("Note").press_sequentially("Then: ")
    page.get_by_role("button", name="Save the change").press("Enter")
    expect(page.locator(".kept")).to_have_text("Then: He was silent for long.")
    page.emulate_media(media="print")
    expect(page.locator(".kept")).to_be_hidden()
    expect(page.get_by_text("Counselling notes are not printed.")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Delete this note").press("Enter")
    page.get_by_role("button", name="Yes, delete it").press("Enter")

    expect(page.get_by_role("status")).to_have_text("The note is deleted.")
    expect(page.locator(".list li")).to_have_count(1)
