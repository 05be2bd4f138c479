"""Cursors, dates, revisions and keys from beyond the edge are refused by name, never a 500."""

import base64
import json
from typing import Any

import pytest

from journaling.models import Entry
from tests.api.responses import API, faults, problem
from tests.api.sample_entries import full
from tests.api.test_authorisation import CELLS
from tests.api.world import World, browser
from tests.cast import craving, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]
AT = "2026-05-01T08:30:00+00:00"
ID = "0f9c0a52-6d0b-4e0e-9a55-6f1d2c3b4a59"
LISTS = [
    ("own", "entries", 5), ("own", "access-log", 5), ("own", "sessions", ID),
    ("team", "patients/{patient_id}/entries", 5), ("team", "safety-events", ID),
    ("team", "patients/{patient_id}/counselling-notes", ID),
    ("own", "patients/{patient_id}/reminder-history", ID),
]  # fmt: skip
#: What may stand in the place of the row, and of the instant.
ROWS = [5, "5", None, True, 5.5, [5], {"a": 5}, -1, 2**63, 10**18 * 100, "", "x", "\x00", ID + "0"]
TIMES: list[Any] = [
    "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999+00:00", "2026-05-01", "2026-05-01T08:30:00", "", None, 5, [], {},
    "2026-05-01T08:30:00+99:00", "\x00",
]  # fmt: skip


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(("role", "door", "row"), LISTS)
def test_a_forged_cursor_is_named_at_every_list(
    world: World, role: str, door: str, row: Any
) -> None:
    client = signed_in(world.who(role))
    address = API + door.format(patient_id=world.cast.maya.pk)
    others = [one for one in ROWS if type(one) is not type(row) or one in (-1, 2**63, "x")]
    sides: list[Any] = ["x", None, 5, [], {}, ""]
    bad: list[tuple[Any, ...]] = [("n", AT, one) for one in others]
    bad += [("n", at, row) for at in TIMES]
    bad += [(side, AT, row) for side in sides]
    bad += [("n", AT), ("n", AT, row, 1), ()]
    texts = [forged(*parts) for parts in bad]
    texts += ["x", "é", "%00", "bnVsbA==", base64.b64encode(b"[" * 5_000).decode(), "AAAA" * 500]
    for text in texts:
        answer = client.get(address, {"cursor": text})

        assert faults(answer) == {"cursor": "invalid_cursor"}, text
    assert client.get(address, {"cursor": forged("p", AT, row)}).status_code == 200


@pytest.mark.parametrize(("role", "door", "row"), LISTS)
def test_a_limit_that_is_none_is_named(world: World, role: str, door: str, row: Any) -> None:
    client = signed_in(world.who(role))
    address = API + door.format(patient_id=world.cast.maya.pk)
    for limit in ("0", "201", "-1", "1e2", "٧", "9" * 5_000, "", " 5", "5.0"):
        told = client.get(address, {"limit": limit})

        assert "limit" in faults(told), limit


EDGES = ["0001-01-01", "0000-00-00", "1899-12-31", "3000-01-01", "9999-12-31", "x", "2026-02-30"]


@pytest.mark.parametrize("day", EDGES)
def test_days_beyond_the_edge_are_named_in_queries(world: World, day: str) -> None:
    own, team = signed_in(world.cast.maya), signed_in(world.cast.dr_okafor)
    chart = f"patients/{world.cast.maya.pk}/entries"
    for client, door in ((own, "sessions"), (team, "sessions"), (own, "entries"), (team, chart)):
        for name in ("from", "to"):
            assert set(faults(client.get(f"{API}{door}", {name: day}))) == {name}
    assert set(faults(own.get(f"{API}day/{day}"))) == {"date"}


