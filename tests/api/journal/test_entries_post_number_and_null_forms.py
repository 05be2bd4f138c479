"""Every field of every kind is taken as phones write it: 5.0 for 5, null for what was not said."""

import copy
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from journaling.entries.kinds.field_types import ShortText
from journaling.entries.kinds.header import EntryHeader, accepted_names
from journaling.entries.kinds.registry import KINDS
from journaling.entries.kinds.vital_sign import VitalSignUnit
from journaling.models import Entry
from tests.api.responses import API, faults
from tests.api.sample_entries import full
from tests.cast import Cast, craving, signed_in
from tests.kit.test_text import NOT_ON_A_LINE, UNSEEN, WRITTEN

DOOR, SYNC = API + "entries", API + "sync"
Path = tuple[Any, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Find everything that stands in a body, whole objects and lists as well."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(body: Any, path: Path, *, to: Any = None, is_gone: bool = False) -> Any:
    found = copy.deepcopy(body)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    if is_gone:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return found


def with_fractions(value: Any) -> Any:
    """Write every whole number as a slider does."""
    if isinstance(value, dict):
        return {name: with_fractions(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(with_fractions, value))
    return float(value) if type(value) is int else value


def operation(client: Any, body: dict[str, Any]) -> dict[str, Any]:
    told = client.post(SYNC, {"cursor": None, "ops": [body | {"base_rev": None}]}).json()
    found: dict[str, Any] = told["results"][0]
    return found


def test_the_samples_answer_every_field_of_every_kind() -> None:
    for kind in KINDS.values():
        left_out = {"unanswered", "date", "assignment"}
        assert set(full(kind.kind)) == accepted_names(kind.names) - left_out


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_number_may_be_written_as_a_fraction(cast: Cast, kind: str) -> None:
    client, body = signed_in(cast.maya), full(kind)

    first = client.post(DOOR, with_fractions(body))
    again = client.post(DOOR, body)

    assert (first.status_code, again.status_code) == (201, 200), first.content
    told = first.json()
    for name, value in body.items():
        if type(value) is int and name != "value":
            assert type(told[name]) is int
    assert operation(client, with_fractions(body))["status"] == "unchanged"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fraction_and_what_is_no_number_stay_refused(cast: Cast, kind: str) -> None:
    client, body = signed_in(cast.maya), full(kind)
    for path in places(body):
        value: Any = body
        for key in path:
            value = value[key]
        if type(value) is not int:
            continue
        for bad in ("1e400", "-1e400", *(("0.5",) if path != ("value",) else ())):
            text = json.dumps(changed(body, path, to="HERE")).replace('"HERE"', bad)
            refused = client.generic("POST", DOOR, text, content_type="application/json")

            assert str(path[0]) in {name.split(".")[0] for name in faults(refused)}
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_null_is_what_was_not_answered_wherever_it_stands(cast: Cast, kind: str) -> None:
    client, body = signed_in(cast.maya), full(kind)
    fields = (*EntryHeader.fields, *KINDS[kind].fields)
    required = {field.name for field in fields if field.required} | {"kind"}
    for path in places(body):
        with_null = changed(body, path) | {"id": str(uuid4())}
        if len(path) == 1 and path[0] in required:
            with_null |= {"id": None} if path == ("id",) else {}
            assert faults(client.post(DOOR, with_null)) == {path[0]: "required"}
            continue
        left_out = changed(with_null, path, is_gone=True)

        first, again = client.post(DOOR, with_null), client.post(DOOR, left_out)

        assert (first.status_code, again.status_code) == (201, 200), (path, first.content)
        assert operation(client, with_null)["status"] == "unchanged"
        Entry.objects.all().delete()


@pytest.mark.parametrize("kind", KINDS)
def test_a_patch_with_null_takes_the_answer_back(cast: Cast, kind: str) -> None:
    client, body = signed_in(cast.maya), full(kind)
    rev = client.post(DOOR, body).json()["rev"]
    optional = [field.name for field in KINDS[kind].fields if not field.required]
    address = f"{DOOR}/{body['id'].upper()}"
    for name in optional:
        if body.get(name) is None:
            continue
        told = client.patch(address, {name: None}, headers={"If-Match": f'"{rev}"'})

        assert told.status_code == 200, told.content
        assert told.json()[name] is None
        rev = told.json()["rev"]


def test_all_nulls_in_an_answer_are_no_answer(cast: Cast) -> None:
    client = signed_in(cast.maya)
    sent = full("daily") | {
        "urges": {"suicide": {"peak": None, "acted": None}, "use": None},
        "emotions": {"anger": None}, "balance": {"mind": None}, "safety_check": {"intent": None},
        "unanswered": {"pain": None},
    }  # fmt: skip

    told = client.post(DOOR, sent)

    assert told.status_code == 201, told.content
    for name in ("urges", "emotions", "balance", "safety_check", "unanswered"):
        assert told.json()[name] is None


def test_an_urge_beside_nulls_is_helped_with(cast: Cast) -> None:
    sent = full("daily") | {
        "urges": {"suicide": {"peak": 4}}, "emotions": {"anger": 3, "fear": None},
    }  # fmt: skip
    del sent["safety_check"]

    told = signed_in(cast.maya).post(DOOR, sent)

    assert told.status_code == 201
    assert told.json()["emotions"] == {"anger": 3}
    assert told.json()["support"] is not None


NAMES = [
    (kind.kind, field.name)
    for kind in KINDS.values()
    for field in kind.fields
    if isinstance(field.type, ShortText) and field.name not in {"instrument", "version"}
]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_a_name_is_stored_as_it_was_typed(cast: Cast, kind: str, name: str) -> None:
    client = signed_in(cast.maya)
    for typed in WRITTEN.values():
        body = full(kind) | {name: typed}

        told = client.post(DOOR, body)

        assert told.status_code == 201, told.content
        assert told.json()[name] == typed
        assert client.get(f"{DOOR}/{body['id']}").json()[name] == typed
        assert operation(client, body)["status"] == "unchanged"


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_a_name_that_is_none_says_why(cast: Cast, kind: str, name: str) -> None:
    client = signed_in(cast.maya)
    for bad in NOT_ON_A_LINE.values():
        text = json.dumps(full(kind) | {name: bad})
        refused = client.generic("POST", DOOR, text, content_type="application/json")
        assert faults(refused) == {name: "invalid_characters"}
    for bad in UNSEEN.values():
        assert faults(client.post(DOOR, full(kind) | {name: bad})) == {name: "blank"}
    assert Entry.objects.count() == 0


def test_a_target_on_a_diary_card_is_stored_as_it_was_typed(cast: Cast) -> None:
    client = signed_in(cast.maya)
    for typed in WRITTEN.values():
        told = client.post(DOOR, full("daily") | {"urges": {typed: {"peak": 2}}})

        assert told.status_code == 201, told.content
        assert told.json()["urges"] == {typed: {"peak": 2}}
        Entry.objects.all().delete()


@pytest.mark.parametrize(
    "spelt", ["Suicide", "SUICIDE", "ｓｕｉｃｉｄｅ", " suicide ", "suicide\u200b"]
)
def test_no_spelling_hides_a_fixed_urge_from_the_rules_of_safety(cast: Cast, spelt: str) -> None:
    told = signed_in(cast.maya).post(DOOR, full("daily") | {"urges": {spelt: {"peak": 5}}})

    assert told.json()["urges"] == {"suicide": {"peak": 5}}
    assert told.json()["support"] is not None


def test_two_spellings_of_one_target_are_one_urge(cast: Cast) -> None:
    urges = {"Wine": {"peak": 2}, "wine": {"peak": 4, "acted": False}, "WINE": {"acted": True}}

    told = signed_in(cast.maya).post(DOOR, full("daily") | {"urges": urges})

    assert told.json()["urges"] == {"WINE": {"peak": 4, "acted": True}}


@pytest.mark.parametrize(("sent", "kept"), [("MMHG", "mmHg"), ("mmhg", "mmHg"), ("mmHg", "mmHg")])
def test_a_capital_makes_no_other_unit(cast: Cast, sent: str, kept: str) -> None:
    told = signed_in(cast.maya).post(DOOR, full("reading") | {"unit": sent})

    assert told.json()["unit"] == kept
    assert isinstance(
        next(f.type for f in KINDS["reading"].fields if f.name == "unit"), VitalSignUnit
    )


def test_minus_zero_is_zero(cast: Cast) -> None:
    client, body = signed_in(cast.maya), full("use") | {"amount": -0.0}

    first, again = client.post(DOOR, body), client.post(DOOR, body | {"amount": 0})

    assert (first.status_code, again.status_code) == (201, 200)
    assert b'"amount":0.0' in first.content
    assert operation(client, body)["status"] == "unchanged"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("GMT+02:00", "Etc/GMT-2"), ("UTC+2", "Etc/GMT-2"), ("+0530", "+05:30"),
     ("", "Etc/GMT+7"), ("Etc/Unknown", "Etc/GMT+7")],
)  # fmt: skip
def test_a_phone_without_a_place_tells_its_offset(cast: Cast, sent: str, kept: str) -> None:
    client = signed_in(cast.maya)
    body = craving(occurred_at="2026-05-04T14:50-07:00", recorded_at="2026-05-04t14:50:00-0700",
                   time_zone=sent)  # fmt: skip

    told, again = client.post(DOOR, body), client.post(DOOR, body)

    assert (told.status_code, again.status_code) == (201, 200), told.content
    assert (told.json()["time_zone"], told.json()["zone_suspect"]) == (kept, True)
    assert operation(client, body)["status"] == "unchanged"


def test_a_zone_of_a_place_is_not_suspect(cast: Cast) -> None:
    assert signed_in(cast.maya).post(DOOR, craving()).json()["zone_suspect"] is False


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+14:01", "Z"])
def test_an_offset_of_no_place_is_taken_for_utc(cast: Cast, offset: str) -> None:
    body = craving(occurred_at=f"2026-05-04T14:50{offset}", time_zone="")

    assert signed_in(cast.maya).post(DOOR, body).json()["time_zone"] == "Etc/GMT"


@pytest.mark.parametrize("zone", [5, [""], {"": 1}, "Mars/Base"])
def test_what_is_no_zone_stays_refused(cast: Cast, zone: Any) -> None:
    refused = signed_in(cast.maya).post(DOOR, craving(time_zone=zone))

    assert faults(refused) == {"time_zone": "unknown_zone"}
