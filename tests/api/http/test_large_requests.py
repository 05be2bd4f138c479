"""What a stranger sends costs in proportion to its length, and the answer stays short."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from journaling.models import Entry
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in


def keys(n: int) -> dict[str, int]:
    return {f"k{place}": 0 for place in range(n)}


def post(client: APIClient, door: str, body: Any) -> Any:
    return client.generic(
        "POST", API + door, json.dumps(body, separators=(",", ":")), content_type="application/json"
    )


@pytest.mark.parametrize("n", [8_000, 16_000, 20_000])
@pytest.mark.parametrize("door", ["auth/token", "auth/enroll", "auth/password/reset"])
@pytest.mark.django_db
def test_thousands_of_keys_are_refused_before_anything_is_looked_at(door: str, n: int) -> None:
    answer = post(APIClient(), door, keys(n))

    problem(answer, 400, "too_many_keys")
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("door", ["auth/token", "entries", "sessions", "safety-plan"])
def test_at_most_twenty_faults_are_named(cast: Cast, door: str) -> None:
    client = signed_in(cast.dr_okafor if door == "sessions" else cast.maya)
    if door == "safety-plan":
        answer = client.put(API + door, keys(200), headers={"If-Match": '"0"'})
    else:
        answer = post(client, door, {**(craving() if door == "entries" else {}), **keys(200)})

    assert len(faults(answer)) == 20
    assert len(answer.content) < 4_000


def test_a_sync_names_twenty_faults_and_one_of_each_operation_in_any_case(cast: Cast) -> None:
    good, bad = craving(), craving() | keys(200)

    told = (
        signed_in(cast.maya)
        .post(API + "sync", {"cursor": None, "ops": [bad, good, bad, bad, bad]})
        .json()
    )

    assert [result["status"] for result in told["results"]] == [
        "invalid",
        "created",
        *["invalid"] * 3,
    ]
    assert [len(result.get("errors", ())) for result in told["results"]] == [20, 0, 1, 1, 1]
    assert Entry.objects.count() == 1


def test_a_list_of_thousands_is_refused_by_its_length(cast: Cast) -> None:
    client = signed_in(cast.maya)

    times = post(client, "reminders", {"purpose": "checkin", "times": ["x"] * 15_000})
    skills = post(client, "entries", craving(skills=["x"] * 15_000))

    assert faults(times) == {"times": "max_length"}
    assert faults(skills) == {"skills": "too_many"}


def test_more_values_than_any_request_of_ours_are_refused(cast: Cast) -> None:
    answer = post(signed_in(cast.maya), "sync", {"cursor": None, "ops": [[0] * 300] * 100})

    problem(answer, 400, "too_many_values")


def test_a_number_of_thousands_of_digits_is_refused(cast: Cast) -> None:
    text = json.dumps(craving(intensity="HERE")).replace('"HERE"', "9" * 100_000)

    answer = signed_in(cast.maya).generic(
        "POST", API + "entries", text, content_type="application/json"
    )

    problem(answer, 400, "not_json")
