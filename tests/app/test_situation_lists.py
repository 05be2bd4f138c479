"""The list of situation plans: written on the phone, changed in two places, sent whole and once."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from journaling.models import ClinicSkill, Entry, SituationPlans
from tests.app.modules import call
from tests.app.phone import Clinic, Phone
from tests.app.situation_card import (
    BAR,
    PAYDAY,
    changed_in_two_places,
    listed,
    open_card,
    phone_with_plans,
    use_plan,
    write_plan,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, which has read her two plans."""
    return phone_with_plans(clinic)


def test_a_plan_made_without_a_connection_goes_out_before_what_names_it(
    clinic: Clinic, phone: Phone
) -> None:
    sent: list[str] = []
    phone.page.on(
        "request", lambda asked: sent.append(f"{asked.method} {asked.url.rsplit('/', 1)[-1]}")
    )
    phone.offline()
    open_card(phone)
    write_plan(phone, "the house is quiet")
    expect(phone.page.get_by_text("Saved on this phone. Not sent yet.")).to_be_visible()
    use_plan(phone, "the house is quiet")
    sent.clear()

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    plan = listed(clinic)[-1]
    assert (plan.situation, plan.agreed_with) == ("the house is quiet", None)
    assert Entry.objects.get().origin == f"plan:{plan.id}"
    assert sent.index("PUT situation-plans") < sent.index("POST sync")
    assert SituationPlans.objects.latest("rev").written_by_role == "patient"


def test_of_a_list_changed_in_two_places_both_are_shown_and_can_be_kept(
    clinic: Clinic, phone: Phone
) -> None:
    changed_in_two_places(clinic, phone)
    assert not Entry.objects.exists()

    phone.press("Keep what both have")
    phone.wait_until_sent()

    plans = {plan.situation: plan for plan in listed(clinic)}
    assert [*plans] == [BAR.situation, PAYDAY.situation, "a wedding", "the house is quiet"]
    assert plans["a wedding"].agreed_with == clinic.cast.dr_okafor.pk
    assert Entry.objects.get().origin == f"plan:{plans['the house is quiet'].id}"


def test_a_list_that_gives_way_loses_no_practice(clinic: Clinic, phone: Phone) -> None:
    changed_in_two_places(clinic, phone)

    phone.press("Keep the clinic’s")
    phone.wait_until_sent()

    assert [plan.situation for plan in listed(clinic)] == [
        BAR.situation, PAYDAY.situation, "a wedding",
    ]  # fmt: skip
    assert Entry.objects.get().origin == "self"


def test_a_list_that_is_kept_replaces_the_clinics(clinic: Clinic, phone: Phone) -> None:
    changed_in_two_places(clinic, phone)

    phone.press("Keep this phone’s")
    phone.wait_until_sent()

    assert [plan.situation for plan in listed(clinic)][2:] == ["the house is quiet"]


def test_an_answer_that_got_lost_is_no_conflict(clinic: Clinic, phone: Phone) -> None:
    def lose(route: Route) -> None:
        if route.request.method == "PUT":
            route.fetch()
            route.abort("internetdisconnected")
        else:
            route.continue_()

    phone.context.route("**/api/v1/situation-plans", lose)
    open_card(phone)
    with phone.page.expect_event(
        "requestfailed", lambda failed: failed.url.endswith("situation-plans")
    ):
        write_plan(phone, "the house is quiet")
    phone.context.unroute("**/api/v1/situation-plans")
    assert len(listed(clinic)) == 3

    write_plan(phone, "a long drive")
    phone.wake()
    phone.wait_until_sent()

    assert [plan.situation for plan in listed(clinic)][2:] == ["the house is quiet", "a long drive"]


def test_a_list_that_the_server_does_not_take_is_mended(clinic: Clinic, phone: Phone) -> None:
    phone.offline()
    open_card(phone)
    write_plan(phone, "the house is quiet", skill="name-it")
    ClinicSkill.objects.create(
        clinic=clinic.cast.clinic, slug="name-it", is_withdrawn=True, changed_at=timezone.now(),
        changed_by=clinic.cast.ada.pk,
    )  # fmt: skip
    phone.offline(is_cut=False)
    expect(phone.page.get_by_role("heading", name="Not taken as it is")).to_be_visible()
    expect(
        phone.page.get_by_text("the house is quiet: This skill is not in the list any more.")
    ).to_be_visible()

    phone.press("Change these")
    phone.press(re.compile("When the house is quiet"), exact=False)
    phone.page.get_by_label("I do this").select_option("ride-the-urge")
    phone.press("Save")
    phone.wait_until_sent()

    assert listed(clinic)[-1].skill == "ride-the-urge"


