"""Groups and care teams at their doors."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import CareTeamMembership, GroupMembership
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

GROUPS = API + "groups"


def test_a_group_is_opened_joined_listed_and_left(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    made = client.post(GROUPS, {"name": "Evening group"})
    door = f"{GROUPS}/{made.json()['id']}/members"

    joined = client.post(door, {"patient": str(cast.maya.pk)})
    again = client.post(door, {"patient": str(cast.maya.pk)})
    (listed,) = client.get(GROUPS).json()["results"]
    left = client.delete(f"{door}/{cast.maya.pk}")

    assert (made.status_code, joined.status_code, again.status_code) == (201, 201, 200)
    assert joined.json() == again.json()
    assert listed["is_mine"] is True
    assert listed["leader"]["display_name"] == "Dr. Okafor"
    assert [one["display_name"] for one in listed["members"]] == ["Maya"]
    assert left.status_code == 204
    assert client.get(GROUPS).json()["results"][0]["members"] == []


def test_a_colleague_sees_the_group_without_others_patients(cast: Cast) -> None:
    people.group(cast.dr_okafor, cast.maya)

    (seen,) = signed_in(cast.dr_lind).get(GROUPS).json()["results"]

    assert (seen["is_mine"], seen["members"]) == (False, [])


def test_a_stranger_joins_no_group(cast: Cast) -> None:
    client, group = signed_in(cast.dr_okafor), people.group(cast.dr_okafor)
    door = f"{GROUPS}/{group.pk}/members"

    foreign = client.post(door, {"patient": str(cast.noah.pk)})
    unknown = client.post(door, {"patient": str(uuid4())})
    nowhere = client.post(f"{GROUPS}/{uuid4()}/members", {"patient": str(cast.maya.pk)})

    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content == nowhere.content
    assert GroupMembership.objects.count() == 0


def test_only_a_primary_therapist_opens_a_chart_to_the_leader_of_a_group(cast: Cast) -> None:
    nurse = people.staff(cast.clinic, "nurse_bell", "Bell")
    people.joins(cast.maya.pk, nurse, role="nurse")
    group = people.group(cast.dr_lind)

    response = signed_in(nurse).post(f"{GROUPS}/{group.pk}/members", {"patient": str(cast.maya.pk)})

    problem(response, 403, "primary_therapist_required")
    assert GroupMembership.objects.count() == 0
    assert signed_in(cast.dr_lind).get(f"{API}patients/{cast.maya.pk}").status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"name": "required"}),
        ({"name": ""}, {"name": "blank"}),
        ({"name": "x" * 121}, {"name": "max_length"}),
        ({"name": "Evening", "leader": "x"}, {"leader": "unknown_field"}),
    ],
)
def test_a_group_that_cannot_be_names_the_field(
    cast: Cast, body: dict[str, str], expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.dr_okafor).post(GROUPS, body)) == expected


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_costs_the_same_however_many_there_are(cast: Cast, count: int) -> None:
    for n in range(count):
        people.group(cast.dr_okafor, cast.maya, name=f"Group {n}")
    client = signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        client.get(GROUPS)

    assert len(seen) == 4, [query["sql"] for query in seen]


def test_a_care_team_is_read_joined_and_left(cast: Cast) -> None:
    client, door = signed_in(cast.dr_okafor), f"{API}patients/{cast.maya.pk}/care-team"
    body = {"clinician": str(cast.dr_lind.pk), "role": "physician"}

    joined = client.post(door, body)
    repeated = client.post(door, body)

    assert [one["role"] for one in joined.json()["results"]] == ["primary_therapist", "physician"]
    assert joined.json() == repeated.json() == client.get(door).json()
    assert client.delete(f"{door}/{cast.dr_lind.pk}").status_code == 204
    assert len(client.get(door).json()["results"]) == 1
    problem(client.delete(f"{door}/{cast.dr_okafor.pk}"), 409, "last_primary_therapist")


def test_only_a_primary_therapist_decides_who_else_treats(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    door = f"{API}patients/{cast.maya.pk}/care-team"

    response = signed_in(cast.dr_lind).delete(f"{door}/{cast.dr_okafor.pk}")

    problem(response, 403, "primary_therapist_required")
    assert CareTeamMembership.objects.filter(ends_at__isnull=False).count() == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"role": "nurse"}, {"clinician": "required"}),
        ({"clinician": "maya", "role": "nurse"}, {"clinician": "unknown"}),
        ({"clinician": "dr_lind", "role": "boss"}, {"role": "invalid_choice"}),
    ],
)
def test_who_cannot_join_is_told_by_the_field(
    cast: Cast, body: dict[str, str], expected: dict[str, str]
) -> None:
    sent = dict(body)
    if "clinician" in sent:
        sent["clinician"] = str(getattr(cast, sent["clinician"]).pk)

    response = signed_in(cast.dr_okafor).post(f"{API}patients/{cast.maya.pk}/care-team", sent)

    assert faults(response) == expected