@pytest.mark.parametrize("day", ["1900-01-01", "2999-12-31"])
def test_the_edges_themselves_are_days(world: World, day: str) -> None:
    own, team = signed_in(world.cast.maya), signed_in(world.cast.dr_okafor)
    chart = f"patients/{world.cast.maya.pk}/entries"
    for client, door in ((own, "sessions"), (team, "sessions"), (own, "entries"), (team, chart)):
        for name in ("from", "to"):
            assert client.get(f"{API}{door}", {name: day}).status_code == 200
    assert own.get(f"{API}day/{day}").status_code == 200


@pytest.mark.parametrize("rev", ["9" * 10, "9" * 20, "9" * 5_000, "-1", "1.0", "x", "", "٧"])
def test_a_revision_that_nobody_has_is_stale(world: World, rev: str) -> None:
    client = signed_in(world.cast.maya)
    made = client.post(API + "entries", craving()).json()
    doors = [f"entries/{made['id']}", "me"]
    for door in doors:
        refused = client.patch(
            API + door, {}, headers={"If-Match": f'"{rev}"'.encode().decode("latin-1")}
        )
        problem(refused, 412, "stale")
    whole: dict[str, dict[str, Any]] = {"safety-plan": {}, "targets": {"targets": []}}
    whole["situation-plans"] = {"results": [{"situation": "payday", "skill": "name-it"}]}
    for door, body in whole.items():
        problem(client.put(API + door, body, headers={"If-Match": f'"{rev}"'}), 412, "stale")


@pytest.mark.parametrize("rev", [0, -1, 2**31, 2**63, 10**30, 1.5, "1", True, [1], 1e300])
def test_a_base_rev_that_nobody_has_is_named(world: World, rev: Any) -> None:
    before = Entry.objects.count()
    sent = {"cursor": None, "ops": [craving() | {"base_rev": rev}]}

    result = signed_in(world.cast.maya).post(API + "sync", sent).json()["results"][0]

    assert [error["field"] for error in result["errors"]] == ["base_rev"]
    assert Entry.objects.count() == before


NESTED = ("urges", "emotions", "balance", "safety_check", "unanswered", "answers", "note")


@pytest.mark.parametrize("key", ["\\ud83d", "\\u0000", "\\ud83dx\\udc00"])
@pytest.mark.parametrize("field", NESTED)
def test_a_key_that_is_no_text_is_named(world: World, key: str, field: str) -> None:
    before = Entry.objects.count()
    client = signed_in(world.cast.maya)
    entry = full("measure" if field == "answers" else "daily") | {field: "HERE"}
    text = json.dumps(entry).replace('"HERE"', f'{{"{key}": 1}}')

    refused = client.generic("POST", API + "entries", text, content_type="application/json")
    ops = f'{{"cursor": null, "ops": [{text}]}}'
    synced = client.generic("POST", API + "sync", ops, content_type="application/json")

    assert {name.split(".")[0] for name in faults(refused)} == {field}
    result = synced.json()["results"][0]
    assert {error["field"].split(".")[0] for error in result["errors"]} == {field}
    assert Entry.objects.count() == before


@pytest.mark.parametrize("key", ["\\ud83d", "\\u0000"])
@pytest.mark.parametrize(
    "door", [door for door in CELLS if door.split(" ")[0] in {"POST", "PUT", "PATCH"}
             and door.split(" ")[1].startswith("api/") and "<" not in door],
)  # fmt: skip
def test_a_key_that_is_no_text_breaks_no_door(world: World, door: str, key: str) -> None:
    method, path = door.split(" ")
    for role in ("nobody", "own", "team", "admin"):
        answer = signed_in(world.who(role)).generic(
            method, f"/{path}", f'{{"{key}": "{key}"}}', content_type="application/json",
            headers={"If-Match": '"1"'},
        )  # fmt: skip

        assert answer.status_code < 500, answer.content


def test_a_digest_with_a_nul_is_named(world: World) -> None:
    client = signed_in(world.cast.dr_okafor)
    for bad in ("a\x00b", "\ud83d"):
        text = json.dumps({"digest": bad})
        address = f"{API}sessions/{world.session.pk}/reviewed"
        refused = client.generic("POST", address, text, content_type="application/json")

        assert set(faults(refused)) == {"digest"}


