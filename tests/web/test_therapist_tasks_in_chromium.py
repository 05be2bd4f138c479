"""What therapists do on the pages: in few clicks, without a script, by keyboard, in large type."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from care.models import Attendance, CalendarLink, GroupMembership, TreatmentSession, User
from journaling.models import Assignment, Entry, SafetyEvent
from tests import cast as people
from tests.authenticator_app import code_at, enrolled
from tests.cast import PASSWORD
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.clinic_day import Day, working_day
from tests.web.test_pages_in_chromium import Clinic, LiveServer
from tests.web.test_working_pages_in_chromium import at_work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Counts every click of a tab, across its pages; a key that presses a button counts as one.
COUNTING = """addEventListener('click', () => sessionStorage.setItem(
  'clicks', Number(sessionStorage.getItem('clicks')) + 1), true)"""
ACKNOWLEDGE = re.compile("Acknowledge or note ?: Maya")
YES = re.compile("Yes, acknowledge ?: Maya")
OPEN_BRIEF = re.compile("Open brief of Maya")
#: Find parts that hide some of their text; what is for screen readers alone is one pixel wide,
#: and a table of many columns lies in a region that the keyboard scrolls.
CUT_OFF = """parts => parts.filter(part => part.offsetWidth > 1 && part.clientWidth > 1
    && getComputedStyle(part).overflowX !== 'visible'
    && !/^(INPUT|SELECT|TEXTAREA)$/.test(part.tagName)
    && !part.matches('[role=region][tabindex="0"]')
    && part.scrollWidth > part.clientWidth + 1).map(part => part.outerHTML.slice(0, 80))"""
HOUR = timedelta(hours=1)
TALK = re.compile("Let’s talk about this")


@pytest.fixture
def day(transactional_db: None) -> Day:
    """Fill the day."""
    return working_day(people.enter())


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser, day: Day) -> Clinic:
    """Serve it."""
    return Clinic(live_server.url, day.event.pk, chromium)


# --- In three clicks -------------------------------------------------------------------------


def acknowledges(page: Page) -> None:
    page.get_by_label("What happened").select_option("reached_safe")
    page.get_by_role("button", name=ACKNOWLEDGE).click()
    expect(page.get_by_role("button", name=YES)).to_be_visible()
    settled(page)
    page.get_by_role("button", name=YES).click()
    expect(page.get_by_text("Maya: acknowledged, for everybody who was called.")).to_be_visible()
    assert SafetyEvent.objects.get().acknowledged_at is not None


def settled(page: Page) -> None:
    """Wait until what was put in place has its script: a moment before, it works as without."""
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)


def opens_the_next_brief(page: Page) -> None:
    page.get_by_role("link", name=OPEN_BRIEF).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Maya")


def marks_it_as_reviewed(page: Page) -> None:
    opens_the_next_brief(page)
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.get_by_text(re.compile("Reviewed by you .*The patient sees"))).to_be_visible()
    assert Entry.objects.filter(reviewed_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("task", "clicks"), [(acknowledges, 2), (opens_the_next_brief, 1), (marks_it_as_reviewed, 2)]
)
def test_a_therapists_three_tasks_take_at_most_three_clicks_from_sign_in(
    clinic: Clinic, task: Callable[[Page], None], clicks: int
) -> None:
    okafor = User.objects.get(username="dr_okafor")
    secret, _ = enrolled(okafor, at=timezone.now() - timedelta(hours=1))
    page = clinic.open()
    page.add_init_script(COUNTING)
    page.goto("/")
    page.get_by_label("Name").fill("dr_okafor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(code_at(secret))
    page.get_by_role("button", name="Sign in").click()
    # The sign-in itself leads to the day.
    expect(page.get_by_role("heading", name="Open safety events")).to_be_visible()
    to_sign_in = page.evaluate("Number(sessionStorage.getItem('clicks'))")

    task(page)

    assert to_sign_in == 2
    assert page.evaluate("Number(sessionStorage.getItem('clicks'))") - to_sign_in == clicks <= 3
    assert clinic.complaints == []


# --- Without a script ------------------------------------------------------------------------


@pytest.fixture
def plain(clinic: Clinic) -> Page:
    """Open a browser that runs no script, at today."""
    state = at_work(clinic).context.storage_state()
    context = clinic.chromium.new_context(
        java_script_enabled=False, base_url=clinic.url, storage_state=state
    )
    page = context.new_page()
    page.goto("/review/")
    return page


def says(page: Page, words: str) -> None:
    expect(page.get_by_role("status").first).to_contain_text(words)


def presses(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).first.click()


def agrees(page: Page, link: str | re.Pattern[str], button: str) -> None:
    """Follow a link to what can't be undone, and say on its page that it is meant."""
    page.get_by_role("link", name=link).first.click()
    expect(page.get_by_role("link", name="No, go back")).to_be_visible()
    presses(page, button)


