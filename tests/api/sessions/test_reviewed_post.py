"""POST sessions/{id}/reviewed and POST patients/{id}/entries/{id}/acknowledge."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import CareTeamMembership, Consent
from journaling.models import Entry
from tests import cast as people
from tests.api.journal.sync_client import op, statuses, sync
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in


def logs(client: APIClient, **changes: Any) -> str:
    response = client.post(f"{API}entries", craving(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def brief(client: APIClient, session_id: UUID) -> dict[str, Any]:
    response = client.get(f"{API}sessions/{session_id}/brief")
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def mark(client: APIClient, session_id: UUID, body: Any) -> Any:
    return client.post(f"{API}sessions/{session_id}/reviewed", body)


def talk(client: APIClient, patient_id: UUID, entry_id: Any) -> Any:
    return client.post(f"{API}patients/{patient_id}/entries/{entry_id}/acknowledge")


def test_what_was_shown_is_marked_and_both_see_it(cast: Cast, planned: UUID) -> None:
    phone, clinician = signed_in(cast.maya), signed_in(cast.dr_okafor)
    entry_id = logs(phone)
    assert phone.get(f"{API}sessions").json()["results"][-1]["opened_at"] is None
    digest = brief(clinician, planned)["digest"]

    response = mark(clinician, planned, {"digest": digest})

    assert response.status_code == 200
    assert response.json() == {"session": str(planned), "digest": digest, "marked": 1}
    own = phone.get(f"{API}entries/{entry_id}").json()
    assert own["reviewed_at"] is not None
    assert own["rev"] == 1
    listed = phone.get(f"{API}sessions").json()["results"]
    assert [one["opened_at"] is not None for one in listed] == [False, True]
    assert "opened_at" not in clinician.get(f"{API}sessions").json()["results"][0]
    again = mark(clinician, planned, {"digest": digest}).json()
    assert again["marked"] == 0
    told = [
        line
        for section in brief(clinician, planned)["sections"]
        for line in section["lines"]
        if line["entries"]
    ]
    assert all(line["reviewed"] and line["reviewed_by_me"] for line in told)
    assert {line["reviewed_at"] for line in told} == {own["reviewed_at"]}
    assert all(line["reviewed_text"].startswith("reviewed by you ") for line in told)


def test_agenda_and_what_is_to_be_discussed_are_there_at_once(cast: Cast, planned: UUID) -> None:
    phone, clinician = signed_in(cast.maya), signed_in(cast.dr_okafor)
    brief(clinician, planned)
    now = timezone.now()
    at = (now - timedelta(minutes=1)).isoformat()

    # The clock stands still: what was saved is there in the very same instant.
    with time_machine.travel(now, tick=False):
        logs(phone, discuss=True, note="the party on Saturday", at=now - timedelta(minutes=1))
        saved = phone.post(
            f"{API}entries",
            {"id": str(uuid4()), "kind": "pre_session", "occurred_at": at, "recorded_at": at,
             "time_zone": "UTC", "agenda": "how to tell my brother"},
        )  # fmt: skip
        synced = sync(phone, op(discuss=True, note="and the bus", at=now - timedelta(minutes=2)))
        told = brief(clinician, planned)

    assert saved.status_code == 201
    assert statuses(synced) == ["created"]
    said = " ".join(line["text"] for line in told["sections"][2]["lines"])
    assert "the party on Saturday" in said
    assert "how to tell my brother" in said
    assert "and the bus" in said


def test_lets_talk_about_this_is_said_once(cast: Cast) -> None:
    phone, clinician = signed_in(cast.maya), signed_in(cast.dr_okafor)
    entry_id = logs(phone)

    first, again = (talk(clinician, cast.maya.pk, entry_id) for _ in range(2))

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert set(first.json()) == {"id", "acknowledged_at"}
    own = phone.get(f"{API}entries").json()["results"][0]
    assert own["acknowledged_at"] == first.json()["acknowledged_at"]
    assert (own["rev"], own["seq"]) == (1, 2)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"digest": None}, id="null"),
        pytest.param({"digest": "0" * 65}, id="too long"),
        pytest.param({"digest": "0" * 64, "entries": []}, id="unknown field"),
        pytest.param([], id="a list"),
    ],
)
def test_a_body_of_another_shape_is_refused(cast: Cast, planned: UUID, body: Any) -> None:
    assert faults(mark(signed_in(cast.dr_okafor), planned, body))


def test_a_brief_that_was_not_shown_marks_nothing(cast: Cast, planned: UUID) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    logs(signed_in(cast.maya))
    digest = brief(signed_in(cast.dr_okafor), planned)["digest"]

    problem(mark(signed_in(cast.dr_okafor), planned, {"digest": "0" * 64}), 409, "not_shown")
    problem(mark(signed_in(cast.dr_lind), planned, {"digest": digest}), 409, "not_shown")

    assert Entry.objects.get().reviewed_at is None


def test_no_group_is_reviewed_as_one(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now(), with_group=group, kind="group"
    )

    response = mark(signed_in(cast.dr_okafor), session.pk, {"digest": "0" * 64})

    problem(response, 409, "no_individual_brief")


@pytest.mark.parametrize("who", ["stranger", "ended team", "revoked consent", "no such thing"])
def test_who_has_no_right_learns_nothing_and_changes_nothing(
    cast: Cast, planned: UUID, who: str
) -> None:
    entry_id = logs(signed_in(cast.maya))
    client = signed_in(cast.dr_lind if who == "stranger" else cast.dr_okafor)
    digest = "0" * 64
    if who != "stranger":
        digest = brief(client, planned)["digest"]
    now = timezone.now()
    if who == "ended team":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if who == "revoked consent":
        Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=now)
    is_nothing = who == "no such thing"

    problem(mark(client, uuid4() if is_nothing else planned, {"digest": digest}), 404, "not_found")
    problem(talk(client, cast.maya.pk, uuid4() if is_nothing else entry_id), 404, "not_found")

    assert list(Entry.objects.values_list("reviewed_at", "acknowledged_at", "seq")) == [
        (None, None, 1)
    ]


def test_another_patients_entry_is_not_found_under_this_patient(cast: Cast) -> None:
    entry_id = logs(signed_in(cast.noah))

    problem(talk(signed_in(cast.dr_okafor), cast.maya.pk, entry_id), 404, "not_found")

    assert Entry.objects.get().acknowledged_at is None


def test_statements_do_not_grow_with_what_is_marked(cast: Cast, planned: UUID) -> None:
    phone, clinician = signed_in(cast.maya), signed_in(cast.dr_okafor)
    counts = []
    for n in (1, 30):
        for hour in range(n):
            logs(phone, at=timezone.now() - timedelta(hours=hour))
        digest = brief(clinician, planned)["digest"]
        with CaptureQueriesContext(connection) as seen:
            assert mark(clinician, planned, {"digest": digest}).json()["marked"] == n
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 14