HERE = "2026-05-01T08:30:00%2B00:00"
QUERIES = [
    "day=0001-01-01", "day=9999-12-31", "day=x", "day=%00", "from=0001-01-01&to=9999-12-31",
    "from=%00", "kind=%00", "before=0001-01-01T00:00:00%2B14:00~5",
    "before=9999-12-31T23:59-14:00~5",
    f"before={HERE}~{2**63}", f"before={HERE}~" + "9" * 5_000,
    f"before={HERE}~x", "before=%00", "who=%00", "who=x", "said=%00",
    "patient=%00", "group=x", "next=%00", "q=%ED%A0%BD", "%00=1",
]  # fmt: skip


@pytest.mark.parametrize(
    "page",
    ["review/", "review/patients/{patient_id}/", "review/patients/{patient_id}/counselling-notes/",
     "review/plan/", "review/shared/", "review/account/", "review/sign-in/", "review/caseload/",
     "review/account/prove/"],
)  # fmt: skip
def test_no_query_breaks_a_page(world: World, page: str) -> None:
    address = "/" + page.format(patient_id=world.cast.maya.pk)
    for role in ("nobody", "team", "supporter"):
        client = browser(world.who(role))
        for query in QUERIES:
            answer = client.get(f"{address}?{query}")

            # What can't be read counts as not asked; only whose page is asked for leads nowhere.
            assert answer.status_code in {200, 302, 403} or (
                answer.status_code == 404 and "who" in query
            ), (role, query)


ADMIN = [
    "role=%00", "role=x", "is_active__exact=%00", "is_active__exact=x", "p=x", f"p={10**20}",
    "p=" + "9" * 5_000, "o=99999999999", "o=x", "o=-1.1.1", "q=%00", "q=" + "a+" * 1_500, "e=1",
    "created_at__year=99999999999", "username__regex=(", "display_name__iregex=(a%2B)%2B$",
    "id__exact=x", "password__startswith=a", "clinic__name=x", "_to_field=x", "_popup=1",
]  # fmt: skip


@pytest.mark.parametrize("table", ["user", "clinic", "group", "clinicsafety"])
def test_no_query_breaks_the_administrators_site(world: World, table: str) -> None:
    ada = browser(world.cast.ada)
    for query in ADMIN:
        answer = ada.get(f"/review/admin/care/{table}/?{query}")

        assert answer.status_code in {200, 302, 400}, query
        if "__" in query and "is_active" not in query:
            assert answer.status_code == 400, query


@pytest.mark.parametrize("pk", ["x", "%00", "9" * 5_000, "_5F", "{pk}0", "{PK}"])
def test_no_address_breaks_the_administrators_site(world: World, pk: str) -> None:
    mine = str(world.cast.ada.clinic_id)
    address = pk.replace("{PK}", mine.upper()).replace("{pk}", mine)
    answer = browser(world.cast.ada).get(f"/review/admin/care/clinic/{address}/change/")

    assert answer.status_code == (200 if pk == "{PK}" else 302) or answer.status_code == 404


def test_forms_with_a_nul_or_thousands_of_fields_are_refused(world: World) -> None:
    page = browser(world.cast.dr_okafor)
    digest = f"/review/sessions/{world.session.pk}/reviewed/"

    assert page.post(digest, {"digest": "a\x00b"}).status_code == 400
    assert page.post(digest, {f"f{n}": "1" for n in range(1_000)}).status_code == 400
    assert page.get("/review/?" + "&".join(f"f{n}=1" for n in range(1_000))).status_code == 400
    asked = "&".join(f"f{n}=1" for n in range(999))
    assert signed_in(world.cast.maya).get(f"{API}entries?{asked}").status_code == 400
