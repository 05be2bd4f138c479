"""The administrator's site in a real browser: after the second factor, on every screen, quiet."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from care.clinic.level_plans import LevelPlanDetails, write_level_plan
from care.models import ClinicSafety, CommunityResource, Group, LevelPlan, User
from care.privacy import break_glass
from journaling.models import ClinicLesson
from tests import cast as people
from tests.authenticator_app import code_at
from tests.cast import PASSWORD, Cast
from tests.journaling.briefs.brief_scenario import wrote
from tests.journaling.education.own_lessons import SPANISH_WORDS, own_lesson
from tests.web.browser_checks import SCHEMES, faults_of, shift_of, show_in
from tests.web.test_pages_in_chromium import Clinic, LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = "/review/admin/"
#: The one page of theirs that says which patient it is about.
EMERGENCIES = "/review/emergencies/"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Let there be a diary, a group, safety settings, a profile of the clinic and a resource."""
    found = people.enter()
    people.group(found.dr_okafor, found.maya, name="Morning group")
    wrote(found.maya, "note", timezone.now(), note="canary-note")
    ClinicSafety.objects.create(clinic=found.clinic, set_at=timezone.now())
    people.introduce(found)
    own_lesson(found.ada, es=SPANISH_WORDS)
    planned = LevelPlanDetails(sessions_per_week=3, check_ins=(540,))
    write_level_plan(
        admin=found.ada, level="outpatient", rev=0, details=planned, now=timezone.now()
    )
    break_glass.break_glass(
        clinician=found.dr_lind, patient_id=found.maya.pk, reason="found asleep on the stairs",
        now=timezone.now(),
    )  # fmt: skip
    return found


def addresses(cast: Cast) -> dict[str, str]:
    group, resource = Group.objects.get(), CommunityResource.objects.get()
    plan = f"{HERE}care/levelplan/{LevelPlan.objects.get().pk}/"
    lesson = f"{HERE}journaling/cliniclesson/{ClinicLesson.objects.get().pk}/"
    return {
        "index": HERE,
        "app": f"{HERE}care/",
        "accounts": f"{HERE}care/user/",
        "search": f"{HERE}care/user/?q=okafor&role=clinician",
        "account": f"{HERE}care/user/{cast.dr_okafor.pk}/change/",
        "new account": f"{HERE}care/user/add/",
        "history": f"{HERE}care/user/{cast.dr_okafor.pk}/history/",
        "clinics": f"{HERE}care/clinic/",
        "clinic": f"{HERE}care/clinic/{cast.clinic.pk}/change/",
        "clinic's history": f"{HERE}care/clinic/{cast.clinic.pk}/history/",
        "resources": f"{HERE}care/communityresource/",
        "resource": f"{HERE}care/communityresource/{resource.pk}/change/",
        "new resource": f"{HERE}care/communityresource/add/",
        "groups": f"{HERE}care/group/",
        "group": f"{HERE}care/group/{group.pk}/change/",
        "new group": f"{HERE}care/group/add/",
        "safety": f"{HERE}care/clinicsafety/",
        "safety settings": f"{HERE}care/clinicsafety/{cast.clinic.pk}/change/",
        "level plans": f"{HERE}care/levelplan/",
        "level plan": f"{plan}change/",
        "level plan's history": f"{plan}history/",
        "new level plan": f"{HERE}care/levelplan/add/",
        "lessons": f"{HERE}journaling/cliniclesson/",
        "lesson": f"{lesson}change/",
        "lesson's history": f"{lesson}history/",
        "new lesson": f"{HERE}journaling/cliniclesson/add/",
        "emergencies": EMERGENCIES,
    }


def signed_in(clinic: Clinic, *, width: int = 1440) -> Page:
    """Sign ada in by name and password, and enrol an authenticator app as a person would."""
    page = clinic.open(width=width)
    page.goto(HERE)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Show the code to scan").click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_at(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("link", name="I have them").click()
    return page


@pytest.fixture
def clinic(live_server: LiveServer, chromium: Browser, cast: Cast) -> Clinic:
    """Serve it."""
    return Clinic(live_server.url, cast.clinic.pk, chromium)


def test_the_site_opens_after_the_second_factor_and_not_before(clinic: Clinic) -> None:
    page = clinic.open()
    page.goto(HERE)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Authenticator app")
    page.goto(f"{HERE}care/user/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Authenticator app")
    page.context.close()

    page = signed_in(clinic)

    expect(page.get_by_role("heading", level=1)).to_have_text("The clinic")
    page.context.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_of_it_is_accessible_quiet_steady_and_says_nothing_of_patients(
    clinic: Clinic, cast: Cast, width: int
) -> None:
    page = signed_in(clinic, width=width)
    faults, shifts, wide = {}, {}, {}
    told = ""

    for name, address in addresses(cast).items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        shifts[name] = shift_of(page)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
        told += "" if address == EMERGENCIES else page.content()
        # What axe's own search for style sheets does is no fault of the page.
        faults[name] = faults_of(page, preload=False)

    assert faults == {name: [] for name in faults}
    assert {name: shift for name, shift in shifts.items() if shift > 0.01} == {}
    assert wide == dict.fromkeys(wide, width)
    assert clinic.complaints == []
    for hidden in ("canary", "Maya", "Noah", str(cast.maya.pk)):
        assert hidden not in told
    assert "1 chart opened in an emergency waits for your review." in told
    for scheme in SCHEMES:
        show_in(page, scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        is_light = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 > 128
        assert is_light is (scheme == "light")
    page.context.close()


def test_no_column_of_a_list_is_cut_off_on_a_phone(clinic: Clinic, cast: Cast) -> None:
    page = signed_in(clinic, width=360)
    page.goto(addresses(cast)["accounts"])

    heads = page.locator("#result_list thead th")
    boxes = [box for head in heads.all() if (box := head.bounding_box())]

    assert len(boxes) == heads.count() == 5
    assert all(box["x"] + box["width"] <= 360 for box in boxes)
    assert page.locator("#result_list .text").evaluate_all(
        "all => all.every(one => one.scrollWidth <= one.clientWidth)"
    )
    page.context.close()


def test_somebody_is_added_by_keyboard_alone_and_signs_in(clinic: Clinic) -> None:
    page = signed_in(clinic)
    page.goto(f"{HERE}care/user/add/")

    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("dr_sato")
    page.keyboard.press("Tab")
    page.keyboard.type("Dr. Sato")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Dr. Sato")
    code = page.get_by_label("Code").inner_text()
    assert not User.objects.get(username="dr_sato").has_usable_password()
    theirs = page.context.browser.new_page()  # type: ignore[union-attr] # it has one
    theirs.goto(f"{clinic.url}/review/start/")
    theirs.get_by_label("Code").fill(code)
    theirs.get_by_label("Password").first.fill("a lantern by the old pier")
    theirs.keyboard.press("Enter")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Authenticator app")
    assert User.objects.get(username="dr_sato").check_password("a lantern by the old pier")
    theirs.close()
    assert clinic.complaints == []
    page.context.close()


def test_what_is_wrong_stands_beside_its_field(clinic: Clinic, cast: Cast) -> None:
    page = signed_in(clinic)
    page.goto(addresses(cast)["clinic"])

    page.get_by_label("Time zone").fill("Mars/One")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".field-time_zone .errorlist")).to_contain_text("Must be an IANA time zone")
    assert faults_of(page, preload=False) == []
    page.context.close()
