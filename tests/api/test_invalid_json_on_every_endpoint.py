"""Every door that takes JSON refuses what is no text, number or field, and keeps nothing of it."""

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from care.models import AccessLogEntry, DeviceSession
from journaling.measures import instruments
from tests.api.request_bodies import body_for
from tests.api.responses import API, faults
from tests.api.test_authorisation import CELLS, address_of
from tests.api.world import World, ask
from tests.cast import craving, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]
#: What a refusal may write: who asked for what, and when a sign-in was last used.
EVIDENCE = {AccessLogEntry, DeviceSession}
SYNC = "POST api/v1/sync"
MEASURE = "POST api/v1/entries as a measure"


def sent_to(door: str, world: World) -> Any:
    if door != MEASURE:
        return body_for(door, world)
    newest = next(one.version for one in instruments.newest_instruments() if one.slug == "phq-9")
    entry = {name: craving()[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return entry | {
        "kind": "measure",
        "instrument": "phq-9",
        "version": newest,
        "answers": {f"q{item}": 1 for item in range(1, 10)},
        "completed_at": entry["occurred_at"],
    }


def path_of(door: str) -> str:
    return door.removesuffix(" as a measure")


def role_of(door: str) -> str:
    return next(role for role, status in CELLS[path_of(door)].items() if status < 300)


def leaf(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def knock(client: Any, door: str, world: World, body: Any) -> Any:
    method = door.split(" ", 1)[0]
    return ask(client, method, address_of(path_of(door), world), body)


def takes_json(door: str) -> bool:
    method, path = door.split(" ", 1)
    return method in {"POST", "PUT", "PATCH"} and path.startswith("api/")


#: Doors where the address says it all; what a body has in it is not looked at.
BODILESS = (
    "/logout", "/revoke-others", "/revoke", "/calendar", "/opened", "/answered",
    "/mfa/totp", "/invite", "/emergencies/<uuid:emergency_id>/reviewed",
    "/entries/<uuid:entry_id>/acknowledge", "/tasks/<uuid:task_id>/done",
)  # fmt: skip
DOORS = [
    door
    for door, cells in CELLS.items()
    if takes_json(door)
    and not door.endswith(BODILESS)
    and any(status < 300 for status in cells.values())
] + [MEASURE]


def leaves(value: Any, kinds: Any = str, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Find where in it values of these kinds stand, in the first entry of a batch only."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            if (*path, key)[:2] not in {("ops", 1)}:
                yield from leaves(inner, kinds, (*path, key))
    elif isinstance(value, kinds) and not isinstance(value, bool):
        yield path


def with_leaf(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = new
    return changed


def everything() -> dict[str, list[dict[str, Any]]]:
    """Read every table but those in which a refusal itself is told."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model not in EVIDENCE
    }


MARK = "zqx"
BAD: dict[str, Callable[[Any], Any]] = {
    "nul": lambda text: f"{text}{MARK}\x00",
    "surrogate": lambda text: f"{text}{MARK}\ud83d",
    "number": lambda _: 5,
    "yes": lambda _: True,
    "list": lambda text: [[f"{text}{MARK}"]],
    "object": lambda text: {MARK: text},
}


def refusals(response: Any, door: str) -> list[tuple[str, str]]:
    """Read which fields are named at fault, and how; one bad entry of a batch fails alone."""
    assert MARK not in response.content.decode().replace(f"{MARK}: ", "")
    if door == SYNC and response.status_code == 200:
        result = response.json()["results"][0]
        assert result["status"] == "invalid"
        return [(error["field"], error["code"]) for error in result["errors"]]
    assert response.status_code == 400, response.content
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.mark.parametrize("door", DOORS)
def test_a_value_that_is_no_text_is_named_and_nothing_changes(world: World, door: str) -> None:
    client = signed_in(world.who(role_of(door)))
    body = sent_to(door, world)
    before = everything()

    for path, (bad, made_bad) in itertools.product(leaves(body), BAD.items()):
        refused = knock(client, door, world, with_leaf(body, path, made_bad(leaf(body, path))))

        name = next(part for part in path if isinstance(part, str) and part != "ops")
        named = [field.split(".") for field, _ in refusals(refused, door)]
        assert any(name in parts for parts in named), (path, bad)
    assert everything() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_number_that_is_text_is_named_and_nothing_changes(world: World, door: str) -> None:
    client = signed_in(world.who(role_of(door)))
    body = sent_to(door, world)
    before = everything()

    for path in leaves(body, (int, float)):
        sent = with_leaf(body, path, json.dumps(leaf(body, path)))
        refused = knock(client, door, world, sent)

        name = next(part for part in path if isinstance(part, str) and part != "ops")
        assert any(name in field.split(".") for field, _ in refusals(refused, door)), path
    assert everything() == before


@pytest.mark.parametrize("door", DOORS)
def test_a_field_that_nobody_reads_is_named_and_nothing_changes(world: World, door: str) -> None:
    client = signed_in(world.who(role_of(door)))
    body = sent_to(door, world)
    inner = body[0] if isinstance(body, list) else body["ops"][0] if door == SYNC else body
    before = everything()
    inner["unheard_of"] = 1

    refused = knock(client, door, world, body)

    assert "unheard_of" in {field.split(".")[-1] for field, _ in refusals(refused, door)}
    assert everything() == before


#: Texts that two parsers could read differently, or that are none, and how they are refused.
AMBIGUOUS = {
    '{"a": 1, "a": 2}': "doubled_key",
    '{"a": ' + "[" * 25 + "]" * 25 + "}": "too_deep",
    '{"a": NaN}': "not_json",
    "{": "not_json",
}


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_two_could_read_differently_is_refused(world: World, door: str) -> None:
    client = signed_in(world.who(role_of(door)))
    before = everything()

    for text, code in AMBIGUOUS.items():
        refused = client.generic(
            door.split(" ", 1)[0], address_of(path_of(door), world), text,
            content_type="application/json", headers={"If-Match": '"1"'},
        )  # fmt: skip

        assert (refused.status_code, refused.json()["code"]) == (400, code), text
    assert everything() == before


@pytest.mark.parametrize(
    ("role", "door"),
    [
        ("own", "entries"), ("own", "access-log"), ("own", "sessions"), ("own", "summary"),
        ("own", "diary-week"),
        ("own", "reminders/upcoming"), ("own", "skills"), ("own", "assignments"),
        ("team", "safety-events"), ("team", "sessions"),
        ("admin", "patients/{patient_id}/reminder-history"),
    ],
)  # fmt: skip
def test_a_parameter_that_nobody_reads_is_named(world: World, role: str, door: str) -> None:
    address = API + door.format(patient_id=world.cast.maya.pk)

    assert faults(signed_in(world.who(role)).get(address + "?unheard_of=1")) == {
        "unheard_of": "unknown_field"
    }
