"""clinic/skills and clinic/terms: an administrator words the catalogue for their clinic."""

from typing import Any

import pytest

from journaling.models import ClinicSkill, ClinicTerm
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

SKILLS = API + "clinic/skills"
TERMS = API + "clinic/terms"
MATCH_0 = {"If-Match": '"0"'}
GARDEN = {
    "name": "Garden walk", "also_known_as": "green time", "module": "body_environment",
    "description": "Walk in the garden and notice three things.", "minutes": 10,
    "ratings": ["helped"], "caution": "",
}  # fmt: skip


def test_a_skill_of_the_clinic_is_in_everybodys_catalogue(cast: Cast) -> None:
    before = signed_in(cast.maya).get(API + "skills").headers["ETag"]

    response = signed_in(cast.ada).put(f"{SKILLS}/garden-walk", GARDEN, headers=MATCH_0)

    assert response.status_code == 200
    assert response.headers["ETag"] == '"1"'
    shown = {name: value for name, value in response.json().items() if name != "changed_at"}
    assert shown == GARDEN | {"slug": "garden-walk", "withdrawn": False, "rev": 1}
    after = signed_in(cast.maya).get(f"{API}skills?q=green", headers={"If-None-Match": before})
    assert after.json()["results"] == [
        GARDEN | {"slug": "garden-walk", "taught": False, "assigned": False}
    ]
    assert len(signed_in(cast.dr_okafor).get(API + "skills").json()["results"]) == 71


def test_a_shipped_skill_gets_other_words_and_is_withdrawn(cast: Cast) -> None:
    client, own = signed_in(cast.ada), signed_in(cast.maya)
    one = f"{SKILLS}/cool-the-face"

    client.put(one, {"name": "Cold pack"}, headers=MATCH_0)
    worded = own.get(f"{API}skills?q=cold pack").json()["results"]
    client.put(one, {"withdrawn": True}, headers={"If-Match": '"1"'})
    gone = own.get(API + "skills").json()["results"]
    client.put(one, {}, headers={"If-Match": '"2"'})
    back = own.get(API + "skills").json()["results"]

    assert [skill["slug"] for skill in worded] == ["cool-the-face"]
    assert worded[0]["caution"]
    assert "cool-the-face" not in {skill["slug"] for skill in gone}
    assert len(back) == 70
    assert [row["rev"] for row in client.get(SKILLS).json()["results"]] == [3]


@pytest.mark.parametrize(
    ("slug", "changes", "expected"),
    [
        ("garden-walk", {"name": None}, {"name": "required"}),
        ("garden-walk", {"minutes": 0}, {"minutes": "min_value"}),
        ("garden-walk", {"ratings": ["stars"]}, {"ratings.0": "invalid_choice"}),
        ("garden-walk", {"module": "Body Work"}, {"module": "invalid"}),
        ("garden-walk", {"description": ""}, {"description": "blank"}),
        ("garden-walk", {"colour": "green"}, {"colour": "unknown_field"}),
        ("Garden_Walk", {}, {"slug": "invalid"}),
        ("cool-the-face", {}, {"caution": "required"}),
    ],
)
def test_what_cannot_be_said_is_named(
    cast: Cast, slug: str, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    response = signed_in(cast.ada).put(f"{SKILLS}/{slug}", GARDEN | changes, headers=MATCH_0)

    assert faults(response) == expected
    assert not ClinicSkill.objects.exists()


def test_a_stale_revision_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.ada)
    client.put(f"{SKILLS}/garden-walk", GARDEN, headers=MATCH_0)

    stale = client.put(f"{SKILLS}/garden-walk", GARDEN | {"minutes": 60}, headers=MATCH_0)

    problem(stale, 412, "stale")
    problem(client.put(f"{SKILLS}/garden-walk", GARDEN), 428, "precondition_required")
    assert ClinicSkill.objects.get().minutes == 10


@pytest.mark.parametrize("who", ["maya", "dr_okafor"])
def test_only_administrators_word_the_catalogue(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))

    problem(client.put(f"{SKILLS}/garden-walk", GARDEN, headers=MATCH_0), 403, "forbidden")
    problem(client.put(TERMS, {"targets": [], "triggers": ["rain"]}), 403, "forbidden")

    assert not ClinicSkill.objects.exists()
    assert not ClinicTerm.objects.exists()


def test_terms_are_replaced_and_the_same_again_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.ada)
    terms = {"targets": ["shopping"], "triggers": ["night_shift", "rain"]}

    answers = [client.put(TERMS, terms).json() for _ in range(2)]

    assert answers == [terms, terms]
    assert client.get(TERMS).json() == terms
    assert ClinicTerm.objects.count() == 3
    assert client.put(TERMS, {"targets": [], "triggers": ["rain"]}).json() == {
        "targets": [], "triggers": ["rain"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"targets": []}, {"triggers": "required"}),
        ({"targets": [], "triggers": ["lonely"]}, {"triggers": "invalid"}),
        ({"targets": [], "triggers": ["Night shift"]}, {"triggers": "invalid"}),
        ({"targets": ["x", "x"], "triggers": []}, {"targets": "doubled"}),
    ],
)
def test_terms_that_cannot_be_are_named(
    cast: Cast, body: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.ada).put(TERMS, body)) == expected
    assert not ClinicTerm.objects.exists()
