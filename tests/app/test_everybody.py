"""Everybody can use it: by keyboard, by names read out, at 320 px, in large print, at night."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from care.models import User
from journaling.models import Entry
from tests.app.modules import call
from tests.app.phone import Clinic, Phone
from tests.cast import PASSWORD, agrees, introduce, supports
from tests.web.browser_checks import faults_of
from tests.web.page_client import week_of_maya

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Every screen that a patient who is signed in can open, with what it is opened for.
SCREENS: dict[str, dict[str, Any]] = {
    "today": {}, "weeks": {}, "skills": {}, "sessions": {}, "more": {}, "craving": {}, "now": {},
    "mood": {}, "note": {}, "log": {}, "use": {}, "diary": {},
    "diary-week": {}, "reading": {}, "dose": {},
    "meeting": {}, "measures": {}, "measure": {"slug": "phq-9"}, "skill": {"slug": "ride-the-urge"},
    "practice": {"slug": "ride-the-urge"}, "lessons": {}, "lesson": {"slug": "sleep-habits"},
    "agenda": {}, "help": {}, "plan": {}, "shelf": {},
    "situations": {}, "situation": {}, "care-plan": {}, "medicines": {},
    "tasks": {}, "aftercare": {}, "aftercare-edit": {}, "availability": {},
    "reminders": {}, "rights": {}, "consents": {}, "supporters": {}, "supporter": {},
    "handovers": {}, "handover": {}, "looks": {}, "exports": {}, "privacy": {}, "resources": {},
    "sign-ins": {}, "pin": {}, "settings": {}, "sign-out": {}, "check-in-times": {},
    "home-screen": {}, "enroll": {}, "reset": {}, "welcome": {}, "sign-in": {},
}  # fmt: skip
#: Of an entry: opened from the list.
OF_AN_ENTRY = ("craving-details", "and-now", "entry", "mend")
#: Of a session that lies ahead.
OF_A_SESSION = ("mirror", "feedback", "ask-to-move")


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, after a week of entries, with one support person in and one not yet.

    Her clinic says who it is, and lists a kitchen.
    """
    week_of_maya(clinic.cast)
    introduce(clinic.cast)
    agrees(clinic.cast.maya, recipient="Alma")
    supports(clinic.cast.sam, clinic.cast.maya)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def show(page: Page, name: str, params: dict[str, Any]) -> None:
    call(page, "router", "(m.start('today'), m.go(name, params), 1)", name=name, params=params)
    page.wait_for_timeout(250)


def screens_of(phone: Phone) -> dict[str, dict[str, Any]]:
    ids = call(phone.page, "sync", "[...m.journal.value.values()].map(({id, kind}) => [kind, id])")
    craving = next(entry_id for kind, entry_id in ids if kind == "craving")
    session = call(
        phone.page, "reads",
        "m.copyOf('sessions').body.results"
        ".find((one) => one.starts_at > new Date().toISOString()).id",
    )  # fmt: skip
    of_a_session = {name: {"session": session} for name in OF_A_SESSION}
    return SCREENS | {name: {"id": craving} for name in OF_AN_ENTRY} | of_a_session


def test_every_screen_there_is_is_looked_at(phone: Phone) -> None:
    first = call(phone.page, "screens", "Object.keys(m.screens)")
    later = call(phone.page, "later-screens", "Object.keys(m.screens)")

    assert {*first, *later} == {*SCREENS, *OF_AN_ENTRY, *OF_A_SESSION, "unlock"}


def test_every_screen_is_accessible_and_breaks_no_policy(phone: Phone) -> None:
    found = {}
    for name, params in screens_of(phone).items():
        show(phone.page, name, params)
        found[name] = faults_of(phone.page, preload=False)

    assert {name: faults for name, faults in found.items() if faults} == {}
    assert len(found) == 62
    assert phone.complaints == []


