"""An entry is changed, rated afterwards and deleted by its patient, and its history is kept."""

from typing import Any
from uuid import uuid4

import pytest

from care.models import AccessLogEntry
from journaling.models import Entry, EntryRevision
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

DOOR = API + "entries"


def posted(client: Any, **fields: Any) -> dict[str, Any]:
    told: dict[str, Any] = client.post(DOOR, craving(**fields)).json()
    return told


def at(entry: dict[str, Any], tail: str = "") -> str:
    return f"{DOOR}/{entry['id']}{tail}"


def match(rev: int) -> dict[str, str]:
    return {"If-Match": f'"{rev}"'}


def test_a_change_makes_a_new_revision_and_keeps_the_rest(cast: Cast) -> None:
    client = signed_in(cast.maya)
    before = posted(client, intensity=5, note="by the lake", triggers=["lonely"])

    response = client.patch(at(before), {"intensity": 7, "triggers": None}, headers=match(1))

    after = response.json()
    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert (after["rev"], after["intensity"], after["triggers"]) == (2, 7, None)
    assert after["seq"] > before["seq"]
    same = set(after) - {"rev", "seq", "intensity", "triggers"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert client.get(at(before)).json() == after


def test_a_change_of_nothing_makes_no_revision(cast: Cast) -> None:
    client = signed_in(cast.maya)
    before = posted(client, intensity=5)

    response = client.patch(at(before), {"intensity": 5}, headers=match(1))

    assert response.json() == before
    assert not EntryRevision.objects.exists()
    assert posted(client)["seq"] == before["seq"] + 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 428, "precondition_required"),
        (match(2), 412, "stale"),
        ({"If-Match": "*"}, 412, "stale"),
    ],
    ids=["none", "newer", "any"],
)
def test_another_revision_is_refused(
    cast: Cast, headers: dict[str, str], status: int, code: str
) -> None:
    client = signed_in(cast.maya)
    before = posted(client, intensity=5)

    refused = client.patch(at(before), {"intensity": 7}, headers=headers)

    problem(refused, status, code)
    assert client.get(at(before)).json() == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"intensity": 11}, {"intensity": "off_scale"}),
        ({"intensity": None}, {"intensity": "required"}),
        ({"valence": 1}, {"valence": "unknown_field"}),
        ({"kind": "mood"}, {"kind": "read_only"}),
        ({"id": str(uuid4()), "recorded_at": "2026-05-04T15:00:00Z"},
         {"id": "read_only", "recorded_at": "read_only"}),
        ({"rev": 9}, {"rev": "unknown_field"}),
        ({"reviewed_at": None}, {"reviewed_at": "unknown_field"}),
        ([], {"": "not_an_object"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)  # fmt: skip
def test_what_cannot_be_changed_is_named(cast: Cast, changes: Any, expected: Any) -> None:
    client = signed_in(cast.maya)
    before = posted(client, intensity=5)

    refused = client.patch(at(before), changes, headers=match(1))

    assert refused.status_code == 400
    assert faults(refused) == expected
    assert client.get(at(before)).json() == before


def test_the_history_tells_author_time_and_what_changed(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, intensity=5, note="by the lake")
    client.patch(at(entry), {"note": "by the river", "outcome": "did_not_use"}, headers=match(1))
    client.patch(at(entry), {"note": None}, headers=match(2))

    first, second, third = client.get(at(entry, "/history")).json()["results"]

    maya = {"id": str(cast.maya.pk), "role": "patient"}
    assert (first["rev"], first["action"], first["changes"]) == (1, "created", [])
    assert first["at"] == entry["received_at"]
    assert (second["rev"], second["action"], second["author"]) == (2, "changed", maya)
    assert sorted(second["changes"], key=lambda change: change["field"]) == [
        {"field": "note", "before": "by the lake", "after": "by the river"},
        {"field": "outcome", "before": None, "after": "did_not_use"},
    ]
    assert third["changes"] == [{"field": "note", "before": "by the river", "after": None}]


def test_the_words_of_earlier_versions_are_sealed(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, note="canary by the lake")

    client.patch(at(entry), {"note": "x"}, headers=match(1))

    kept = bytes(EntryRevision.objects.get().before)
    assert b"canary" not in kept
    assert b"craving" not in kept


def test_a_deleted_entry_is_gone_but_for_its_history(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, intensity=5, note="by the lake")

    response = client.delete(at(entry), headers=match(1))

    assert (response.status_code, response.content) == (204, b"")
    problem(client.get(at(entry)), 404, "not_found")
    assert client.get(DOOR).json()["results"] == []
    row = Entry.objects.get()
    assert (row.intensity, row.target, row.encrypted_text, row.rev) == (None, None, None, 2)
    gone = client.get(at(entry, "/history")).json()["results"][-1]
    assert gone["action"] == "deleted"
    assert {"field": "note", "before": "by the lake", "after": None} in gone["changes"]


def test_what_is_deleted_cannot_be_deleted_changed_or_sent_again(cast: Cast) -> None:
    client = signed_in(cast.maya)
    body = craving()
    entry = client.post(DOOR, body).json()
    client.delete(at(entry))

    problem(client.delete(at(entry)), 404, "not_found")
    problem(client.patch(at(entry), {"intensity": 1}, headers=match(2)), 404, "not_found")
    problem(client.post(DOOR, body), 409, "entry_deleted")
    assert EntryRevision.objects.count() == 1


def test_a_stale_deletion_is_refused(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client)
    client.patch(at(entry), {"intensity": 1}, headers=match(1))

    problem(client.delete(at(entry), headers=match(1)), 412, "stale")

    assert client.get(at(entry)).json()["rev"] == 2


def test_a_later_rating_is_attached_once(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, intensity=8)
    rating = {"intensity_after": 3, "minutes_later": 20, "outcome": "did_not_use"}

    first = client.post(at(entry, "/after"), rating)
    again = client.post(at(entry, "/after"), rating)

    told = first.json()
    assert (first.status_code, again.status_code) == (200, 200)
    assert {name: told[name] for name in rating} == rating
    assert again.json() == told
    assert told["rev"] == 2


def test_a_rating_much_later_is_kept(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, intensity=8)

    told = client.post(at(entry, "/after"), {"intensity_after": 0, "minutes_later": 300}).json()

    assert (told["intensity_after"], told["minutes_later"]) == (0, 300)


@pytest.mark.parametrize(
    ("rating", "fields"),
    [
        ({"intensity_after": 3}, {"minutes_later"}),
        ({"minutes_later": 20}, {"intensity_after"}),
        ({"intensity_after": "3", "minutes_later": 20}, {"intensity_after"}),
        ({"intensity_after": 3, "minutes_later": 4}, {"minutes_later"}),
        ({"intensity_after": 3, "minutes_later": 20, "outcome": "won"}, {"outcome"}),
        ({"intensity_after": 3, "minutes_later": 20, "intensity": 1}, {"intensity"}),
    ],
    ids=["no-minutes", "no-rating", "text", "too-soon", "outcome", "another-field"],
)
def test_a_rating_of_another_shape_is_refused(
    cast: Cast, rating: dict[str, Any], fields: set[str]
) -> None:
    client = signed_in(cast.maya)
    entry = posted(client, intensity=8)

    refused = client.post(at(entry, "/after"), rating)

    assert refused.status_code == 400
    assert set(faults(refused)) == fields
    assert client.get(at(entry)).json() == entry


def test_only_a_craving_has_a_later_rating(cast: Cast) -> None:
    client = signed_in(cast.maya)
    body = craving()
    mood = {name: body[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    entry = client.post(DOOR, mood | {"kind": "mood", "valence": 1}).json()

    refused = client.post(at(entry, "/after"), {"intensity_after": 3, "minutes_later": 20})

    problem(refused, 409, "not_a_craving")
    assert not EntryRevision.objects.exists()


def test_a_card_cannot_move_to_a_day_that_has_one(cast: Cast) -> None:
    client = signed_in(cast.maya)
    body = craving()
    common = {name: body[name] for name in ("occurred_at", "recorded_at", "time_zone")}
    cards = [
        client.post(DOOR, common | {"id": str(uuid4()), "kind": "daily", "date": day}).json()
        for day in ("2026-05-01", "2026-05-02")
    ]

    refused = client.patch(at(cards[1]), {"date": "2026-05-01"}, headers=match(1))

    assert cards[0]["id"] in problem(refused, 409, "day_taken")["detail"]
    assert client.get(at(cards[1])).json() == cards[1]
    assert not EntryRevision.objects.exists()


def test_nobody_else_reaches_an_entry_or_its_history(cast: Cast) -> None:
    entry = posted(signed_in(cast.maya), note="canary")
    logged = AccessLogEntry.objects.filter(action="write").count()

    other = signed_in(cast.noah)
    answers = [
        other.patch(at(entry), {"note": "x"}, headers=match(1)),
        other.delete(at(entry)),
        other.post(at(entry, "/after"), {"intensity_after": 3, "minutes_later": 20}),
        other.get(at(entry, "/history")),
    ]

    for refused in answers:
        problem(refused, 404, "not_found")
    assert signed_in(cast.maya).get(at(entry)).json() == entry
    assert AccessLogEntry.objects.filter(action="write").count() == logged


def test_every_change_stands_in_the_access_log(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = posted(client)
    logged = AccessLogEntry.objects.filter(action="write", patient_id=cast.maya.pk).count()

    client.patch(at(entry), {"intensity": 1}, headers=match(1))
    client.delete(at(entry))

    now = AccessLogEntry.objects.filter(action="write", patient_id=cast.maya.pk).count()
    assert now - logged == 2
