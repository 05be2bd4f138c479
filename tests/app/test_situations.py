"""The situation card: two taps from the icon, without a connection, and used up to the brief."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from journaling.models import Entry
from tests import cast as people
from tests.app.phone import Clinic, Phone
from tests.app.situation_card import (
    BAR,
    agreed,
    changed_in_two_places,
    listed,
    open_card,
    phone_with_plans,
    rows,
)
from tests.app.test_everybody import TARGETS
from tests.cast import PASSWORD, signed_in
from tests.web.browser_checks import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, which has read her two plans."""
    return phone_with_plans(clinic)


def test_one_tap_after_the_icon_shows_the_card_and_one_more_the_steps(phone: Phone) -> None:
    phone.offline()

    phone.open()
    phone.press(re.compile("When it gets hard"), exact=False)
    assert rows(phone) == [
        "When walking past the bar: Slow breathing I breathe out, and cross over.",
        "When payday comes: Ride the urge like a wave",
    ]
    phone.press(re.compile("When walking past the bar"), exact=False)

    expect(phone.heading).to_have_text("Slow breathing")
    expect(phone.page.get_by_text("I breathe out, and cross over.")).to_be_visible()
    expect(phone.page.locator("p.lead")).to_contain_text("breath")
    expect(phone.page.get_by_role("button", name="I did this")).to_be_visible()


def test_what_was_done_reaches_the_brief(clinic: Clinic, phone: Phone) -> None:
    now, okafor = timezone.now(), clinic.cast.dr_okafor
    people.session(
        okafor, starts_at=now - timedelta(days=7), with_patient=clinic.cast.maya, status="present"
    )
    session = people.session(
        okafor, starts_at=now + timedelta(minutes=30), with_patient=clinic.cast.maya
    )
    open_card(phone)
    phone.offline()
    phone.press(re.compile("When walking past the bar"), exact=False)
    phone.press("I did this")
    expect(phone.state).to_contain_text("Skill: Slow breathing. Saved on this phone.")
    phone.press("Yes")

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    entry = Entry.objects.get()
    assert entry.origin == f"plan:{listed(clinic)[0].id}"
    assert (entry.attempted, entry.able, entry.helped) == (True, True, True)
    brief = signed_in(okafor).get(f"/api/v1/sessions/{session.pk}/brief").json()
    said = [line["text"] for part in brief["sections"] for line in part["lines"]]
    used = "Used the plan for “walking past the bar” once (helped 1 of 1)."
    assert any(used in text for text in said), said


def test_an_answer_is_changed_and_the_whole_taken_back(clinic: Clinic, phone: Phone) -> None:
    open_card(phone)
    phone.press(re.compile("When payday comes"), exact=False)
    phone.press("I did this")
    phone.press("No")
    phone.until("document.querySelector('[aria-pressed=true]').textContent === 'No'")
    # The first save may be sent before the answer waits: nothing waits for a moment between.
    for _ in range(100):
        phone.wait_until_sent()
        if Entry.objects.get().helped is not None:
            break
        phone.page.wait_for_timeout(50)
    assert Entry.objects.get().helped is False

    phone.press("Undo")
    expect(phone.page.get_by_role("button", name="I did this")).to_be_visible()
    phone.wait_until_sent()

    assert Entry.objects.get().deleted_at is not None


def test_plans_stand_before_all_else_that_can_help_now(phone: Phone) -> None:
    phone.log_craving(8)
    phone.press("What can I do now")
    phone.press("When it gets hard")

    assert len(rows(phone)) == 2


def test_every_state_of_it_is_accessible_and_fits_a_thumb(clinic: Clinic, phone: Phone) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page = phone.page
        wide = page.evaluate("document.documentElement.scrollWidth")
        found[name] = [
            *faults_of(page, preload=False), *page.evaluate(TARGETS),
            *([f"{wide} px wide"] if wide > 320 else []),
        ]  # fmt: skip

    phone.page.set_viewport_size({"width": 320, "height": 640})
    open_card(phone)
    look("card")
    phone.press("Add one")
    look("new")
    phone.page.go_back()
    phone.press(re.compile("When walking past the bar"), exact=False)
    look("steps")
    phone.press("I did this")
    look("done")
    phone.press("Done")
    phone.press("Change these")
    phone.press(re.compile("When walking past the bar"), exact=False)
    phone.press("Delete it")
    look("sure")
    phone.page.go_back()
    phone.press("Done")
    phone.press("Today")
    changed_in_two_places(clinic, phone)
    look("conflict")

    assert found == {name: [] for name in found}
    assert len(found) == 6


def test_the_card_in_spanish(clinic: Clinic) -> None:
    agreed(clinic, BAR)
    phone = clinic.phone(locale="es-US").open()
    phone.press("Entrar")
    phone.page.get_by_label("Nombre").fill("maya")
    phone.page.get_by_label("Contraseña").fill(PASSWORD)
    phone.press("Entrar")
    phone.wait_until_ready()
    phone.offline()
    phone.press(re.compile("Cuando se pone difícil"), exact=False)
    phone.press(re.compile("Cuando walking past the bar"), exact=False)
    phone.press("Lo hice")
    expect(phone.state).to_contain_text("Guardado en este teléfono. Aún no enviado.")

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    assert Entry.objects.get().origin == f"plan:{listed(clinic)[0].id}"
