"""What can't be an entry is refused by the name of its field, at every door, and not stored."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from journaling.models import Entry, EntryRevision
from tests.api.responses import API, faults
from tests.cast import Cast, craving, signed_in

Door = Callable[[Any, dict[str, Any]], dict[str, str]]
ENTRIES, SYNC = API + "entries", API + "sync"


def send(client: Any, method: str, path: str, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.generic(method, path, text, content_type="application/json", headers=headers)


def post(client: Any, fields: dict[str, Any]) -> dict[str, str]:
    return faults(send(client, "POST", ENTRIES, craving() | fields))


def patch(client: Any, fields: dict[str, Any]) -> dict[str, str]:
    """Change an entry that is there; nothing of it may change."""
    before = client.post(ENTRIES, craving()).json()
    path = f"{ENTRIES}/{before['id']}"
    told = faults(send(client, "PATCH", path, fields, **{"If-Match": '"1"'}))
    assert client.get(path).json() == before
    Entry.objects.all().delete()
    return told


def sync(client: Any, fields: dict[str, Any]) -> dict[str, str]:
    """Send it between two good ones, which are taken all the same."""
    good = [craving() | {"base_rev": None} for _ in range(2)]
    bad = craving() | fields | {"base_rev": None, "deleted": False}
    told = send(client, "POST", SYNC, {"cursor": None, "ops": [good[0], bad, good[1]]})
    assert told.status_code == 200, told.content
    results = told.json()["results"]
    assert [result["status"] for result in results] == ["created", "invalid", "created"]
    assert len(told.json()["changes"]) == 2
    Entry.objects.filter(id__in=[result["id"] for result in results[::2]]).delete()
    return {error["field"]: error["code"] for error in results[1]["errors"]}


def ahead() -> str:
    return (timezone.now() + timedelta(hours=25)).isoformat()


DOORS = [post, patch, sync]
BAD: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "off-the-scale": ({"intensity": 11}, {"intensity": "off_scale"}),
    "below-the-scale": ({"intensity": -1}, {"intensity": "off_scale"}),
    "number-as-text": ({"intensity": "7"}, {"intensity": "not_a_whole_number"}),
    "number-as-yes": ({"intensity": True}, {"intensity": "not_a_whole_number"}),
    "fraction": ({"intensity": 7.5}, {"intensity": "not_a_whole_number"}),
    "huge-number": ({"intensity": 10**60}, {"intensity": "off_scale"}),
    "unknown-zone": ({"time_zone": "Mars/Base"}, {"time_zone": "unknown_zone"}),
    "zone-of-the-host": ({"time_zone": "localtime"}, {"time_zone": "unknown_zone"}),
    "zone-as-a-path": ({"time_zone": "../../etc/passwd"}, {"time_zone": "unknown_zone"}),
    "zone-with-nul": ({"time_zone": "UTC\x00"}, {"time_zone": "unknown_zone"}),
    "too-long": ({"note": "x" * 10_001}, {"note": "too_long"}),
    "nul": ({"note": "a\x00b"}, {"note": "invalid_characters"}),
    "nul-in-a-name": ({"target": "a\x00b"}, {"target": "invalid_characters"}),
    "lone-surrogate": ({"note": "\ud83d"}, {"note": "invalid_characters"}),
    "surrogate-in-a-name": ({"target": "\udc00"}, {"target": "invalid_characters"}),
    "surrogate-in-a-list": ({"triggers": ["\ud83d"]}, {"triggers": "unknown_choice"}),
    "surrogate-as-origin": ({"origin": "prompt:\ud83d"}, {"origin": "unknown_choice"}),
    "surrogate-left-out": (
        {"unanswered": {"triggers.\ud83d": "skipped"}},
        {"unanswered": "unknown_field"},
    ),
    "text-as-a-number": ({"note": 5}, {"note": "not_text"}),
    "object-as-text": ({"note": {"a": 1}}, {"note": "not_text"}),
    "list-in-a-list": ({"triggers": [["lonely"]]}, {"triggers": "unknown_choice"}),
    "unknown-field": ({"shoe": 44}, {"shoe": "unknown_field"}),
    "unknown-field-of-another-kind": ({"valence": 1}, {"valence": "unknown_field"}),
    "unknown-field-with-a-surrogate": ({"\ud83d": 1}, {"?": "unknown_field"}),
    "unknown-field-of-great-length": ({"x" * 300: 1}, {"x" * 60: "unknown_field"}),
    "derived-field": ({"recall": "momentary"}, {"recall": "unknown_field"}),
    "no-offset": ({"occurred_at": "2026-05-04T14:50:00"}, {"occurred_at": "not_an_instant"}),
    "before-there-were-phones": (
        {"occurred_at": "1999-12-31T23:59:59Z"},
        {"occurred_at": "out_of_range"},
    ),
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_field_is_named_and_nothing_stored(cast: Cast, door: Door, bad: str) -> None:
    fields, expected = BAD[bad]

    assert door(signed_in(cast.maya), fields) == expected
    assert (Entry.objects.count(), EntryRevision.objects.count()) == (0, 0)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_more_than_a_day_ahead_is_no_entry_of_the_past(cast: Cast, door: Door) -> None:
    assert door(signed_in(cast.maya), {"occurred_at": ahead()}) == {"occurred_at": "in_future"}
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("door", [post, sync], ids=lambda door: door.__name__)
@pytest.mark.parametrize("kind", ["sorrow", "", 5, ["craving"], {"a": 1}, "\ud83d", "craving\x00"])
def test_an_unknown_kind_is_named(cast: Cast, door: Door, kind: Any) -> None:
    assert door(signed_in(cast.maya), {"kind": kind}) == {"kind": "unknown_kind"}
    assert Entry.objects.count() == 0


def nested(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("place", "envelope"),
    [
        ("skills", lambda deep: craving() | {"skills": deep}),
        ("ops", lambda deep: {"cursor": None, "ops": [craving() | {"skills": deep}]}),
    ],
    ids=["entry", "sync"],
)
@pytest.mark.parametrize(("levels", "code"), [(16, None), (25, "too_deep"), (5_000, "too_deep")])
def test_deep_json_is_refused_whole(
    cast: Cast, place: str, envelope: Any, levels: int, code: str | None
) -> None:
    text = json.dumps(envelope("deep")).replace('"deep"', "[" * levels + "]" * levels)
    door = SYNC if place == "ops" else ENTRIES

    refused = send(signed_in(cast.maya), "POST", door, text)

    if code is None:  # within the limit it is only no skill
        assert "too_deep" not in refused.content.decode()
    else:
        assert refused.json()["code"] == code
        named = {error["field"] for error in refused.json()["errors"]}
        assert named == ({place} if levels < 1_000 else set())
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("door", [ENTRIES, SYNC])
@pytest.mark.parametrize("key", ["intensity", "\\ud83d"])
def test_a_key_that_comes_twice_is_named(cast: Cast, door: str, key: str) -> None:
    entry = json.dumps(craving())[:-1] + f', "{key}": 1, "{key}": 2}}'
    text = entry if door == ENTRIES else f'{{"cursor": null, "ops": [{entry}]}}'

    refused = send(signed_in(cast.maya), "POST", door, text)

    told = refused.json()
    assert (refused.status_code, told["code"]) == (400, "doubled_key")
    assert [error["field"] for error in told["errors"]] == [key.replace("\\ud83d", "?")]
    assert Entry.objects.count() == 0
