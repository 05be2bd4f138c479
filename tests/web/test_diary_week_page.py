"""The diary week as a page: numbers, and in words why there is none; only what is shared."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.timezones import local_day
from care.programme.targets import set_targets
from tests import cast as people
from tests.cast import ZONE, Cast, own_chart
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of, text_of


def place(cast: Cast) -> str:
    return f"/review/patients/{cast.maya.pk}/diary-week/"


def wrote_card(cast: Cast, days_ago: int, **fields: Any) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    wrote(cast.maya, "daily", at, date=local_day(at, ZONE).isoformat(), **fields)


def rows(page: str) -> dict[str, list[str]]:
    """Return each row of the grids by its title, as it is read."""
    found = {}
    for row in page.split('<tr><th scope="row">')[1:]:
        title, _, cells = row.partition("</th>")
        shown = cells.partition("</tr>")[0].split("</td>")[:-1]
        found[title] = [
            "".join(part.rpartition(">")[2] for part in cell.split("<")).strip() for cell in shown
        ]
    return found


@pytest.fixture
def shown(cast: Cast) -> dict[str, list[str]]:
    now = timezone.now()
    set_targets(chart=own_chart(cast.maya), names=["gambling"], rev=0, now=now)
    wrote_card(cast, 3, urges={"use": {"peak": 0, "acted": False}, "gambling": {"peak": 4}},
               emotions={"anger": 2}, sleep_hours=6.5)  # fmt: skip
    wrote_card(cast, 2, urges={"use": {"peak": 5, "acted": True}}, share="private")
    wrote_card(cast, 1, unanswered={"urges.use": "skipped"})
    wrote(cast.maya, "skill_practice", now - timedelta(days=3), skill="name-it", attempted=True)
    wrote(cast.maya, "skill_practice", now - timedelta(days=1), skill="name-it",
          attempted=False, able=None, helped=None)  # fmt: skip
    page = text_of(browser_of(cast.dr_okafor).get(place(cast)))
    assert f"{local_day(now, ZONE):%b} {local_day(now, ZONE).day}, {now.year}" in page
    return rows(page)


def test_zero_stands_apart_from_every_way_of_not_answering(shown: dict[str, list[str]]) -> None:
    none = "no card"
    assert shown["To use"] == [none, none, none, "0 not acted on", none, "not answered", none]
    assert shown["For gambling"][3:6] == ["4", none, "not asked"]
    assert shown["Anger"][3] == "2"
    assert shown["Sleep, hours"][3] == "6.5"


def test_a_skill_that_was_not_used_is_a_zero(shown: dict[str, list[str]]) -> None:
    nothing = "nothing logged"
    assert shown["Put it into words"] == [*[nothing] * 3, "1", nothing, "0", nothing]


def test_what_is_not_shared_is_not_shown(shown: dict[str, list[str]]) -> None:
    assert not any("5" in cell for cell in shown["To use"])


def test_weeks_follow_one_another_and_none_lies_ahead(cast: Cast) -> None:
    client, today = browser_of(cast.dr_okafor), local_day(timezone.now(), ZONE)
    first = today - timedelta(days=6)

    page = text_of(client.get(place(cast)))
    assert f'href="?from={first - timedelta(days=7)}"' in page
    assert "The seven days after" not in page
    before = text_of(client.get(place(cast), {"from": str(first - timedelta(days=7))}))
    assert f'href="?from={first}"' in before
    for wrong in ("yesterday", str(today + timedelta(days=1))):
        assert f"{first:%b} {first.day}, " in text_of(client.get(place(cast), {"from": wrong}))


def test_patient_page_and_brief_lead_there(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    for page in (f"/review/patients/{cast.maya.pk}/", f"/review/patients/{cast.maya.pk}/brief/"):
        assert place(cast) in text_of(client.get(page))


def test_a_stranger_sees_nothing(cast: Cast) -> None:
    stranger = browser_of(people.staff(cast.clinic, "dr_stone", "Dr. Stone"))

    assert stranger.get(place(cast)).status_code == 404
