"""Without a connection, with half of one, and back: every word arrives, once."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from journaling.models import Entry
from tests.app.phone import Clinic, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, signed in and read once."""
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def test_what_is_logged_offline_is_said_to_wait_and_sent_later(phone: Phone) -> None:
    phone.offline()
    phone.log_craving(6)
    expect(phone.state).to_contain_text("Saved on this phone. Not sent yet.")
    expect(phone.state).to_contain_text("No connection.")
    assert not Entry.objects.exists()

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    expect(phone.state).to_contain_text("Sent.")
    assert Entry.objects.get().intensity == 6


def test_the_app_opens_and_helps_without_a_connection(phone: Phone) -> None:
    phone.offline()

    phone.open()
    expect(phone.heading).to_contain_text("Maya")
    phone.press("Help")

    expect(phone.page.get_by_role("link", name="Call 988").first).to_have_attribute(
        "href", "tel:988"
    )
    expect(phone.page.get_by_text("SAMHSA National Helpline")).to_be_visible()


def test_what_waits_outlives_the_page_and_three_weeks(phone: Phone) -> None:
    phone.offline()
    phone.log_craving(5)
    phone.page.clock.install(time=timezone.now() + timedelta(days=21))
    phone.open()
    phone.press("More")
    phone.press("What waits on this phone")

    expect(phone.page.get_by_text("alcohol 5 / 10")).to_be_visible()


def test_two_tabs_send_once(phone: Phone) -> None:
    other = Phone(phone.context, phone.context.new_page()).open()
    phone.offline()
    phone.log_craving(4)
    other.log_craving(8)

    phone.offline(is_cut=False)
    phone.wait_until_sent()

    assert {entry.intensity for entry in Entry.objects.all()} == {4, 8}
    assert Entry.objects.count() == 2
    assert set(Entry.objects.values_list("rev", flat=True)) == {1}


def test_a_page_of_a_strange_network_is_no_answer(phone: Phone) -> None:
    def portal(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>Welcome to the hotel</h1>")

    phone.context.route("**/api/**", portal)
    phone.log_craving(3)
    expect(phone.state).to_contain_text("No connection.")
    phone.context.unroute("**/api/**")
    phone.wake()
    phone.wait_until_sent()

    assert Entry.objects.get().intensity == 3


def test_a_clock_that_is_wrong_gives_right_times(clinic: Clinic) -> None:
    phone = clinic.phone()
    phone.page.clock.install(time=timezone.now() - timedelta(days=3, hours=2))
    phone.page.clock.resume()
    phone.sign_in("maya")

    phone.log_craving(7)
    phone.wait_until_sent()

    entry = Entry.objects.get()
    assert abs(entry.occurred_at - timezone.now()) < timedelta(minutes=2)
    assert not entry.clock_suspect
    expect(phone.state).to_contain_text("The clock of this phone is wrong")


def test_a_full_phone_keeps_the_words_on_the_screen_and_can_send_them(phone: Phone) -> None:
    phone.press("Note")
    phone.page.get_by_label("What you want to keep").fill("the long way home")
    phone.page.evaluate(
        "() => { IDBObjectStore.prototype.put = () => {"
        " throw new DOMException('no room', 'QuotaExceededError'); }; }"
    )
    phone.press("Save")
    expect(phone.page.get_by_role("alert")).to_contain_text("This phone has no room left.")
    expect(phone.page.get_by_label("What you want to keep")).to_have_value("the long way home")

    phone.press("Send now")

    expect(phone.heading).to_contain_text("Maya")
    assert Entry.objects.get().kind == "note"


def test_a_refused_entry_waits_on_the_shelf_until_it_is_mended(phone: Phone) -> None:
    phone.press("Note")
    phone.page.get_by_label("What you want to keep").fill("by the river")
    with changed_requests(phone, lambda op: op | {"note": "x" * 10_001}):
        phone.press("Save")
        expect(phone.state).to_contain_text("1 entry needs you.")
    phone.press("Look at it")
    expect(phone.heading).to_have_text("What waits on this phone")
    expect(phone.page.get_by_text("This is too long.")).to_be_visible()
    phone.press("Mend it")
    phone.page.get_by_label("note", exact=True).fill("by the river, mended")
    phone.save()
    phone.wait_until_sent()

    assert Entry.objects.count() == 1


class changed_requests:  # noqa: N801 # reads as what it does
    """While it lasts, each operation reaches the server otherwise than it was sent."""

    def __init__(self, phone: Phone, change: Any) -> None:
        self.phone, self.change = phone, change

    def __enter__(self) -> None:
        self.phone.context.route("**/api/v1/sync", self._pass_on)

    def __exit__(self, *_: object) -> None:
        self.phone.context.unroute("**/api/v1/sync")

    def _pass_on(self, route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        body["ops"] = [self.change(op) for op in body["ops"]]
        route.continue_(post_data=json.dumps(body))


def test_a_purged_cursor_reads_everything_again_and_keeps_what_waits(phone: Phone) -> None:
    phone.log_craving(2)
    phone.wait_until_sent()
    gone = {"count": 0}

    def purge(route: Route) -> None:
        gone["count"] += 1
        if gone["count"] > 1:
            route.continue_()
            return
        route.fulfill(
            status=410, content_type="application/problem+json",
            headers={"X-Request-Id": "test-request"},
            body=json.dumps({"code": "cursor_purged", "detail": "Start again.", "errors": []}),
        )  # fmt: skip

    phone.context.route("**/api/v1/sync", purge)
    phone.press("Done")
    phone.log_craving(9)
    phone.wait_until_sent()

    assert gone["count"] >= 2
    assert {entry.intensity for entry in Entry.objects.all()} == {2, 9}
    assert Entry.objects.count() == 2


def test_a_server_that_takes_nothing_is_told_in_its_own_words(phone: Phone) -> None:
    def refuse(route: Route) -> None:
        problem = {"code": "forbidden", "detail": "No consent is in force.", "errors": []}
        route.fulfill(
            status=403, content_type="application/problem+json",
            headers={"X-Request-Id": "test-request"}, body=json.dumps(problem),
        )  # fmt: skip

    phone.context.route("**/api/v1/sync", refuse)
    phone.log_craving(1)

    expect(phone.state).to_contain_text("They stay on this phone. No consent is in force.")
    phone.context.unroute("**/api/v1/sync")
    phone.press("Try again")
    phone.wait_until_sent()
    assert Entry.objects.get().intensity == 1


def test_a_change_on_two_phones_shows_both_versions(clinic: Clinic, phone: Phone) -> None:
    phone.log_craving(6)
    phone.wait_until_sent()
    other = clinic.phone().sign_in("maya")
    other.wait_until_ready()
    other.offline()
    phone.slide("How strong is it?", 8)
    phone.page.wait_for_timeout(700)
    phone.wait_until_sent()
    other.press("My weeks")
    other.press(re.compile("Craving: alcohol 6"), exact=False)
    other.press("Change it")
    other.page.get_by_label("intensity").fill("3")
    other.save()

    other.offline(is_cut=False)
    expect(other.state).to_contain_text("1 entry needs you.")
    other.press("Look at it")

    expect(other.page.get_by_text("Changed in two places")).to_be_visible()
    expect(other.page.locator("dd").filter(has_text=re.compile("^3$"))).to_be_visible()
    expect(other.page.locator("dd").filter(has_text=re.compile("^8$"))).to_be_visible()
    other.press("Keep this phone’s")
    other.wait_until_sent()
    assert Entry.objects.get().intensity == 3
