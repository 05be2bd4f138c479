"""Saving an entry answers with what helps now."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from api.http.support_answer import SupportOut
from journaling.models import Entry
from journaling.safety import support
from tests.api.responses import API
from tests.cast import Cast, craving, signed_in

DOOR = API + "entries"


def entry(kind: str, *, days_ago: float = 0, **fields: Any) -> dict[str, Any]:
    body = craving(at=timezone.now() - timedelta(days=days_ago))
    common = {name: body[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return common | {"kind": kind} | fields


def daily(**urges: int) -> dict[str, Any]:
    return entry("daily", urges={name: {"peak": peak} for name, peak in urges.items()})


def phq9(item_9: int) -> dict[str, Any]:
    completed = timezone.now().isoformat()
    return entry(
        "measure", instrument="phq-9", version="1", completed_at=completed, answers={"q9": item_9}
    )


def block(cast: Cast, body: dict[str, Any]) -> Any:
    response = signed_in(cast.maya).post(DOOR, body)
    assert response.status_code == 201, response.content
    return response.json()["support"]


@pytest.mark.parametrize(
    ("body", "level"),
    [
        (lambda: daily(suicide=0, use=5), None),
        (lambda: daily(suicide=1), 1),
        (lambda: daily(self_harm=3), 2),
        (lambda: craving(safety_check={"safe_now": False}), 3),
        (lambda: entry("pre_session", coming_in={"die": 2}), 1),
        (lambda: entry("use", substance="wine"), 1),
        (lambda: entry("use", substance="heroin"), 2),
        (lambda: entry("use", substance="wine", safety_check={"overdose_signs": True}), 3),
        (lambda: phq9(0), None),
        (lambda: phq9(1), 1),
        (lambda: phq9(3), 2),
        (craving, None),
    ],
)
def test_the_answer_carries_the_level_of_its_rules(
    cast: Cast, body: Any, level: int | None
) -> None:
    told = block(cast, body())

    assert (told["level"] if told else None) == level


def test_the_block_is_whole_and_honest(cast: Cast) -> None:
    told = block(cast, daily(suicide=2))

    assert list(told) == [
        "level", "message", "plan", "people", "resources", "not_monitored", "staff_notified",
    ]  # fmt: skip
    assert told["staff_notified"] is False
    assert "not an emergency service" in told["not_monitored"]
    assert "before your next session" in told["not_monitored"]
    assert {line["call"] for line in told["resources"]} >= {"988", "911", "1-800-662-4357"}
    assert all(line["verified_at"] and line["region"] for line in told["resources"])


def test_in_an_emergency_911_and_988_come_first(cast: Cast) -> None:
    told = block(cast, craving(safety_check={"intent": True}))

    assert list(told).index("resources") < list(told).index("plan")
    assert [line["call"] for line in told["resources"][:2]] == ["911", "988"]
    assert told["message"].startswith("Call 911")


def test_use_is_thanked_for_first_then_comes_safety_then_what_came_before(cast: Cast) -> None:
    told = block(cast, entry("use", substance="wine"))["message"]

    assert told.startswith("Thank you")
    assert told.index("safe") < told.index("what came just before?")


def test_after_a_break_from_opioids_tolerance_company_and_naloxone_are_named(cast: Cast) -> None:
    block(cast, entry("use", substance="oxycodone", days_ago=9))

    told = block(cast, entry("use", substance="heroin"))

    assert told["level"] == 2
    assert told["message"].startswith("Thank you")
    for word in ("tolerance is lower", "don't use alone", "naloxone", "what came just before?"):
        assert word in told["message"]


@pytest.mark.parametrize(
    "body",
    [
        lambda: entry("use", substance="heroína"),
        lambda: entry("use", substance="oxy30"),
        lambda: entry("use", substance="some china white"),
        lambda: entry("craving", intensity=8, target="perc 10", outcome="used"),
        lambda: entry("craving", intensity=8, target="Tylenol 3", outcome="used_less"),
        lambda: entry("daily", urges={"7-OH": {"acted": True}}),
    ],
)
def test_an_opioid_by_any_name_is_answered_like_heroin(cast: Cast, body: Any) -> None:
    told = block(cast, body())

    assert told["level"] == 2
    assert "tolerance is lower" in told["message"]
    assert "naloxone" in told["message"]


@pytest.mark.parametrize(
    "before",
    [
        lambda: entry("use", substance="heroína", days_ago=5),
        lambda: entry("use", substance="M30s", days_ago=5),
        lambda: entry("use", substance="oxycodone", days_ago=3),
        lambda: entry("craving", intensity=8, target="heroin", outcome="used", days_ago=6),
        lambda: entry("daily", urges={"fentanyl": {"acted": True}}, days_ago=2),
    ],
)
def test_opioid_use_within_days_of_another_is_no_return_after_a_break(
    cast: Cast, before: Any
) -> None:
    block(cast, before())

    assert block(cast, entry("use", substance="heroin"))["level"] == 1


def test_a_use_that_was_deleted_or_is_somebody_elses_does_not_count(cast: Cast) -> None:
    body = entry("use", substance="heroin", days_ago=2)
    client = signed_in(cast.maya)
    client.post(DOOR, body)
    client.delete(f"{DOOR}/{body['id']}")
    signed_in(cast.noah).post(DOOR, entry("use", substance="heroin", days_ago=1))

    assert block(cast, entry("use", substance="heroin"))["level"] == 2


def test_a_repeat_is_answered_alike(cast: Cast) -> None:
    client, body = signed_in(cast.maya), entry("use", substance="heroin")
    first = client.post(DOOR, body)

    again = client.post(DOOR, body)

    assert (again.status_code, again.json()) == (200, first.json())


def test_a_change_is_answered_by_what_it_says_now(cast: Cast) -> None:
    client, body = signed_in(cast.maya), daily(suicide=0)
    client.post(DOOR, body)

    told = client.patch(
        f"{DOOR}/{body['id']}", {"urges": {"suicide": {"peak": 4}}}, headers={"If-Match": '"1"'}
    )

    assert told.json()["support"]["level"] == 2


def test_a_later_rating_that_says_used_is_met_with_thanks(cast: Cast) -> None:
    client, body = signed_in(cast.maya), craving()
    client.post(DOOR, body)

    told = client.post(
        f"{DOOR}/{body['id']}/after",
        {"intensity_after": 8, "minutes_later": 20, "outcome": "used"},
    )

    assert told.json()["support"]["message"].startswith("Thank you")


def test_reading_an_entry_again_gives_no_block(cast: Cast) -> None:
    client, body = signed_in(cast.maya), daily(suicide=5)
    client.post(DOOR, body)

    assert client.get(f"{DOOR}/{body['id']}").json()["support"] is None


def test_the_save_holds_and_helps_where_safety_itself_fails(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("canary-word")

    monkeypatch.setattr("journaling.safety.respond.days_since_last_opioid", broken)

    told = block(cast, craving(id=str(uuid4()), safety_check={"plan": True}))

    assert told["level"] == 3
    assert told["staff_notified"] is False
    assert [line["call"] for line in told["resources"][:2]] == ["911", "988"]
    assert Entry.objects.count() == 1


def test_nothing_is_sent_but_what_is_described() -> None:
    assert set(SupportOut.__dataclass_fields__) == set(support.Support.__dataclass_fields__)