TARGETS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter((one) => one.checkVisibility() && !one.closest('.skip, .unseen') && !one.matches('.skip'))
  .map((one) => [one.textContent.trim().slice(0, 30) || one.id, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 48 || box.width < 44)
  .map(([name, box]) => `${name} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.mark.parametrize("width", [320, 360, 820])
def test_nothing_runs_over_the_edge_and_every_target_fits_a_thumb(phone: Phone, width: int) -> None:
    phone.page.set_viewport_size({"width": width, "height": 740})
    wide, small = {}, {}
    for name, params in screens_of(phone).items():
        show(phone.page, name, params)
        measured = phone.page.evaluate("document.documentElement.scrollWidth")
        if measured > width:
            wide[name] = measured
        if targets := phone.page.evaluate(TARGETS):
            small[name] = targets

    assert wide == {}
    assert small == {}


def test_letters_at_twice_the_size_still_fit(clinic: Clinic, large_print: Browser) -> None:
    week_of_maya(clinic.cast)
    phone = Clinic(clinic.url, clinic.cast, large_print).phone().sign_in("maya")
    phone.wait_until_ready()
    wide = {}
    for name, params in screens_of(phone).items():
        show(phone.page, name, params)
        measured = phone.page.evaluate("document.documentElement.scrollWidth")
        if measured > 360:
            wide[name] = measured
    phone.context.close()

    assert wide == {}


def test_nothing_moves_where_less_motion_is_asked_for(clinic: Clinic) -> None:
    phone = clinic.phone(reduced_motion="reduce").sign_in("maya")
    phone.log_craving(4)

    moving = phone.page.evaluate("document.getAnimations().length")
    timed = phone.page.evaluate(
        "[...document.querySelectorAll('*')].filter((one) =>"
        " getComputedStyle(one).transitionDuration !== '0s').length"
    )
    assert (moving, timed) == (0, 0)


def test_the_keyboard_alone_is_enough(clinic: Clinic) -> None:
    phone = clinic.phone(has_touch=False, is_mobile=False)
    page = phone.open().page
    reach(page, "Sign in")
    page.keyboard.press("Enter")
    reach(page, "Name")
    page.keyboard.type("maya")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(phone.heading).to_contain_text("Maya")
    reach(page, "I have a craving")
    page.keyboard.press("Enter")
    expect(phone.heading).to_be_focused()
    reach(page, "How strong is it?")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(phone.state).to_contain_text("7 / 10")
    reach(page, "What can I do now")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")

    expect(phone.heading).to_have_text("What can help now")
    assert outline == "solid"
    phone.wait_until_sent()
    assert Entry.objects.get().intensity == 7


def reach(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const one = document.activeElement; return (one.ariaLabel"
            " || one.labels?.[0]?.textContent || one.textContent || '').trim(); })()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name} is never reached")


def test_names_read_out_are_enough(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")

    expect(phone.page.locator("body")).to_match_aria_snapshot(
        """
        - link "Skip to the content"
        - banner:
          - button "Hide"
          - button "Help"
        - main:
          - heading /Maya/ [level=1]
          - status
          - button "I have a craving two taps, then what you like"
          - button "When it gets hard my own plans"
          - button "Mood this moment"
          - button "I used a skill or want to try one"
          - button "Note"
          - button "Log something else"
        - navigation "Places":
          - button "Today"
          - button "My weeks"
          - button "Skills"
          - button "Sessions"
          - button "More"
        """
    )
    phone.press(re.compile("I have a craving"), exact=False)
    scale = phone.page.get_by_role("slider", name="How strong is it?")
    expect(scale).to_have_attribute("aria-valuetext", "not answered")
    phone.slide("How strong is it?", 8)
    expect(scale).to_have_attribute("aria-valuetext", "8, strong")
    expect(phone.page.get_by_role("group", name="For")).to_be_visible()
    expect(phone.page.get_by_role("button", name="alcohol")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_whole_way_in_spanish(clinic: Clinic) -> None:
    phone = clinic.phone(locale="es-US")
    phone.open()
    expect(phone.heading).to_have_text("Le damos la bienvenida")
    assert phone.page.evaluate("document.documentElement.lang") == "es"
    phone.press("Entrar")
    phone.page.get_by_label("Nombre").fill("maya")
    phone.page.get_by_label("Contraseña").fill(PASSWORD)
    phone.press("Entrar")
    expect(phone.heading).to_contain_text("Maya")
    phone.wait_until_ready()
    phone.offline()
    phone.press(re.compile("Tengo ganas de consumir"), exact=False)
    phone.slide("¿Qué tan fuerte es?", 6)
    expect(phone.state).to_contain_text("Guardado en este teléfono. Aún no enviado.")
    phone.press("Ayuda")
    expect(phone.page.get_by_role("link", name="Llamar al 988").first).to_be_visible()
    expect(phone.page.get_by_text("En español: 988, opción 2.")).to_be_visible()

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    assert Entry.objects.get().intensity == 6
    assert User.objects.get(username="maya").language == "es"
    phone.press("Atrás", exact=False)
    phone.press("Atrás", exact=False)
    phone.press("Más")
    phone.press("Este teléfono")
    phone.press("English")
    expect(phone.heading).to_have_text("This phone")


def test_help_comes_before_anything_else_after_an_answer_about_dying(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    phone.press("Log something else")
    phone.press("Diary card")
    phone.slide("To end my life", 3)
    phone.press("Save")
    expect(phone.heading).to_have_text("You are not alone in this")

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    expect(
        phone.page.get_by_text(re.compile("Please go through your plan|Please let somebody"))
    ).to_be_visible()
    assert Entry.objects.get().urges["suicide"]["peak"] == 3