def test_the_three_tasks_and_the_timeline_need_no_script(plain: Page, day: Day) -> None:
    plain.get_by_label("What happened").select_option("reached_safe")
    presses(plain, ACKNOWLEDGE)
    presses(plain, YES)
    says(plain, "The safety event is acknowledged.")
    plain.get_by_role("link", name=OPEN_BRIEF).click()
    presses(plain, "Mark as reviewed")
    says(plain, "Marked as reviewed.")
    presses(plain, TALK)
    presses(plain, "Yes, tell Maya: let’s talk about this")
    says(plain, "let’s talk about this")
    plain.get_by_role("link", name="Timeline of Maya").click()
    plain.get_by_label("Kind").select_option("mood")
    presses(plain, "Show")

    expect(plain.locator(".timeline li")).to_have_count(9)
    assert Entry.objects.filter(acknowledged_at__isnull=False).count() == 1


def test_earlier_entries_need_no_script(plain: Page, day: Day) -> None:
    maya = User.objects.select_related("patient").get(username="maya")
    for n in range(45):
        wrote(maya, "mood", timezone.now() - timedelta(days=20, hours=n), valence=1)
    plain.goto(day.pages["patient"])
    first = plain.locator(".timeline li").count()

    plain.get_by_role("link", name="Earlier entries").click()

    assert first == 40
    expect(plain.locator(".timeline li")).not_to_have_count(0)
    expect(plain.get_by_role("heading", level=1)).to_have_text("Maya")


def test_sessions_of_every_kind_are_planned_moved_and_cancelled_without_a_script(
    plain: Page, day: Day
) -> None:
    plain.get_by_role("link", name="Plan a session").click()
    kinds = plain.get_by_label("Kind").locator("option").all_inner_texts()
    on = timezone.now().date() + timedelta(days=6)
    plain.get_by_label("Kind").select_option("physical_health")
    plain.get_by_label("With").select_option(label="Maya")
    plain.get_by_label("Day", exact=True).fill(on.isoformat())
    plain.get_by_label("Starts at").fill("09:30")
    plain.get_by_label("Minutes").fill("30")
    presses(plain, "Plan")
    says(plain, "The session is planned.")
    plain.get_by_role("link", name=re.compile("Move or cancel ?: Maya, 9:30 am")).click()
    plain.get_by_label("Starts at").fill("11:15")
    presses(plain, "Save")
    says(plain, "The session is changed.")
    plain.get_by_role("link", name=re.compile("Move or cancel ?: Maya, 11:15 am")).click()
    agrees(plain, "Cancel this session", "Yes, cancel it")
    says(plain, "The session is cancelled.")

    assert [kind.lower().replace(" ", "_") for kind in kinds] == [
        "choose", *TreatmentSession.Kind.values
    ]  # fmt: skip
    made = TreatmentSession.objects.get(kind="physical_health")
    assert (made.cancelled_at is not None, made.rev) == (True, 3)


def test_attendance_is_taken_without_a_script(plain: Page, day: Day) -> None:
    plain.goto(day.pages["attendance"])
    expect(plain.get_by_text("This session has not begun")).to_be_visible()
    TreatmentSession.objects.filter(kind="group").update(
        starts_at=F("starts_at") - HOUR, ends_at=F("ends_at") - HOUR
    )
    plain.goto(day.pages["leader"])
    plain.get_by_role("link", name="Take attendance").click()
    maya = plain.get_by_role("group", name="Maya")
    maya.get_by_label("Attendance").select_option("left_early")
    maya.get_by_label("Minutes").fill("95")
    presses(plain, re.compile("Fill in: everybody else present"))
    says(plain, "Filled in, and not noted yet")
    presses(plain, "Note attendance")
    says(plain, "Attendance is noted.")

    marks = Attendance.objects.filter(session__kind="group").values_list("status", "minutes")
    assert sorted(marks) == [("left_early", 95), *[("present", 180)] * 5]


def test_a_patient_is_invited_without_a_script_and_the_code_is_shown_once(
    plain: Page, day: Day
) -> None:
    plain.get_by_role("link", name="Caseload").click()
    plain.get_by_role("link", name="Invite a patient").click()
    plain.get_by_label("Name").fill("Iris")
    presses(plain, "Make the code")
    code = plain.get_by_label("Invitation code").inner_text()
    plain.get_by_role("link", name="Caseload").first.click()

    assert len(code) == 14
    assert code not in plain.content()
    agrees(plain, "New code for Iris", "Make a new code")
    assert plain.get_by_label("Invitation code").inner_text() != code


