"""POST exports, GET exports and exports/{id}: ask, wait, fetch in the format you need."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import AccessLogEntry, DeviceSession, Disclosure
from care.people.enrol import revoke_treatment_consents
from journaling.exports.jobs import run_next_export
from journaling.exports.parts import all_export_parts
from journaling.models import ExportJob
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

DOOR = API + "exports"


def asked(client: APIClient, **body: Any) -> str:
    response = client.post(DOOR, body)
    assert response.status_code == 202, response.content
    return str(response.json()["id"])


def work() -> None:
    while run_next_export(parts=all_export_parts(), clock=timezone.now):
        pass


def fetched(client: APIClient, export: str, query: str = "") -> bytes:
    response = client.get(f"{DOOR}/{export}{query}")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)  # type: ignore[attr-defined] # a stream


def test_an_export_is_asked_for_waited_for_and_fetched(cast: Cast) -> None:
    client = signed_in(cast.maya)
    client.post(API + "entries", craving(note="by the lake"))

    response = client.post(DOOR, {})
    export = response.json()["id"]
    waiting = client.get(f"{DOOR}/{export}")
    work()

    assert response.status_code == waiting.status_code == 202
    assert response.json()["status"] == waiting.json()["status"] == "waiting"
    assert response.headers["Retry-After"] == "2"
    assert response.headers["Location"].endswith(f"{DOOR}/{export}")
    assert b"by the lake" in fetched(client, export)
    assert b"by the lake" in fetched(client, export, "?format=csv")
    assert b"by the lake" in fetched(client, export, "?format=fhir")


@pytest.mark.parametrize(
    ("query", "kind", "ending"),
    [
        ("", "application/json", ".json"),
        ("?format=json", "application/json", ".json"),
        ("?format=csv", "text/csv; charset=utf-8", ".csv"),
        ("?format=csv&part=reminders", "text/csv; charset=utf-8", "-reminders.csv"),
        ("?format=fhir", "application/fhir+json", ".fhir.json"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/csv", "application/fhir+json"])
def test_a_file_says_what_it_is_and_its_name_says_nothing_clinical(
    cast: Cast, query: str, kind: str, ending: str, accept: str
) -> None:
    client = signed_in(cast.maya)
    export = asked(client)
    work()

    response = client.get(f"{DOOR}/{export}{query}", HTTP_ACCEPT=accept)

    day = timezone.now().date().isoformat()
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"] == f'attachment; filename="{day}{ending}"'
    assert response.headers["Cache-Control"] == "no-store"


def test_the_table_has_as_many_rows_as_the_api(cast: Cast) -> None:
    client = signed_in(cast.maya)
    for _ in range(7):
        client.post(API + "entries", craving())
    export = asked(client, format="csv")
    work()

    rows = list(csv.DictReader(io.StringIO(fetched(client, export).decode("utf-8-sig"))))

    found = client.get(API + "entries?limit=200").json()["results"]
    assert [row["id"] for row in rows] == [entry["id"] for entry in reversed(found)]
    (listed,) = client.get(DOOR).json()["results"]
    assert (listed["status"], listed["parts"]["entries"]) == ("ready", 7)


@pytest.mark.parametrize(
    ("query", "begins"),
    [
        ("?format=csv", b"\xef\xbb\xbfid,"),
        ("?format=csv&bom=true", b"\xef\xbb\xbfid,"),
        ("?format=csv&bom=false", b"id,"),
        ("?format=csv&part=reminders&bom=false", b"id,"),
        ("?format=json", b"{"),
        ("?format=fhir", b"{"),
    ],
)
def test_a_table_begins_with_a_byte_order_mark_unless_it_is_declined(
    cast: Cast, query: str, begins: bytes
) -> None:
    client = signed_in(cast.maya)
    client.post(API + "entries", craving(note="Zoë"))
    export = asked(client)
    work()

    content = b"".join(client.get(f"{DOOR}/{export}{query}"))

    assert content.startswith(begins)


def test_the_byte_order_mark_is_of_tables_alone(cast: Cast) -> None:
    client = signed_in(cast.maya)
    export = asked(client)
    work()

    assert faults(client.get(f"{DOOR}/{export}?format=json&bom=false")) == {"bom": "only_csv"}
    assert faults(client.get(f"{DOOR}/{export}?format=csv&bom=x")) == {"bom": "invalid"}


def test_asking_again_answers_the_one_under_way(cast: Cast) -> None:
    client = signed_in(cast.maya)

    assert asked(client) == asked(client, format="csv")
    assert ExportJob.objects.count() == 1


def test_ten_a_day_are_enough(cast: Cast) -> None:
    client = signed_in(cast.maya)
    for _ in range(10):
        asked(client, format="json")
        work()

    response = client.post(DOOR, {})

    problem(response, 429, "too_many")
    assert response.headers["Retry-After"] == "86400"
    assert ExportJob.objects.count() == 10


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"format": "pdf"}, {"format": "invalid_choice"}),
        ({"format": 1}, {"format": "invalid_choice"}),
        ({"patient": "x"}, {"patient": "unknown_field"}),
        ([], {"": "not_an_object"}),
    ],
)
def test_what_cannot_be_asked_for_is_named(cast: Cast, body: Any, expected: Any) -> None:
    assert faults(signed_in(cast.maya).post(DOOR, body)) == expected
    assert ExportJob.objects.count() == 0


def test_what_cannot_be_fetched_is_named(cast: Cast) -> None:
    client = signed_in(cast.maya)
    export = asked(client, format="json")
    work()

    assert faults(client.get(f"{DOOR}/{export}?format=csv")) == {"format": "not_made"}
    assert faults(client.get(f"{DOOR}/{export}?part=entries")) == {"part": "only_csv"}
    assert faults(client.get(f"{DOOR}/{export}?format=csv&part=x")) == {"part": "invalid_choice"}
    assert faults(client.get(f"{DOOR}/{export}?file=/etc")) == {"file": "unknown_field"}


def test_an_expired_one_is_gone_and_a_broken_one_says_so(cast: Cast) -> None:
    client = signed_in(cast.maya)
    old, broken = asked(client), ""
    work()
    ExportJob.objects.update(next_attempt_at=timezone.now())
    work()
    broken = asked(client)
    ExportJob.objects.filter(pk=broken).update(state="stopped", next_attempt_at=None)

    problem(client.get(f"{DOOR}/{old}"), 410, "export_expired")
    problem(client.get(f"{DOOR}/{broken}"), 409, "export_stopped")


def test_without_a_fresh_proof_nothing_is_made_or_given(cast: Cast) -> None:
    client = signed_in(cast.maya)
    export = asked(client)
    work()
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))

    problem(client.get(f"{DOOR}/{export}"), 403, "step_up_required")
    problem(client.post(DOOR, {}), 403, "step_up_required")
    assert ExportJob.objects.count() == 1


def test_nobody_else_gets_at_an_export(cast: Cast) -> None:
    export = asked(signed_in(cast.maya))
    work()

    foreign = signed_in(cast.noah).get(f"{DOOR}/{export}")
    problem(foreign, 404, "not_found")
    assert foreign.content == signed_in(cast.noah).get(f"{DOOR}/{uuid4()}").content
    for staff in (cast.dr_okafor, cast.dr_lind, cast.ada):
        problem(signed_in(staff).get(f"{DOOR}/{export}"), 403, "forbidden")
        problem(signed_in(staff).post(DOOR, {}), 403, "forbidden")
    problem(signed_in(None).post(DOOR, {}), 401, "not_authenticated")
    assert signed_in(cast.noah).get(DOOR).json()["results"] == []


def test_who_took_consent_back_may_still_take_what_is_theirs(cast: Cast) -> None:
    client = signed_in(cast.maya)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
    export = asked(client)
    work()

    assert b'"entries":[' in fetched(client, export)


def test_asking_making_and_fetching_are_audited(cast: Cast) -> None:
    client = signed_in(cast.maya)
    export = asked(client)
    work()
    fetched(client, export)

    rows = AccessLogEntry.objects.filter(data_class="export").order_by("id")
    assert [row.action for row in rows] == ["write", "read", "read"]
    (left,) = Disclosure.objects.all()
    assert (left.to, left.purpose, left.consent) == ("the patient", "own_export", None)
    assert left.what == "everything, as json"


@pytest.mark.parametrize("count", [1, 150])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    client = signed_in(cast.maya)
    for _ in range(count):
        client.post(API + "entries", craving())
    export = asked(client)
    work()

    with CaptureQueriesContext(connection) as seen:
        fetched(client, export, "?format=csv")
    with CaptureQueriesContext(connection) as asking:
        asked(client)

    assert len(seen) == 5, [query["sql"] for query in seen]
    assert len([q for q in asking if "SAVEPOINT" not in q["sql"]]) == 5
