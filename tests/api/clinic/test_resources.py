"""resources: a clinic's list of help outside, found by everybody, and kept by an administrator."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone

from care.clinic import resources
from care.models import Clinic, CommunityResource, DeviceSession, User
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

RESOURCES = API + "resources"
KITCHEN: dict[str, Any] = {
    "kind": "food", "name": "Pier kitchen", "description": "A warm meal, no questions.",
    "region": "Cook County", "address": "3 Pier Street", "phone": "(312) 555-0150",
    "website": "https://kitchen.example.org/", "hours": ["Daily 17:00 to 19:00"],
    "languages": ["en", "es"], "verified_at": "2026-05-01", "withdrawn": False,
}  # fmt: skip
NOW = "2026-05-04T15:00:00Z"


def put(user: User, body: Any, *, one: UUID | None = None, rev: int | None = None) -> Any:
    headers = {} if rev is None else {"If-Match": f'"{rev}"'}
    return signed_in(user).put(f"{RESOURCES}/{one or uuid4()}", body, headers=headers)


def found(user: User, query: str = "") -> list[str]:
    response = signed_in(user).get(f"{RESOURCES}?{query}")
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()["results"]]


@pytest.fixture
def directory(cast: Cast) -> Cast:
    """Let the clinic know of a kitchen, a group and a shelter."""
    put(cast.ada, KITCHEN)
    put(cast.ada, {"kind": "support_group", "name": "Grupo Olas", "region": "South side",
                   "description": "Asociación de vecinos, los jueves"})  # fmt: skip
    put(cast.ada, {"kind": "housing", "name": "ＰＩＥＲ House"})
    return cast


def test_one_is_added_under_an_id_of_the_callers_own(cast: Cast) -> None:
    one = uuid4()

    with time_machine.travel(NOW, tick=False):
        response = put(cast.ada, KITCHEN, one=one)

    assert response.status_code == 201
    assert response.headers["ETag"] == '"1"'
    shown = response.json()
    assert shown == KITCHEN | {"id": str(one), "stale": False, "rev": 1, "changed_at": NOW}
    assert CommunityResource.objects.get().changed_by == cast.ada.pk


def test_the_same_again_answers_200_and_changes_nothing(cast: Cast) -> None:
    one = uuid4()
    first = put(cast.ada, KITCHEN, one=one)

    again = put(cast.ada, KITCHEN, one=one)

    assert again.status_code == 200
    assert again.json() == first.json()
    assert CommunityResource.objects.count() == 1


def test_a_change_names_the_revision_that_was_read(cast: Cast) -> None:
    one = uuid4()
    put(cast.ada, KITCHEN, one=one, rev=0)

    missing = put(cast.ada, KITCHEN | {"name": "Pier diner"}, one=one)
    stale = put(cast.ada, KITCHEN | {"name": "Pier diner"}, one=one, rev=0)
    nothing = put(cast.ada, KITCHEN, rev=1)
    named = CommunityResource.objects.get().name
    changed = put(cast.ada, KITCHEN | {"name": "Pier diner"}, one=one, rev=1)

    problem(missing, 428, "precondition_required")
    problem(stale, 412, "stale")
    problem(nothing, 404, "not_found")
    assert named == "Pier kitchen"
    assert (changed.status_code, changed.json()["rev"]) == (200, 2)
    assert changed.headers["ETag"] == '"2"'
    assert found(cast.maya) == ["Pier diner"]


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "ada", "sam"])
def test_everybody_of_the_clinic_finds_them(directory: Cast, who: str) -> None:
    assert found(getattr(directory, who)) == ["ＰＩＥＲ House", "Grupo Olas", "Pier kitchen"]


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "sam"])
def test_only_administrators_keep_the_list(cast: Cast, who: str) -> None:
    problem(put(getattr(cast, who), KITCHEN), 403, "forbidden")

    assert not CommunityResource.objects.exists()


def test_staff_without_a_second_factor_find_nothing(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    DeviceSession.objects.update(mfa_at=None)

    problem(client.get(RESOURCES), 403, "mfa_required")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=pier", ["ＰＩＥＲ House", "Pier kitchen"]),
        ("q=MEAL pier", ["Pier kitchen"]),
        ("q=cook", ["Pier kitchen"]),
        ("q=asociación", ["Grupo Olas"]),
        ("q=3 Pier Street", []),
        ("q=", ["ＰＩＥＲ House", "Grupo Olas", "Pier kitchen"]),
        ("kind=housing", ["ＰＩＥＲ House"]),
        ("kind=legal", []),
        ("region=south", ["Grupo Olas"]),
        ("region=cook&kind=food&q=kitchen", ["Pier kitchen"]),
        ("region=cook&kind=housing", []),
    ],
)
def test_they_are_found_by_words_kind_and_region(
    directory: Cast, query: str, names: list[str]
) -> None:
    assert found(directory.maya, query) == names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=bars", {"kind": "invalid_choice"}),
        ("q=" + "x" * 101, {"q": "max_length"}),
        ("limit=0", {"limit": "out_of_range"}),
        ("cursor=x", {"cursor": "invalid_cursor"}),
        ("name=x", {"name": "unknown_field"}),
    ],
)
def test_a_query_that_cannot_be_read_is_named(
    cast: Cast, query: str, expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.maya).get(f"{RESOURCES}?{query}")) == expected


def test_pages_go_forth_and_back(directory: Cast) -> None:
    client = signed_in(directory.maya)

    first = client.get(f"{RESOURCES}?limit=2").json()
    second = client.get(first["next"]).json()
    back = client.get(second["previous"]).json()

    assert [one["name"] for one in first["results"]] == ["ＰＩＥＲ House", "Grupo Olas"]
    assert [one["name"] for one in second["results"]] == ["Pier kitchen"]
    assert (first["previous"], second["next"], back["previous"]) == (None, None, None)
    assert back["results"] == first["results"]


def test_a_withdrawn_one_is_shown_to_administrators_alone(cast: Cast) -> None:
    one = uuid4()
    put(cast.ada, KITCHEN, one=one)

    put(cast.ada, KITCHEN | {"withdrawn": True}, one=one, rev=1)
    gone, kept = found(cast.maya), signed_in(cast.ada).get(RESOURCES).json()["results"]
    put(cast.ada, KITCHEN, one=one, rev=2)

    assert gone == []
    assert [(row["name"], row["withdrawn"]) for row in kept] == [("Pier kitchen", True)]
    assert found(cast.maya) == ["Pier kitchen"]


@pytest.mark.parametrize(("age", "is_stale"), [(0, False), (180, False), (181, True), (None, True)])
def test_one_that_nobody_checked_for_long_is_stale(
    cast: Cast, age: int | None, is_stale: bool
) -> None:
    today = date(2026, 5, 4)
    checked = None if age is None else (today - timedelta(days=age)).isoformat()
    with time_machine.travel(NOW, tick=False):
        put(cast.ada, KITCHEN | {"verified_at": checked})

        (one,) = signed_in(cast.maya).get(RESOURCES).json()["results"]

    assert (one["verified_at"], one["stale"]) == (checked, is_stale)


def test_today_is_the_clinics_own(cast: Cast) -> None:
    # Two in the morning of the fifth in UTC is the evening of the fourth in Chicago.
    with time_machine.travel("2026-05-05T02:00:00Z", tick=False):
        early = put(cast.ada, KITCHEN | {"verified_at": "2026-05-05"})
        today = put(cast.ada, KITCHEN | {"verified_at": "2026-05-04"})

    assert faults(early) == {"verified_at": "in_the_future"}
    assert today.status_code == 201


def test_another_clinics_are_not_there(directory: Cast) -> None:
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    far = people.staff(other, "far", "Far", role=User.Role.ADMIN)
    theirs = CommunityResource.objects.get(name="Pier kitchen")

    problem(put(far, KITCHEN | {"name": "x"}, one=theirs.pk, rev=1), 404, "not_found")
    problem(put(far, KITCHEN | {"name": "x"}, one=theirs.pk), 404, "not_found")

    assert found(far) == []
    theirs.refresh_from_db()
    assert (theirs.name, theirs.clinic_id, theirs.rev) == ("Pier kitchen", directory.clinic.pk, 1)


def test_there_are_no_more_than_a_phone_keeps(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(resources, "MOST_RESOURCES", 2)
    first, second, third = uuid4(), uuid4(), uuid4()
    put(cast.ada, KITCHEN, one=first)
    put(cast.ada, KITCHEN, one=second)

    assert faults(put(cast.ada, KITCHEN, one=third)) == {"": "too_many"}
    put(cast.ada, KITCHEN | {"withdrawn": True}, one=first, rev=1)
    assert put(cast.ada, KITCHEN, one=third).status_code == 201
    assert faults(put(cast.ada, KITCHEN, one=first, rev=2)) == {"": "too_many"}
    assert len(found(cast.maya)) == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "bars"}, {"kind": "invalid_choice"}),
        ({"kind": None}, {"kind": "null"}),
        ({"name": ""}, {"name": "blank"}),
        ({"name": "a\nb"}, {"name": "invalid_characters"}),
        ({"name": "x" * 121}, {"name": "max_length"}),
        ({"description": "x" * 501}, {"description": "max_length"}),
        ({"region": "a\nb"}, {"region": "invalid_characters"}),
        ({"phone": "ask"}, {"phone": "not_a_phone_number"}),
        ({"website": "http://kitchen.example.org"}, {"website": "not_https"}),
        ({"hours": ["a"] * 15}, {"hours": "max_length"}),
        ({"languages": ["Spanish, of course"]}, {"languages.0": "invalid_language"}),
        ({"languages": ["en"] * 11}, {"languages": "max_length"}),
        ({"verified_at": "yesterday"}, {"verified_at": "invalid"}),
        ({"verified_at": timezone.now().date() + timedelta(days=2)},
         {"verified_at": "in_the_future"}),
        ({"withdrawn": "yes"}, {"withdrawn": "invalid"}),
        ({"colour": "green"}, {"colour": "unknown_field"}),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_named(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(put(cast.ada, KITCHEN | changes)) == expected
    assert not CommunityResource.objects.exists()
