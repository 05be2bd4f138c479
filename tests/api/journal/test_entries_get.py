"""GET entries and entries/{id}: the patient's own, newest first, each exactly once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import AccessLogEntry
from journaling.entries.record import record_entries
from journaling.entries.validate import validate_entry
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, own_chart, signed_in

DOOR = API + "entries"


def write(client: APIClient, **changes: Any) -> str:
    response = client.post(DOOR, craving(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def walk(client: APIClient, url: str, side: str = "next") -> list[list[str]]:
    pages = []
    while url:
        told = client.get(url).json()
        pages.append([entry["id"] for entry in told["results"]])
        url = told[side]
    return pages


def test_own_entries_come_newest_first_and_nobody_elses(cast: Cast) -> None:
    now, client = timezone.now(), signed_in(cast.maya)
    write(signed_in(cast.noah))
    old = write(client, at=now - timedelta(hours=5))
    new = write(client, at=now - timedelta(hours=1))

    found = client.get(DOOR).json()

    assert [entry["id"] for entry in found["results"]] == [new, old]
    assert (found["next"], found["previous"]) == (None, None)


def test_pages_hold_every_entry_once_forwards_and_backwards(cast: Cast) -> None:
    client, at = signed_in(cast.maya), timezone.now() - timedelta(hours=1)
    written = {write(client, at=at - timedelta(minutes=n // 3)) for n in range(10)}

    pages = walk(client, f"{DOOR}?limit=3")

    flat = [entry for page in pages for entry in page]
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert len(flat) == 10
    assert set(flat) == written
    last = client.get(f"{DOOR}?limit=3").json()
    while last["next"]:
        last = client.get(last["next"]).json()
    assert walk(client, last["previous"], "previous") == pages[:3][::-1]


def test_an_entry_that_arrives_between_two_pages_shifts_nothing(cast: Cast) -> None:
    client, now = signed_in(cast.maya), timezone.now()
    for n in range(4):
        write(client, at=now - timedelta(hours=n + 1))
    first = client.get(f"{DOOR}?limit=2").json()
    write(client, at=now)

    second = client.get(first["next"]).json()

    seen = [entry["id"] for entry in first["results"] + second["results"]]
    assert len(set(seen)) == 4


def test_days_are_the_patients_own_and_both_included(cast: Cast) -> None:
    client = signed_in(cast.maya)
    days = ("01T23:59", "02T00:00", "03T23:59", "04T00:00")
    for at in (f"2026-05-{day}:00-05:00" for day in days):
        write(client, occurred_at=at, recorded_at=at)

    found = client.get(f"{DOOR}?from=2026-05-02&to=2026-05-03").json()["results"]

    assert [entry["local_date"] for entry in found] == ["2026-05-03", "2026-05-02"]


def test_a_kind_is_picked(cast: Cast) -> None:
    client = signed_in(cast.maya)
    write(client)
    body = craving()
    note = {key: body[key] for key in ("occurred_at", "recorded_at", "time_zone")}
    client.post(DOOR, note | {"id": str(uuid4()), "kind": "note", "note": "x"})

    found = client.get(f"{DOOR}?kind=note").json()["results"]

    assert [entry["kind"] for entry in found] == ["note"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", {"limit": "out_of_range"}),
        ("limit=201", {"limit": "out_of_range"}),
        ("limit=x", {"limit": "out_of_range"}),
        ("limit=٣", {"limit": "out_of_range"}),
        ("cursor=garbage", {"cursor": "invalid_cursor"}),
        ("cursor=WzEsMl0=", {"cursor": "invalid_cursor"}),
        ("kind=sorrow", {"kind": "invalid_choice"}),
        ("from=yesterday", {"from": "invalid"}),
        ("patient=someone", {"patient": "unknown_field"}),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_part(
    cast: Cast, query: str, expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.maya).get(f"{DOOR}?{query}")) == expected


def test_one_entry_reads_as_it_was_answered(cast: Cast) -> None:
    client = signed_in(cast.maya)
    told = client.post(DOOR, craving(note="by the lake")).json()

    response = client.get(f"{DOOR}/{told['id']}")

    assert response.json() == told
    assert response.headers["ETag"] == '"1"'


def test_no_number_tells_a_therapist_how_many_entries_are_private(cast: Cast) -> None:
    client = signed_in(cast.maya)
    for share in ("care_team", "private", "private", "care_team"):
        client.post(DOOR, craving(share=share))

    seen = signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/entries").json()["results"]
    own = client.get(DOOR).json()["results"]

    assert len(seen) == 2
    assert all("seq" not in entry for entry in seen)
    assert [entry["seq"] for entry in own] == [4, 3, 2, 1]
    assert {name for name in own[0] if name not in seen[0]} == {"seq"}


def test_an_entry_of_somebody_else_looks_like_none(cast: Cast) -> None:
    his = write(signed_in(cast.noah))
    client = signed_in(cast.maya)

    foreign, unknown = client.get(f"{DOOR}/{his}"), client.get(f"{DOOR}/{uuid4()}")

    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content


def test_a_read_is_audited_before_it_is_answered(cast: Cast) -> None:
    signed_in(cast.maya).get(DOOR)

    row = AccessLogEntry.objects.get()
    assert (row.action, row.data_class, row.reason) == ("read", "entries", "own")


@pytest.mark.parametrize("count", [1, 200])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    client, now = signed_in(cast.maya), timezone.now()
    drafts = [validate_entry(craving(note="x"), now=now) for _ in range(count)]
    record_entries(chart=own_chart(cast.maya), drafts=drafts, now=now)

    with CaptureQueriesContext(connection) as seen:
        told = client.get(f"{DOOR}?limit=200").json()

    assert len(told["results"]) == count
    assert len(seen) == 3, [query["sql"] for query in seen]
