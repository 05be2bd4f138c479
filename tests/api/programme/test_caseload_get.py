"""GET caseload: the caller's own patients, most urgent first."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import CareTeamMembership, Consent, User
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in

DOOR = f"{API}caseload"
FIELDS = {
    "patient", "name", "level_of_care", "next_session", "last_entry_at",
    "entries_since_last_session", "days_without_entries", "open_safety_events", "craving_spark",
}  # fmt: skip


def test_it_reads_as_promised(cast: Cast) -> None:
    starts_at = timezone.now() + timedelta(hours=1)
    session = people.session(cast.dr_okafor, starts_at=starts_at, with_patient=cast.maya)
    people.admitted(cast.maya, on=timezone.now().date())
    assert signed_in(cast.maya).post(f"{API}entries", craving(intensity=8)).status_code == 201

    response = signed_in(cast.dr_okafor).get(DOOR)

    told = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert (told["next"], told["previous"]) == (None, None)
    (case,) = told["results"]
    assert set(case) == FIELDS
    assert (case["patient"], case["name"]) == (str(cast.maya.pk), "Maya")
    assert case["level_of_care"] == "intensive_outpatient"
    assert case["next_session"]["id"] == str(session.pk)
    assert case["next_session"]["starts_at"].endswith("Z")
    assert case["last_entry_at"].endswith("Z")
    assert (case["entries_since_last_session"], case["days_without_entries"]) == (1, 0)
    assert case["open_safety_events"] == 0
    assert case["craving_spark"] == [None] * 13 + [8]


@pytest.mark.parametrize("ended", ["consent", "care team"])
def test_what_has_ended_is_gone_on_the_next_request(cast: Cast, ended: str) -> None:
    client = signed_in(cast.dr_okafor)
    assert len(client.get(DOOR).json()["results"]) == 1

    now = timezone.now()
    if ended == "consent":
        Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=now)
    else:
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)

    assert client.get(DOOR).json()["results"] == []


def test_a_colleague_reads_their_own_patients(cast: Cast) -> None:
    (case,) = signed_in(cast.dr_lind).get(DOOR).json()["results"]

    assert case["name"] == "Noah"


@pytest.mark.parametrize("who", ["maya", "ada"])
def test_the_wrong_role_is_refused(cast: Cast, who: str) -> None:
    problem(signed_in(getattr(cast, who)).get(DOOR), 403, "forbidden")


def test_forty_patients_take_at_most_eight_statements(cast: Cast) -> None:
    for number in range(39):
        people.patient(cast.clinic, f"p{number}", f"P{number}", treated_by=cast.dr_okafor)
    client = signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        response = client.get(DOOR)

    assert len(response.json()["results"]) == 40
    assert len(seen) <= 8


def test_two_of_one_name_are_told_apart_and_nobody_else(cast: Cast) -> None:
    people.patient(cast.clinic, "maya.k", "MAYA", treated_by=cast.dr_okafor)
    people.patient(cast.clinic, "zoe", "Zoe", treated_by=cast.dr_okafor)
    group = people.group(cast.dr_okafor, *User.objects.filter(role="patient").exclude(
        pk=cast.noah.pk))  # fmt: skip

    cases = signed_in(cast.dr_okafor).get(DOOR).json()["results"]
    groups = signed_in(cast.dr_okafor).get(f"{API}groups").json()["results"]

    marks = sorted(str(case.get("told_apart_by")) for case in cases)
    assert marks == ["None", "maya", "maya.k"]
    (members,) = [one["members"] for one in groups if one["id"] == str(group.pk)]
    assert sorted(str(one.get("told_apart_by")) for one in members) == marks


def test_two_of_one_name_are_told_apart_before_a_group_and_in_need(cast: Cast) -> None:
    other = people.patient(cast.clinic, "maya.k", "MAYA", treated_by=cast.dr_okafor)
    group = people.group(cast.dr_okafor, cast.maya, other)
    starts_at = timezone.now() + timedelta(hours=1)
    session = people.session(cast.dr_okafor, starts_at=starts_at, with_group=group, kind="group")
    for user in (cast.maya, other):
        sent = craving(safety_check={"safe_now": False})
        assert signed_in(user).post(f"{API}entries", sent).status_code == 201
    client = signed_in(cast.dr_okafor)

    members = client.get(f"{API}sessions/{session.pk}/brief").json()["members"]
    events = client.get(f"{API}safety-events?open=true").json()["results"]

    assert sorted(one["told_apart_by"] for one in members) == ["maya", "maya.k"]
    assert sorted(one["patient"]["told_apart_by"] for one in events) == ["maya", "maya.k"]
