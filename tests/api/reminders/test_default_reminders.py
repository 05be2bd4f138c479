"""GET and PUT default-reminders: what a clinic gives to new patients."""

from typing import Any

import pytest

from notifications.models.reminder import DefaultReminder
from tests.api.responses import faults, problem
from tests.cast import Cast, signed_in

URL = "/api/v1/default-reminders"
EVENING = {"purpose": "checkin", "times": ["19:30"], "nudge": True, "days": ["mon", "fri"]}


def test_a_clinic_without_a_plan_has_the_built_in_one(cast: Cast) -> None:
    body = signed_in(cast.ada).get(URL).json()

    assert [(row["purpose"], row["times"]) for row in body["reminders"]] == [
        ("checkin", ["08:30", "20:00"]), ("pre_session", []), ("session", []),
    ]  # fmt: skip


def test_the_administrator_replaces_it_and_again_it_is_the_same(cast: Cast) -> None:
    client = signed_in(cast.ada)

    first = client.put(URL, {"reminders": [EVENING]})
    again = client.put(URL, {"reminders": [EVENING]})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json() == client.get(URL).json()
    assert first.json()["reminders"] == [
        EVENING | {"before_minutes": None, "expires_minutes": 60, "skip_if_logged": False}
    ]
    assert DefaultReminder.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reminders": [{"purpose": "checkin"}]}, "reminders.0.times"),
        ({"reminders": [EVENING, {"purpose": "gossip", "times": ["08:00"]}]},
         "reminders.1.purpose"),
        ({"reminders": [EVENING | {"starts_on": "2026-01-01"}]}, "reminders.0.starts_on"),
        ({}, "reminders"),
        ({"reminders": [], "more": 1}, "more"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_and_nothing_changes(
    cast: Cast, sent: dict[str, Any], field: str
) -> None:
    answer = signed_in(cast.ada).put(URL, sent)

    assert field in faults(answer)
    assert not DefaultReminder.objects.exists()


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("maya", 403), ("dr_okafor", 403)])
def test_only_the_administrator_decides(cast: Cast, who: str | None, status: int) -> None:
    client = signed_in(getattr(cast, who) if who else None)

    assert client.get(URL).status_code == status
    assert client.put(URL, {"reminders": [EVENING]}).status_code == status
    assert not DefaultReminder.objects.exists()


def test_a_refusal_tells_its_code(cast: Cast) -> None:
    problem(signed_in(cast.maya).put(URL, {"reminders": []}), 403, "forbidden")
