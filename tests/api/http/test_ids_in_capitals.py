"""An id is one thing in the body, in the address and in the query, in lower case or capitals."""

import re
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from journaling.models import Entry
from notifications.models.occurrence import Occurrence
from tests.api.request_bodies import body_for
from tests.api.responses import API
from tests.api.test_authorisation import BEGUN, CELLS, address_of
from tests.api.world import World, ask, browser
from tests.cast import craving, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WITH_AN_ID = [door for door in CELLS if "<uuid:" in door]
WITH_A_BODY = [door for door in CELLS if door.split(" ")[1].startswith("api/")]


def in_capitals(value: Any) -> Any:
    """Write every id in it as an iPhone does."""
    if isinstance(value, dict):
        return {name: in_capitals(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(in_capitals, value))
    return UUID.sub(lambda found: found[0].upper(), value) if isinstance(value, str) else value


def knock(door: str, role: str, world: World, *, is_shouted: bool = True) -> Any:
    method, path = door.split(" ", 1)
    client = (signed_in if path.startswith("api/") else browser)(world.who(role))
    address, body = address_of(door, world), body_for(door, world)
    if is_shouted:
        address, body = in_capitals(address), in_capitals(body)
        assert "<uuid:" not in door or address != address_of(door, world)
    if door in BEGUN:
        world.begin()
    return ask(client, method, address, body)


@pytest.mark.parametrize(
    ("door", "role"),
    [
        (door, role)
        for door in WITH_AN_ID
        for role in ("own", "other", "team", "stranger", "supporter", "admin")
        if CELLS[door][role] != 403
    ],
)
def test_an_address_in_capitals_leads_to_the_same(world: World, door: str, role: str) -> None:
    assert knock(door, role, world).status_code == CELLS[door][role]


def test_what_is_read_there_is_the_same(world: World) -> None:
    for door in WITH_AN_ID:
        if door.startswith("GET api/") and CELLS[door]["own"] == 200:
            # Some say when they were made, and until when they reach.
            with time_machine.travel(timezone.now(), tick=False):
                told = knock(door, "own", world, is_shouted=False).content
                assert knock(door, "own", world).content == told, door


@pytest.mark.parametrize(
    "door",
    [
        door
        for door in WITH_A_BODY
        if any(status < 300 for status in CELLS[door].values())
    ],
)  # fmt: skip
def test_ids_in_bodies_and_queries_may_be_in_capitals(world: World, door: str) -> None:
    if in_capitals(body_for(door, world)) == body_for(door, world) and "?" not in address_of(
        door, world
    ):
        return
    role = next(role for role, status in CELLS[door].items() if status < 300)

    assert knock(door, role, world).status_code == CELLS[door][role]


def test_an_entry_is_one_entry_whoever_writes_its_id(world: World) -> None:
    client, body, before = signed_in(world.cast.maya), craving(), Entry.objects.count()
    shouted = in_capitals(body)
    assert client.post(API + "entries", shouted).status_code == 201

    again = client.post(API + "entries", body)
    synced = client.post(API + "sync", {"cursor": None, "ops": [shouted | {"base_rev": None}]})

    assert again.status_code == 200
    assert synced.json()["results"][0]["status"] == "unchanged"
    assert Entry.objects.count() == before + 1
    for method in ("get", "delete"):
        answered = getattr(client, method)(f"{API}entries/{shouted['id']}")
        assert answered.status_code in {200, 204}


def test_a_prompt_in_capitals_is_answered(world: World) -> None:
    name = str(world.occurrence.pk).upper()

    told = signed_in(world.cast.maya).post(API + "entries", craving(origin=f"prompt:{name}"))

    assert told.json()["origin"] == f"prompt:{name.lower()}"
    assert Occurrence.objects.get(pk=world.occurrence.pk).answered_at is not None


@pytest.mark.parametrize("strange", ["{%s}", "urn:uuid:%s", "%s0", "0%s", "%s%%00", "%s%%20"])
def test_what_is_no_id_leads_nowhere(world: World, strange: str) -> None:
    address = f"{API}entries/{strange % world.entry_id}"

    assert signed_in(world.cast.maya).get(address).status_code == 404
