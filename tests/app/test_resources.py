"""Who the clinic is, and help outside of it: on a phone, also without a connection."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.clinic.profile import ClinicDetails, write_clinic_profile
from care.clinic.resources import ResourceDetails, put_resource
from care.models import CommunityResource
from tests.app.modules import call
from tests.app.phone import Clinic, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAID = ClinicDetails(
    name="Harbor Clinic", address="12 Pier Street\nChicago", phone="(312) 555-0140",
    hours=("Mon to Fri 8:00 to 18:00",), cost_page="https://harbor.example.org/costs",
    crisis_phone="+13125550141",
)  # fmt: skip


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone; her clinic says who it is, and knows of a kitchen, a group and a ride."""
    now, ada = timezone.now(), clinic.cast.ada
    write_clinic_profile(admin=ada, rev=0, details=SAID, now=now)
    checked = now.date() - timedelta(days=10)
    for details in (
        ResourceDetails(kind="food", name="Pier kitchen", phone="(312) 555-0150",
                        website="https://kitchen.example.org/", verified_at=checked,
                        description="A warm meal", languages=("es",)),
        ResourceDetails(kind="support_group", name="Asociación Olas", region="South side"),
        ResourceDetails(kind="transport", name="Night ride", verified_at=checked),
        ResourceDetails(kind="other", name="Closed since", is_withdrawn=True),
    ):  # fmt: skip
        put_resource(admin=ada, resource_id=uuid4(), details=details, rev=None, now=now)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def names(phone: Phone) -> list[str]:
    return [one.inner_text() for one in phone.page.locator("section.card h2").all()]


def test_resources_are_found_by_words_and_kind_without_a_connection(phone: Phone) -> None:
    phone.offline()
    phone.open()
    phone.press("More")
    phone.press("Help near you")
    everything = names(phone)

    phone.page.get_by_label("Search").fill("ASOCIACION south")
    by_words = names(phone)
    phone.page.get_by_label("Search").fill("")
    phone.page.get_by_label("Kind").select_option("Food")
    by_kind = names(phone)
    options = phone.page.get_by_label("Kind").locator("option").all_inner_texts()
    phone.page.get_by_label("Search").fill("ride")
    expect(phone.page.get_by_text("None of them has these words.")).to_be_visible()

    assert everything == ["Asociación Olas", "Night ride", "Pier kitchen"]
    assert (by_words, by_kind) == (["Asociación Olas"], ["Pier kitchen"])
    assert options == ["All kinds", "Support group", "Transport", "Food"]


def test_a_resource_can_be_called_and_says_when_it_was_checked(phone: Phone) -> None:
    phone.press("More")
    phone.press("Help near you")

    kitchen = phone.page.locator("section.card", has_text="Pier kitchen")
    unchecked = phone.page.locator("section.card", has_text="Asociación Olas")
    expect(kitchen.get_by_role("link", name="Call (312) 555-0150")).to_have_attribute(
        "href", "tel:3125550150"
    )
    expect(kitchen.get_by_role("link", name="Website")).to_have_attribute(
        "href", "https://kitchen.example.org/"
    )
    expect(kitchen.get_by_text("Languages: Spanish")).to_be_visible()
    expect(kitchen.get_by_text(re.compile(r"^Checked on "))).to_be_visible()
    expect(kitchen.get_by_text("Nobody has checked it")).to_have_count(0)
    expect(unchecked.get_by_text("Nobody has checked it of late")).to_be_visible()


def test_a_change_shows_once_the_screen_is_opened_with_a_connection(phone: Phone) -> None:
    CommunityResource.objects.filter(name="Night ride").update(is_withdrawn=True)

    phone.press("More")
    phone.press("Help near you")

    expect(phone.page.get_by_text("Pier kitchen")).to_be_visible()
    expect(phone.page.get_by_text("Night ride")).to_have_count(0)


def test_help_has_the_clinics_own_phone_beside_the_national_ones(phone: Phone) -> None:
    phone.offline()
    phone.open()
    phone.press("Help")

    calls = [one.get_attribute("href") for one in phone.page.locator(".calls a").all()]
    card = phone.page.locator("section.card", has_text="Harbor Clinic")
    assert calls == ["tel:+13125550141", "tel:988", "sms:988", "tel:911"]
    expect(card.get_by_text("12 Pier Street")).to_be_visible()
    expect(card.get_by_text("Mon to Fri 8:00 to 18:00")).to_be_visible()
    expect(card.get_by_role("link", name="Call (312) 555-0140")).to_have_attribute(
        "href", "tel:3125550140"
    )
    expect(card.get_by_role("link", name="What it costs")).to_have_attribute(
        "href", "https://harbor.example.org/costs"
    )
    card.get_by_role("button", name="Help near you").click()
    expect(phone.heading).to_have_text("Help near you")


def test_in_an_emergency_988_and_911_come_first(phone: Phone) -> None:
    call(
        phone.page, "sync",
        "(m.support.value = {level: 3, message: '', not_monitored: ''}, 1)",
    )  # fmt: skip
    call(phone.page, "router", "(m.go('help'), 1)")
    phone.page.locator(".calls a").first.wait_for()

    calls = [one.get_attribute("href") for one in phone.page.locator(".calls a").all()]
    assert calls == ["tel:988", "sms:988", "tel:911", "tel:+13125550141"]


def test_nothing_of_the_clinic_stays_after_a_sign_out(phone: Phone) -> None:
    phone.press("More")
    phone.press("Sign out")
    phone.page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(phone.heading).to_have_text("Welcome")
    phone.offline()

    phone.press("Help")

    calls = [one.get_attribute("href") for one in phone.page.locator(".calls a").all()]
    assert calls == ["tel:988", "sms:988", "tel:911"]
    expect(phone.page.get_by_text("Harbor Clinic")).to_have_count(0)


def test_a_clinic_that_says_nothing_takes_nothing_away(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("noah")
    phone.wait_until_ready()

    phone.press("More")
    phone.press("Help near you")
    expect(phone.page.get_by_text("Your clinic has listed none yet.")).to_be_visible()
    phone.press("Help")

    expect(phone.page.locator(".calls a").first).to_have_attribute("href", "tel:988")
