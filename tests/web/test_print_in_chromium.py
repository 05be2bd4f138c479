"""What the working pages look like on paper: all of it, nothing to press, and the law's notice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from care.consents.consents import REDISCLOSURE_NOTICE
from tests import cast as people
from tests.web.clinic_day import Day, working_day
from tests.web.test_pages_in_chromium import SHEETS, Clinic, LiveServer, sheets_of
from tests.web.test_working_pages_in_chromium import at_work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: How many CSS pixels are left between the margins of 12 mm.
BETWEEN_MARGINS = {"A4": 703, "Letter": 725}
#: What is of no use on paper.
TO_PRESS = "header.bar, nav, button, select, input:not([type=hidden]), textarea, summary"
#: Pages that are a form to fill in; on paper they are read by nobody.
FORMS = {"attendance", "change", "plan", "invite", "calendar", "homework", "care plan", "level",
         "team", "group", "groups", "leaving the team", "cancelling", "skills found",
         "situation plans", "situation plan", "medicine", "a medicine", "screenings", "bounds",
         "needs", "tasks", "lessons", "ending a lesson"}  # fmt: skip
#: What must not be parted by the edge of a sheet.
ROWS = ".cases > li, .members > li, .list > li, .day li, .timeline li, .part, .event"
#: Count rows of which no part around them is kept whole.
IS_PARTED = """rows => rows.filter(row => {
  for (let part = row; part; part = part.parentElement)
    if (getComputedStyle(part).breakInside === 'avoid') return false;
  return true;
}).length"""
STYLES = Path(__file__).parents[2] / "web/static/web/review.css"


@pytest.fixture
def day(transactional_db: None) -> Day:
    """Fill the day."""
    return working_day(people.enter())


@pytest.fixture
def page(live_server: LiveServer, chromium: Browser, day: Day) -> Iterator[Page]:
    """Serve it to dr_okafor, as it would be printed."""
    found = at_work(Clinic(live_server.url, day.event.pk, chromium))
    found.emulate_media(media="print")
    yield found
    found.context.close()


@pytest.mark.parametrize("sheet", SHEETS)
def test_nothing_runs_over_the_edge_of_the_sheet(page: Page, day: Day, sheet: str) -> None:
    width = BETWEEN_MARGINS[sheet]
    page.set_viewport_size({"width": width, "height": 900})
    wide = {}

    for name, address in day.pages.items():
        page.goto(address)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")

    assert wide == dict.fromkeys(day.pages, width)


def test_there_is_nothing_to_press(page: Page, day: Day) -> None:
    shown = {}

    for name in day.pages.keys() - FORMS:
        page.goto(day.pages[name])
        shown[name] = page.locator(TO_PRESS).locator("visible=true").count()

    assert set(shown) == {
        "today", "caseload", "leader", "room", "brief", "present brief", "patient",
        "counselling notes", "counselling note", "aftercare", "hours", "diary week", "week",
    }  # fmt: skip
    assert shown == dict.fromkeys(shown, 0)


def test_no_row_is_parted_by_the_edge_of_a_sheet(page: Page, day: Day) -> None:
    parted, counted = {}, {}

    for name in ("today", "caseload", "leader", "brief", "patient"):
        page.goto(day.pages[name])
        rows = page.locator(ROWS)
        counted[name] = rows.count()
        parted[name] = rows.evaluate_all(IS_PARTED)

    assert min(counted.values()) > 0
    assert parted == dict.fromkeys(parted, 0)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_caseload_a_group_of_six_and_a_plan_take_one_sheet(
    page: Page, day: Day, sheet: str
) -> None:
    taken = {}

    for name in ("today", "caseload", "leader", "aftercare", "diary week"):
        page.goto(day.pages[name])
        taken[name] = sheets_of(page.pdf(format=sheet))

    assert taken == {"today": 1, "caseload": 1, "leader": 1, "aftercare": 1, "diary week": 1}


def test_a_recalled_entry_is_told_from_the_others_without_backgrounds(page: Page, day: Day) -> None:
    page.goto(day.pages["patient"])

    filled = page.locator(".timeline .mark").evaluate_all(
        """marks => marks.map(mark => {
          const style = getComputedStyle(mark);
          const inside = mark.offsetWidth - 2 * parseFloat(style.borderLeftWidth);
          return [mark.classList.contains('hollow'), inside > 1];
        })"""
    )

    # A border is printed, a background is not: what is filled by its border stays filled.
    assert {(hollow, is_empty) for hollow, is_empty in filled} == {(True, True), (False, False)}
    expect(page.locator(".legend .mark")).to_have_count(2)
    expect(page.locator(".legend .mark").first).to_be_visible()


def test_every_page_says_on_paper_what_the_law_wants_said(page: Page, day: Day) -> None:
    for address in day.pages.values():
        page.goto(address)
        expect(page.get_by_text(REDISCLOSURE_NOTICE)).to_be_visible()

    page.emulate_media(media="screen")
    page.goto(day.pages["caseload"])
    expect(page.get_by_text(REDISCLOSURE_NOTICE)).to_be_hidden()


def test_each_sheet_says_it_and_its_number() -> None:
    every_sheet = re.search(r"@page \{.*?\n\}", STYLES.read_text(encoding="utf-8"), re.DOTALL)

    assert every_sheet is not None
    assert f'content: "{REDISCLOSURE_NOTICE}"' in every_sheet[0]
    assert 'counter(page) " of " counter(pages)' in every_sheet[0]
