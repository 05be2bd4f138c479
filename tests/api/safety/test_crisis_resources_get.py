"""GET crisis-resources needs no sign-in, and no token stands in its way."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.responses import API, faults
from tests.cast import Cast, signed_in
from tests.on_call_clinic import set_up

DOOR = API + "crisis-resources"
OWN = {
    "key": "clinic", "name": "Harbor Clinic", "call": "1-555-0100", "text": None, "chat": None,
    "url": None, "region": "US-IL", "language": "en", "verified_at": "2026-05-01",
    "source": "the clinic",
}  # fmt: skip


def names(client: Any, address: str = DOOR) -> list[str]:
    return [row["name"] for row in client.get(address).json()["results"]]


def test_everybody_is_told_who_answers_and_when_that_was_checked(db: None) -> None:
    response = APIClient().get(DOOR)

    told = response.json()["results"]
    assert response.status_code == 200
    assert {row["call"] for row in told} == {"988", "911", "1-800-662-4357", None}
    assert {row["text"] for row in told} == {"988", "838255", "741741", None}
    assert all(row["verified_at"] and row["region"] and row["language"] for row in told)
    assert set(told[0]) == {
        "name", "call", "text", "chat", "url", "region", "language", "verified_at", "source",
    }  # fmt: skip


@pytest.mark.parametrize("token", ["garbage", "Bearer garbage", "Bearer a.b.c"])
def test_a_token_that_does_not_hold_is_no_obstacle(db: None, token: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=token)

    assert client.get(DOOR).status_code == 200


def test_an_unchanged_list_is_304(db: None) -> None:
    first = APIClient().get(DOOR)

    again = APIClient().get(DOOR, headers={"If-None-Match": first.headers["ETag"]})
    weak = APIClient().get(DOOR, headers={"If-None-Match": f"W/{first.headers['ETag']}"})

    assert (again.status_code, again.content) == (304, b"")
    assert weak.status_code == 304
    assert "public" in first.headers["Cache-Control"]


def test_the_own_lines_of_the_only_clinic_are_told(cast: Cast) -> None:
    set_up(cast, resources=[OWN])

    assert names(APIClient())[-1] == "Harbor Clinic"
    assert names(signed_in(cast.maya)) == names(APIClient())


def test_of_two_clinics_the_asked_one_is_told(cast: Cast) -> None:
    set_up(cast, resources=[OWN])
    other = type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")

    assert "Harbor Clinic" in names(APIClient(), f"{DOOR}?clinic={cast.clinic.pk}")
    assert "Harbor Clinic" not in names(APIClient(), f"{DOOR}?clinic={other.pk}")


def test_a_clinics_change_is_a_new_list(cast: Cast) -> None:
    before = APIClient().get(DOOR).headers["ETag"]
    set_up(cast, resources=[OWN])

    assert APIClient().get(DOOR, headers={"If-None-Match": before}).status_code == 200


def test_a_clinic_that_is_no_id_is_400(db: None) -> None:
    assert "clinic" in faults(APIClient().get(f"{DOOR}?clinic=harbor"))


def test_in_spanish_they_are_named_so_and_the_line_in_spanish_leads(db: None) -> None:
    told = APIClient().get(f"{DOOR}?language=es").json()["results"]

    assert (told[0]["language"], told[0]["call"]) == ("es", "988")
    assert "Servicios de emergencia" in {line["name"] for line in told}
    assert len(told) == len(APIClient().get(DOOR).json()["results"])
    assert "language" in faults(APIClient().get(f"{DOOR}?language=fr"))
