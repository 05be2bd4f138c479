"""GET instruments and instruments/{slug}: the shipped questionnaires, and answering them."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, signed_in

DOOR = API + "instruments"


def completed(instrument: dict[str, Any], value: int = 0) -> dict[str, Any]:
    at = timezone.now().isoformat()
    return {
        "id": str(uuid4()),
        "kind": "measure",
        "occurred_at": at,
        "recorded_at": at,
        "completed_at": at,
        "time_zone": ZONE,
        "instrument": instrument["slug"],
        "version": instrument["version"],
        "answers": {item["id"]: value for item in instrument["items"]},
    }


def test_every_questionnaire_comes_with_its_licence_and_items(cast: Cast) -> None:
    found = signed_in(cast.maya).get(DOOR).json()

    assert [one["slug"] for one in found["results"]] == [
        "bam-30", "bam-7", "gad-2", "gad-7", "pacs", "phq-2", "phq-9",
    ]  # fmt: skip
    phq = found["results"][-1]
    assert set(phq) == {
        "slug", "name", "version", "licence", "source", "attribution", "lookback_days",
        "instructions", "note", "items",
    }  # fmt: skip
    assert phq["items"][0] == {
        "id": "q1",
        "text": "Little interest or pleasure in doing things",
        "options": [
            {"value": 0, "label": "Not at all"},
            {"value": 1, "label": "Several days"},
            {"value": 2, "label": "More than half the days"},
            {"value": 3, "label": "Nearly every day"},
        ],
        "asked_unless": None,
    }


def test_one_reads_as_it_stands_in_the_list_and_its_skips_are_told(cast: Cast) -> None:
    client = signed_in(cast.maya)

    found = client.get(f"{DOOR}/bam-30").json()

    assert found == client.get(DOOR).json()["results"][0]
    assert [i["asked_unless"] for i in found["items"] if i["id"] == "q5"] == [
        {"item": "q4", "value": 0}
    ]


@pytest.mark.parametrize("path", ["", "/phq-9"])
def test_what_is_known_is_not_sent_again(cast: Cast, path: str) -> None:
    client = signed_in(cast.maya)
    tag = client.get(DOOR + path).headers["ETag"]

    again = client.get(DOOR + path, headers={"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("slug", ["panas", "phq-8", "PHQ-9"])
def test_what_is_not_shipped_is_not_found(cast: Cast, slug: str) -> None:
    problem(signed_in(cast.maya).get(f"{DOOR}/{slug}"), 404, "not_found")


@pytest.mark.parametrize("path", ["", "/phq-9"])
def test_the_database_is_only_asked_who_is_there(cast: Cast, path: str) -> None:
    client = signed_in(cast.maya)

    with CaptureQueriesContext(connection) as seen:
        client.get(DOOR + path)

    assert len(seen) == 1


@pytest.mark.parametrize("slug", ["phq-9", "phq-2", "gad-7", "gad-2", "pacs", "bam-30", "bam-7"])
def test_what_is_offered_can_be_answered_and_comes_back_scored(cast: Cast, slug: str) -> None:
    client = signed_in(cast.maya)
    instrument = client.get(f"{DOOR}/{slug}").json()

    response = client.post(API + "entries", completed(instrument))

    told = response.json()
    assert response.status_code == 201
    assert told["answers"] == {item["id"]: 0 for item in instrument["items"]}
    assert told["score"] == (None if slug.startswith("bam") else 0)
    assert client.get(f"{API}entries/{told['id']}").json() == told
    again = client.post(API + "entries", completed(instrument) | {"id": told["id"]})
    assert again.status_code == 409


def test_a_score_cannot_be_sent_nor_patched(cast: Cast) -> None:
    client = signed_in(cast.maya)
    phq = client.get(f"{DOOR}/phq-9").json()
    told = client.post(API + "entries", completed(phq)).json()
    door = f"{API}entries/{told['id']}"

    sent = client.post(API + "entries", completed(phq) | {"score": 3})
    patched = client.patch(door, {"severity": "mild"}, headers={"If-Match": '"1"'})

    assert faults(sent) == {"score": "unknown_field"}
    assert faults(patched) == {"severity": "unknown_field"}
    assert client.get(door).json() == told


def test_changed_answers_are_scored_anew_and_the_old_ones_stay_on_record(cast: Cast) -> None:
    client = signed_in(cast.maya)
    told = client.post(API + "entries", completed(client.get(f"{DOOR}/phq-9").json())).json()
    door = f"{API}entries/{told['id']}"

    changed = client.patch(
        door, {"answers": told["answers"] | {"q1": 3, "q2": 2}}, headers={"If-Match": '"1"'}
    ).json()

    assert (changed["score"], changed["severity"], changed["rev"]) == (5, "mild", 2)
    change = client.get(f"{door}/history").json()["results"][1]["changes"]
    assert [(one["field"], one["before"]["q1"], one["after"]["q1"]) for one in change] == [
        ("answers", 0, 3)
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"q1": 4}, {"answers.q1": "unknown_choice"}),
        ({"q77": 0}, {"answers.q77": "unknown_item"}),
    ],
)
def test_an_answer_that_does_not_exist_is_named_and_nothing_is_stored(
    cast: Cast, answers: dict[str, int], expected: dict[str, str]
) -> None:
    client = signed_in(cast.maya)
    sent = completed(client.get(f"{DOOR}/phq-9").json()) | {"answers": answers}

    assert faults(client.post(API + "entries", sent)) == expected
    assert client.get(API + "entries").json()["results"] == []


@pytest.mark.parametrize(("value", "level"), [(0, None), (1, 1), (2, 2), (3, 2)])
def test_item_nine_is_answered_by_help_in_the_same_response(
    cast: Cast, value: int, level: int | None
) -> None:
    client = signed_in(cast.maya)
    sent = completed(client.get(f"{DOOR}/phq-9").json())

    told = client.post(API + "entries", sent | {"answers": sent["answers"] | {"q9": value}}).json()

    assert (told["support"] and told["support"]["level"]) == level


def test_answers_come_back_in_the_order_of_the_items(cast: Cast) -> None:
    client = signed_in(cast.maya)
    instrument = client.get(f"{DOOR}/bam-7").json()
    names = [item["id"] for item in instrument["items"]]
    sent = completed(instrument)
    sent["answers"] = {name: sent["answers"][name] for name in sorted(names)}

    answered = client.post(API + "entries", sent).json()

    read = client.get(f"{API}entries/{sent['id']}").json()
    assert list(answered["answers"]) == list(read["answers"]) == names
    assert client.post(API + "entries", sent).status_code == 200