def test_plans_are_put_in_order_changed_and_deleted(clinic: Clinic, phone: Phone) -> None:
    open_card(phone)
    phone.press("Change these")
    phone.press(re.compile("When payday comes"), exact=False)
    phone.page.get_by_label("How, in my own words").fill("Straight home.")
    phone.press("Put it first")
    first = phone.page.locator(".situation").first
    expect(first).to_contain_text("When payday comes: Ride the urge like a wave Straight home.")
    phone.press(re.compile("When walking past the bar"), exact=False)
    phone.press("Delete it")
    expect(phone.page.get_by_text("What you did by it stays.")).to_be_visible()
    phone.press("Delete")
    expect(phone.page.locator(".situation")).to_have_count(1)
    phone.wait_until_sent()

    (plan,) = listed(clinic)
    assert (plan.situation, plan.words) == (PAYDAY.situation, "Straight home.")


def test_the_same_twice_and_nothing_at_all_are_told_before_they_are_sent(
    clinic: Clinic, phone: Phone
) -> None:
    open_card(phone)
    phone.press("Add one")
    phone.press("Save")
    expect(phone.page.get_by_role("alert")).to_have_text(
        "Name a situation, and choose what you do."
    )
    phone.press("I can’t sleep")
    expect(phone.page.get_by_label("When this happens")).to_have_value("I can’t sleep")
    phone.page.get_by_label("When this happens").fill(" Payday  COMES")
    phone.page.get_by_label("I do this").select_option("ride-the-urge")
    phone.press("Save")
    expect(phone.page.get_by_role("alert")).to_have_text("This situation has this skill already.")

    assert len(listed(clinic)) == 2


def plan(plan_id: str, **changes: Any) -> dict[str, Any]:
    made = {"id": plan_id, "situation": f"at {plan_id}", "skill": "name-it", "words": None}
    return made | {"agreed_with": None} | changes


@pytest.fixture
def page(clinic: Clinic) -> Page:
    return clinic.phone().open().page


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ([plan("a"), plan("b")], [plan("a"), plan("c")], ["a", "c", "b"]),
        ([plan("x"), plan("a")], [plan("a"), plan("x")], ["a", "x"]),
        ([plan("x")], [plan("x"), plan("y")], ["x"]),
        ([plan("x"), plan("y")], [plan("x")], ["x"]),
        ([plan("x")], [plan("x"), plan("y", words="theirs")], ["x", "y:theirs"]),
        ([plan("x", words="mine"), plan("y")], [plan("y")], ["y", "x:mine"]),
        ([plan("x", words="mine")], [plan("x", words="theirs")], ["x:mine"]),
        ([plan("x"), plan("y")], [plan("x", words="theirs"), plan("y")], ["x:theirs", "y"]),
        ([plan("a", situation="AT  c")], [plan("c")], ["c"]),
    ],
    ids=[
        "each added one", "another order", "deleted here", "deleted there", "changed there",
        "changed here", "changed in both", "reworded there", "the same by another id",
    ],
)  # fmt: skip
def test_what_both_have_leaves_nothing_out_that_somebody_wrote(
    page: Page, mine: Any, theirs: Any, expected: list[str]
) -> None:
    base = [plan("x"), plan("y")]

    kept = call(
        page, "screens/situations", "m.merged(base, mine, theirs)", base=base, mine=mine,
        theirs=theirs,
    )  # fmt: skip

    assert [":".join(filter(None, (one["id"], one["words"]))) for one in kept] == expected


def test_first_comes_what_may_be_said_to_have_gone_well_and_nothing_is_ranked(page: Page) -> None:
    plans = [plan(skill, skill=skill) for skill in ("other", "rarely", "often", "best", "later")]
    summary = {
        "skills": {
            "stands_out": {"skill": "best"},
            "after": [
                {"skill": "often", "n": 8, "lower": 5}, {"skill": "rarely", "n": 4, "lower": 2},
                {"skill": "later", "n": 3, "lower": 3},
            ],
        }
    }  # fmt: skip

    first, unknown = (
        call(page, "screens/situations", "m.helpedFirst(plans, summary)", plans=plans, summary=one)
        for one in (summary, None)
    )

    assert [one["id"] for one in first] == ["best", "often", "later", "other", "rarely"]
    assert unknown == plans
