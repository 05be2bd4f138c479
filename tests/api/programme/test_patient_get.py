"""GET patients/{id} and patients/{id}/entries: what consent and sharing allow, and no more."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, craving, signed_in


def door(cast: Cast, tail: str = "") -> str:
    return f"{API}patients/{cast.maya.pk}{tail}"


def write(cast: Cast, **changes: Any) -> dict[str, Any]:
    response = signed_in(cast.maya).post(API + "entries", craving(**changes))
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def test_the_therapist_reads_who_the_patient_is_and_where_they_stand(cast: Cast) -> None:
    now = timezone.now()
    people.admitted(cast.maya, on=local_day(now, ZONE) - timedelta(days=9))
    session = people.session(
        cast.dr_okafor, starts_at=now + timedelta(hours=3), with_patient=cast.maya
    )
    people.session(cast.dr_okafor, starts_at=now - timedelta(hours=3), with_patient=cast.maya)
    entry = write(cast, at=now - timedelta(hours=1))
    write(cast, share="private")

    told = signed_in(cast.dr_okafor).get(door(cast)).json()

    assert set(told) == {
        "id", "display_name", "time_zone", "language", "day_starts_hour", "enrolled_at",
        "discharged_at", "stay", "care_team", "next_session", "last_entry_at",
    }  # fmt: skip
    assert (told["id"], told["display_name"]) == (str(cast.maya.pk), "Maya")
    assert (told["stay"]["day"], told["stay"]["planned_hours_per_week"]) == (10, 9.0)
    assert told["care_team"] == [
        {"clinician": str(cast.dr_okafor.pk), "display_name": "Dr. Okafor",
         "role": "primary_therapist"},
    ]  # fmt: skip
    assert told["next_session"]["id"] == str(session.pk)
    # What is private is not there, not even as an instant.
    assert told["last_entry_at"][:19] == entry["recorded_at"][:19]


def test_a_patient_without_stay_session_or_entry_reads_as_that(cast: Cast) -> None:
    told = signed_in(cast.dr_okafor).get(door(cast)).json()

    assert (told["stay"], told["next_session"], told["last_entry_at"]) == (None, None, None)


@pytest.mark.parametrize("tail", ["", "/entries"])
@pytest.mark.parametrize("reason", ["stranger", "former", "unconsented"])
def test_nobody_else_reads_it(cast: Cast, reason: str, tail: str) -> None:
    write(cast)
    now = timezone.now()
    if reason == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if reason == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    client = signed_in(cast.dr_lind if reason == "stranger" else cast.dr_okafor)

    refused = client.get(door(cast, tail))
    unknown = client.get(f"{API}patients/{uuid4()}{tail}")

    problem(refused, 404, "not_found")
    assert refused.content == unknown.content
    assert AccessLogEntry.objects.filter(action="denied").count() == 2


@pytest.mark.parametrize("who", ["maya", "ada"])
@pytest.mark.parametrize("tail", ["", "/entries"])
def test_it_is_a_clinicians_door(cast: Cast, who: str, tail: str) -> None:
    problem(signed_in(getattr(cast, who)).get(door(cast, tail)), 403, "forbidden")


def test_entries_come_as_far_as_they_are_shared_with_this_reader(cast: Cast) -> None:
    shared = write(cast, note="for the team")
    primary = write(cast, share="individual_therapist_only")
    write(cast, share="private")
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)

    by_primary = signed_in(cast.dr_okafor).get(door(cast, "/entries")).json()["results"]
    by_nurse = signed_in(cast.dr_lind).get(door(cast, "/entries")).json()["results"]

    assert {entry["id"] for entry in by_primary} == {shared["id"], primary["id"]}
    assert [entry["id"] for entry in by_nurse] == [shared["id"]]
    assert by_nurse[0]["note"] == "for the team"


def test_entries_come_in_pages_under_the_filters_of_the_patients_own_list(cast: Cast) -> None:
    now = timezone.now()
    written = [write(cast, at=now - timedelta(minutes=n))["id"] for n in range(5)]
    client = signed_in(cast.dr_okafor)

    pages, url = [], door(cast, "/entries?limit=2&kind=craving")
    while url:
        told = client.get(url).json()
        pages.append([entry["id"] for entry in told["results"]])
        url = told["next"]

    assert pages == [written[:2], written[2:4], written[4:]]
    assert client.get(door(cast, "/entries?kind=mood")).json()["results"] == []
    assert client.get(door(cast, "/entries?to=2020-01-01")).json()["results"] == []
    assert faults(client.get(door(cast, "/entries?patient=x"))) == {"patient": "unknown_field"}


def test_reading_stands_in_the_access_log_for_the_patient(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)

    client.get(door(cast))
    client.get(door(cast, "/entries"))

    rows = AccessLogEntry.objects.order_by("id").values_list("action", "data_class", "reason")
    assert list(rows) == [
        ("read", "profile", "primary_therapist"), ("read", "entries", "primary_therapist"),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 40])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    for _ in range(count):
        write(cast, note="x")
    client = signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as card:
        client.get(door(cast))
    with CaptureQueriesContext(connection) as listed:
        client.get(door(cast, "/entries?limit=200"))

    assert len(card) == 8, [query["sql"] for query in card]
    assert len(listed) == 4, [query["sql"] for query in listed]
