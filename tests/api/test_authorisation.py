"""Every door gives each method and role exactly what the table says (SECURITY R1, R13)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from care.models import DeviceSession
from tests.api.request_bodies import body_for
from tests.api.response_headers import TO_ANY_ORIGIN, faults_of
from tests.api.world import ROLES, World, ask, browser
from tests.cast import signed_in
from tests.rollback import rolled_back

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("authorisation.txt")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Of a session that has begun alone.
BEGUN = {
    "POST api/v1/sessions/<uuid:session_id>/attendance",
    "POST api/v1/sessions/<uuid:session_id>/feedback",
}
PARAMETER = re.compile(r"<(?:uuid|slug|path|int):(\w+)>")


def listed() -> dict[str, dict[str, int]]:
    rows = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            method, path, *statuses = line.split()
            rows[f"{method} {path}"] = dict(zip(ROLES, map(int, statuses), strict=True))
    return rows


CELLS = listed()


def doors(found: Any = None, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for pattern in (found or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # The administrator's site is tried, address by address, in tests/web.
            if pattern.namespace != "admin":
                yield from doors(pattern, path)
        else:
            yield path or "/", methods_of(pattern, path or "/")


def methods_of(pattern: URLPattern, path: str) -> set[str]:
    view = getattr(pattern.callback, "cls", None)
    if view is not None:
        return {method for method in METHODS if hasattr(view, method.lower())}
    # A page doesn't say which methods it takes: those outside the table are tried further down.
    return {method for method in METHODS if f"{method} {path}" in CELLS} or {"GET"}


def test_every_door_stands_in_the_table_and_nothing_else() -> None:
    there = {f"{method} {path}" for path, methods in doors() for method in methods}

    assert there == set(CELLS)


def address_of(door: str, world: World, *, of_nobody: bool = False) -> str:
    path = door.split(" ", 1)[1]
    ids = world.ids()
    if "auth/sessions" in path:
        ids["session_id"] = ids["auth/sessions"]
    if path.rstrip("/").endswith("/room"):
        ids["session_id"] = world.group_session.pk
    if "/invited" in path:
        ids["session_id"] = world.family_session.pk

    def one(match: re.Match[str]) -> str:
        nobodys: UUID | str = "999" if match.group(1) == "rev" else uuid4()
        return str(nobodys if of_nobody else ids[match.group(1)])

    return "/" + PARAMETER.sub(one, path).lstrip("/") + world.query_of(door)


def client_of(door: str, role: str, world: World) -> Any:
    path = door.split(" ", 1)[1]
    is_page = not path.startswith(("api/", "healthz", "readyz", "metrics"))
    return (browser if is_page else signed_in)(world.who(role))


def knock(door: str, role: str, world: World, *, of_nobody: bool = False) -> Any:
    client = client_of(door, role, world)
    if door in BEGUN:
        world.begin()
    address = address_of(door, world, of_nobody=of_nobody)
    return ask(client, door.split(" ", 1)[0], address, body_for(door, world))


@pytest.mark.parametrize("door", CELLS)
def test_every_role_gets_what_the_table_says_and_nothing_of_others(world: World, door: str) -> None:
    for role in ROLES:
        with rolled_back():
            asked = address_of(door, world)  # who knocks knows the address

            response = knock(door, role, world)

            assert response.status_code == CELLS[door][role], (role, response.content[:500])
            assert faults_of(door, response) == [], role
            text = response.content.decode() + str(response.headers)
            for hidden in world.hidden_from(role, door):
                assert hidden in asked or hidden not in text, f"{role} reads {hidden} at {door}"
            if response.status_code == 401:
                assert response.headers["WWW-Authenticate"].startswith("Bearer"), role


@pytest.mark.parametrize("door", [door for door in CELLS if 404 in CELLS[door].values()])
def test_what_is_somebody_elses_looks_like_what_does_not_exist(world: World, door: str) -> None:
    for role in (role for role, status in CELLS[door].items() if status == 404):
        with rolled_back():
            foreign = knock(door, role, world)

            assert foreign.status_code == 404, role
            if PARAMETER.search(door):
                nothing = knock(door, role, world, of_nobody=True)
                assert without_request(nothing) == without_request(foreign), role


def without_request(response: Any) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-Id"}
    return (
        response.status_code,
        re.sub(rb'nonce-[\w-]+|value="\w{64}"', b"", response.content),
        headers,
    )


@pytest.mark.parametrize("door", [door for door in CELLS if CELLS[door]["nobody"] == 401])
def test_a_token_that_does_not_hold_is_401_at_every_door(world: World, door: str) -> None:
    method = door.split(" ", 1)[0]
    expired = signed_in(world.cast.dr_okafor)
    garbage = signed_in(world.cast.dr_okafor)
    garbage.credentials(HTTP_AUTHORIZATION="Bearer garbage")
    DeviceSession.objects.update(expires_at=timezone.now())

    for client in (expired, garbage):
        response = ask(client, method, address_of(door, world), body_for(door, world))

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


METHODS_OF = dict(doors())


@pytest.mark.parametrize("path", sorted(METHODS_OF))
def test_a_method_that_no_door_has_does_nothing_for_anybody(world: World, path: str) -> None:
    has = METHODS_OF[path]
    for role in ("nobody", "own", "team", "admin", "supporter"):
        client = client_of(f"GET {path}", role, world)
        asked_before = (
            {"OPTIONS"} if any(f"{one} {path}" in TO_ANY_ORIGIN for one in has) else set()
        )
        for method in sorted({*METHODS, "OPTIONS", "TRACE"} - has - asked_before):
            door = f"{method} {path}"
            response = ask(client, method, address_of(door, world), body_for(door, world))

            leads_to_sign_in = response.headers.get("Location", "").startswith("/review/sign-in/")
            refused = response.status_code in {401, 403, 405}
            assert refused or (leads_to_sign_in and role == "nobody"), (method, role, response)
