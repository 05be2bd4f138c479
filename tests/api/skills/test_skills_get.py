"""GET skills: the shipped catalogue, read once and then answered 304."""

import pytest

from tests.api.responses import API, faults
from tests.cast import Cast, signed_in

DOOR = API + "skills"


def test_the_whole_catalogue_comes_at_once(cast: Cast) -> None:
    found = signed_in(cast.maya).get(DOOR).json()

    assert len(found["results"]) == 70
    assert found["next"] is None
    assert set(found["results"][0]) == {
        "slug", "name", "also_known_as", "module", "description", "minutes", "ratings", "caution",
        "taught", "assigned",
    }  # fmt: skip


def test_an_unchanged_catalogue_is_not_sent_again(cast: Cast) -> None:
    client = signed_in(cast.maya)
    tag = client.get(DOOR).headers["ETag"]

    again = client.get(DOOR, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert client.get(DOOR, headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_question_has_another_tag(cast: Cast) -> None:
    client = signed_in(cast.maya)

    assert client.get(DOOR).headers["ETag"] != client.get(f"{DOOR}?q=wise").headers["ETag"]


@pytest.mark.parametrize(
    ("query", "count"),
    [("q=wise mind", 1), ("q=qqqq", 0), ("assigned=true", 0), ("module=grounding", 2)],
)
def test_the_catalogue_is_searched(cast: Cast, query: str, count: int) -> None:
    found = signed_in(cast.maya).get(f"{DOOR}?{query}").json()["results"]

    assert len(found) == count


def test_an_unknown_filter_is_named(cast: Cast) -> None:
    assert faults(signed_in(cast.maya).get(f"{DOOR}?colour=blue")) == {"colour": "unknown_field"}
