"""The diary week on the phone: the same grid as the server's, without a connection, on paper."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backend.kit.timezones import local_day
from care.programme.targets import set_targets
from tests.app.modules import call
from tests.app.phone import Clinic, Phone
from tests.cast import ZONE, own_chart, signed_in
from tests.journaling.briefs.brief_scenario import wrote

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def carded(clinic: Clinic, days_ago: int, **fields: Any) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    wrote(clinic.cast.maya, "daily", at, date=local_day(at, ZONE).isoformat(), **fields)


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone after a week of cards, practices and a craving."""
    now, maya = timezone.now(), clinic.cast.maya
    set_targets(chart=own_chart(maya), names=["gambling"], rev=0, now=now)
    carded(clinic, 5, urges={"use": {"peak": 0, "acted": False}, "Gambling": {"peak": 4}})
    carded(clinic, 4, urges={"shopping": {"peak": 2, "acted": True}}, emotions={"anger": 0},
           sleep_hours=6.5, pain=0)  # fmt: skip
    carded(clinic, 2, unanswered={"urges.use": "skipped", "emotions": "skipped"}, meals=3)
    carded(clinic, 9, urges={"use": {"peak": 5}})
    for days, facts in ((5, {"attempted": True}), (5, {"automatic": True, "attempted": None}),
                        (3, {"attempted": False, "able": None, "helped": None})):  # fmt: skip
        wrote(maya, "skill_practice", now - timedelta(days=days), skill="name-it", **facts)
    wrote(maya, "craving", now - timedelta(days=2), skills=["slow-breathing", "name-it"])
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def grid_of(phone: Phone, asked: dict[str, Any]) -> Any:
    """Compute the grid of the phone's own journal, for the days that the server told."""
    entries = call(phone.page, "sync", "[...m.journal.value.values()]")
    return call(
        phone.page, "screens/diary-week", "m.weekOf(entries, days, today, targets)",
        entries=entries, days=asked["days"], today=asked["today"], targets=["gambling"],
    )  # fmt: skip


@pytest.mark.parametrize("days_ago", [6, 12, 2])
def test_it_is_the_grid_of_the_server(phone: Phone, clinic: Clinic, days_ago: int) -> None:
    first = local_day(timezone.now(), ZONE) - timedelta(days=days_ago)
    told = signed_in(clinic.cast.maya).get(f"/api/v1/diary-week?from={first}").json()

    found = grid_of(phone, told)

    for part, name in (("urges", "urges"), ("emotions", "emotions"), ("day_fields", "body")):
        assert found[name] == {row["name"]: row["answers"] for row in told[part]}, part
    assert found["skills"] == {row["skill"]: row["used"] for row in told["skills"]}


def test_it_is_read_and_turned_without_a_connection_and_printed(phone: Phone) -> None:
    phone.offline()
    phone.open()
    phone.press("My weeks")
    phone.press("Diary week")
    expect(phone.heading).to_have_text("Diary week")
    urges = phone.page.get_by_role("region", name="The strongest urge, 0–5")

    use = urges.get_by_role("row", name="To use").get_by_role("cell")
    expect(use.nth(1)).to_have_text("0 not acted on")
    expect(use.nth(2)).to_have_text("not asked")
    expect(use.nth(3)).to_have_text("no card")
    expect(use.nth(4)).to_have_text("not answered")
    expect(urges.get_by_role("row", name="For shopping").get_by_role("cell").nth(2)).to_have_text(
        "2 acted on"
    )
    skills = phone.page.get_by_role("region", name="How often a skill was used")
    row = skills.get_by_role("row").filter(has_text="Put it into words").get_by_role("cell")
    assert [cell.inner_text() for cell in row.all()] == ["", "2", "", "0", "1", "", ""]
    phone.page.get_by_role("button", name="The seven days before").press("Enter")
    expect(urges.get_by_text("5", exact=True)).to_be_visible()
    phone.press("The seven days after")
    expect(phone.page.get_by_role("button", name="The seven days after")).to_have_count(0)
    phone.page.emulate_media(media="print")
    expect(phone.page.get_by_role("button", name="Print this page")).to_be_hidden()
    expect(use.nth(1)).to_be_visible()
    assert phone.complaints == []
