"""What a thumb does on the situation card, and what the server then has."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from journaling.skills.agreed_plans import agree_plan
from journaling.skills.situation_plans import SituationPlan, WantedPlan, situation_plans_of
from tests.app.phone import Clinic, Phone
from tests.cast import own_chart

BAR = WantedPlan("walking past the bar", "slow-breathing", "I breathe out, and cross over.")
PAYDAY = WantedPlan("payday comes", "ride-the-urge")


def agreed(clinic: Clinic, *wanted: WantedPlan) -> None:
    for plan in wanted:
        agree_plan(chart=own_chart(clinic.cast.maya), wanted=plan, now=timezone.now())


def phone_with_plans(clinic: Clinic) -> Phone:
    """Return maya's phone, which has read the two plans that she has."""
    agreed(clinic, BAR, PAYDAY)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def listed(clinic: Clinic) -> list[SituationPlan]:
    return list(situation_plans_of(chart=own_chart(clinic.cast.maya)).plans)


def open_card(phone: Phone) -> None:
    phone.press(re.compile("When it gets hard"), exact=False)
    expect(phone.heading).to_have_text("When it gets hard")


def rows(phone: Phone) -> list[str]:
    return [" ".join(text.split()) for text in phone.page.locator(".situation").all_inner_texts()]


def write_plan(phone: Phone, situation: str, skill: str = "ride-the-urge") -> None:
    phone.press("Add one")
    phone.page.get_by_label("When this happens").fill(situation)
    phone.page.get_by_label("I do this").select_option(skill)
    phone.press("Save")
    expect(phone.heading).to_have_text("When it gets hard")


def use_plan(phone: Phone, situation: str) -> None:
    phone.press(re.compile(f"When {situation}"), exact=False)
    phone.press("I did this")
    expect(phone.state).to_contain_text(re.compile(r"Saved on this phone|Sent\."))
    phone.press("Done")


def changed_in_two_places(clinic: Clinic, phone: Phone) -> None:
    """Let the phone add and use a plan while the therapist adds another."""
    phone.offline()
    open_card(phone)
    write_plan(phone, "the house is quiet")
    use_plan(phone, "the house is quiet")
    agreed(clinic, WantedPlan("a wedding", "name-it", agreed_with=clinic.cast.dr_okafor.pk))
    phone.offline(is_cut=False)
    expect(phone.page.get_by_role("heading", name="Changed in two places")).to_be_visible()
    expect(phone.page.get_by_role("listitem").filter(has_text="the house is quiet")).to_be_visible()
    expect(phone.page.get_by_role("listitem").filter(has_text="a wedding")).to_be_visible()