def test_homework_plan_and_team_are_changed_without_a_script(plain: Page, day: Day) -> None:
    plain.goto(day.pages["patient"])
    plain.get_by_role("link", name="Assign a skill").click()
    plain.get_by_label("Find a skill by any of its names").fill("PACED breath")
    presses(plain, "Find")
    plain.get_by_label("Skill", exact=True).select_option("slow-breathing")
    presses(plain, "Assign")
    says(plain, "The skill is assigned.")
    agrees(plain, re.compile("End ?: Slow breathing"), "Yes, end it now")
    says(plain, "The homework has ended.")
    plain.goto(day.pages["care plan"])
    plain.get_by_label("Hours a week").fill("10")
    plain.get_by_label("Goals").fill("Sleep by eleven")
    plain.get_by_label("Reviewed on").fill((timezone.now().date() - timedelta(days=1)).isoformat())
    presses(plain, "Write the next version")
    says(plain, "The plan of care is written.")
    plain.goto(day.pages["team"])
    agrees(plain, re.compile("Leaves the team ?: Dr. Lind"), "Yes, end it now")
    says(plain, "The care team is changed.")
    plain.get_by_label("Colleague").select_option(label="Dr. Lind")
    plain.get_by_label("Part").select_option("nurse")
    presses(plain, "Add to the team")
    says(plain, "The care team is changed.")

    assert Assignment.objects.filter(patient__user__username="maya").count() == 1


def test_groups_and_the_calendar_are_kept_without_a_script(plain: Page, day: Day) -> None:
    plain.get_by_role("link", name="Groups").click()
    plain.get_by_label("Name of the group").fill("Evening group")
    presses(plain, "Open the group")
    says(plain, "The group is open.")
    plain.get_by_label("Patient").select_option(label="Maya")
    presses(plain, "Add to the group")
    says(plain, "They are in the group.")
    agrees(plain, re.compile("Leaves the group ?: Maya"), "Yes, end it now")
    says(plain, "They have left the group.")
    plain.goto(day.pages["calendar"])
    presses(plain, "Make the address")
    address = plain.get_by_label("Calendar address").inner_text()
    assert plain.request.get(address).ok
    agrees(plain, "End the address", "End it")
    says(plain, "The calendar address has ended.")

    assert plain.request.get(address).status == 404
    assert GroupMembership.objects.filter(group__name="Evening group").count() == 1
    assert not CalendarLink.objects.filter(revoked_at__isnull=True).exists()


# --- By keyboard, and in large text ----------------------------------------------------------


def reaches(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until the button or link of that name has the focus, and see that it shows it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if re.search(name, focused.inner_text().replace("\n", "")):
            style = focused.evaluate("one => getComputedStyle(one).outlineStyle")
            assert style == "solid"
            return
    raise AssertionError(f"Tab never came to {name!r}")


def test_the_brief_is_worked_through_by_keyboard_alone(clinic: Clinic, day: Day) -> None:
    page = at_work(clinic)
    page.goto(day.pages["brief"])

    reaches(page, "^Mark as reviewed")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("Reviewed by you .*The patient sees"))).to_be_focused()
    reaches(page, TALK)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Yes, tell Maya")).to_be_focused()
    settled(page)
    page.keyboard.press("Space")
    expect(page.get_by_text("You said: let’s talk about this")).to_be_focused()
    reaches(page, "^The line in words")
    page.keyboard.press("Enter")

    expect(page.locator("details[open] li").first).to_be_visible()
    assert Entry.objects.filter(reviewed_at__isnull=False).exists()
    assert Entry.objects.filter(acknowledged_at__isnull=False).count() == 1
    assert clinic.complaints == []


def test_the_details_of_an_entry_open_by_keyboard_without_a_script_and_print(
    plain: Page, day: Day
) -> None:
    plain.goto(f"{day.pages['patient']}?kind=craving")
    first = plain.locator("details.detail").first
    expect(first.locator("dl")).to_be_hidden()

    first.locator("summary").focus()
    plain.keyboard.press("Enter")

    expect(first.get_by_text("did not use", exact=True)).to_be_visible()
    plain.emulate_media(media="print")
    expect(first.get_by_text("did not use", exact=True)).to_be_visible()
    expect(plain.locator("details.detail").nth(1)).to_be_hidden()


def test_an_event_is_acknowledged_by_keyboard_and_the_focus_stays_there(clinic: Clinic) -> None:
    page = at_work(clinic)

    page.get_by_label("What happened").select_option("reached_safe")
    reaches(page, "^Acknowledge or note: Maya")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=YES)).to_be_focused()
    settled(page)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Maya: acknowledged, for everybody who was called.")).to_be_focused()


@pytest.mark.parametrize("width", [720, 1280])
def test_letters_of_twice_the_size_are_all_there(
    live_server: LiveServer, large_print: Browser, day: Day, width: int
) -> None:
    page = at_work(Clinic(live_server.url, day.event.pk, large_print), width=width)
    sizes, wide, cut = {}, {}, {}

    for name, address in day.pages.items():
        page.goto(address)
        sizes[name] = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
        cut[name] = page.locator("body *").evaluate_all(CUT_OFF)

    assert sizes == dict.fromkeys(day.pages, 36)
    assert wide == dict.fromkeys(day.pages, width)
    assert cut == {name: [] for name in day.pages}
