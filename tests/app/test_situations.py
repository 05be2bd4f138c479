"""The situation card: two taps from the icon, without a connection, and used up to the brief."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from journaling.models import ClinicSkill, Entry, SituationPlans
from journaling.skills.agreed_plans import agree_plan
from journaling.skills.situation_plans import (
    SituationPlan,
    WantedPlan,
    situation_plans_of,
)
from tests import cast as people
from tests.app.modules import call
from tests.app.phone import Clinic, Phone
from tests.app.test_everybody import TARGETS
from tests.cast import PASSWORD, own_chart, signed_in
from tests.web.browser_checks import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BAR = WantedPlan("walking past the bar", "slow-breathing", "I breathe out, and cross over.")
PAYDAY = WantedPlan("payday comes", "ride-the-urge")


def agreed(clinic: Clinic, *wanted: WantedPlan) -> None:
    for plan in wanted:
        agree_plan(chart=own_chart(clinic.cast.maya), wanted=plan, now=timezone.now())


def listed(clinic: Clinic) -> list[SituationPlan]:
    return list(situation_plans_of(chart=own_chart(clinic.cast.maya)).plans)


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, which has read her two plans."""
    agreed(clinic, BAR, PAYDAY)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


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
    phone.wait_until_sent()
    phone.until("document.querySelector('[aria-pressed=true]').textContent === 'No'")
    assert Entry.objects.get().helped is False

    phone.press("Undo")
    expect(phone.page.get_by_role("button", name="I did this")).to_be_visible()
    phone.wait_until_sent()

    assert Entry.objects.get().deleted_at is not None


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
