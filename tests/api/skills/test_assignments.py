"""GET assignments, and patients/{id}/assignments: homework, seen by patient and team alike."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import AccessLogEntry, CareTeamMembership, Clinic
from care.people.enrol import revoke_treatment_consents
from journaling.models import Assignment
from journaling.skills import catalogue
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, signed_in

OWN = API + "assignments"
WAVE = {"skill": "ride-the-urge", "per_week": 4, "note": "before dinner"}


def door(cast: Cast, assignment: Any = None) -> str:
    base = f"{API}patients/{cast.maya.pk}/assignments"
    return base if assignment is None else f"{base}/{assignment}"


def assigned(cast: Cast, **changes: Any) -> dict[str, Any]:
    response = signed_in(cast.dr_okafor).post(door(cast), WAVE | changes)
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def practised(cast: Cast, **fields: Any) -> Any:
    at = timezone.now().isoformat()
    body = {
        "id": str(uuid4()),
        "kind": "skill_practice",
        "occurred_at": at,
        "recorded_at": at,
        "time_zone": ZONE,
        "skill": "ride-the-urge",
        "attempted": True,
        "able": True,
    }
    return signed_in(cast.maya).post(API + "entries", body | fields)


def test_an_assignment_is_made_and_both_read_the_same(cast: Cast) -> None:
    told = assigned(cast)

    today = local_day(timezone.now(), ZONE)
    assert set(told) == {
        "id", "skill", "name", "per_week", "since", "until", "note", "assigned_at", "ended_at",
        "outcome", "outcome_note", "progress", "rev",
    }  # fmt: skip
    assert (told["name"], told["note"]) == ("Ride the urge like a wave", "before dinner")
    assert (told["since"], told["until"]) == (today.isoformat(), None)
    own = signed_in(cast.maya).get(OWN).json()
    assert own == {"results": [told], "next": None, "previous": None}
    assert signed_in(cast.dr_okafor).get(door(cast)).json() == own
    assert signed_in(cast.noah).get(OWN).json()["results"] == []


def test_the_catalogue_shows_it_first(cast: Cast) -> None:
    client = signed_in(cast.maya)
    before = client.get(API + "skills")

    assigned(cast)

    after = client.get(API + "skills", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    first = after.json()["results"][0]
    assert (first["slug"], first["assigned"], first["taught"]) == ("ride-the-urge", True, False)
    only = client.get(API + "skills?assigned=true").json()["results"]
    assert [skill["slug"] for skill in only] == ["ride-the-urge"]


def test_practice_is_progress_and_names_its_assignment(cast: Cast) -> None:
    told = assigned(cast)

    assert practised(cast, assignment=told["id"]).status_code == 201
    assert practised(cast).status_code == 201

    (found,) = signed_in(cast.maya).get(OWN).json()["results"]
    assert found["progress"] == {
        "practised_days": 1, "days": 1, "this_week": 2, "per_week": 4,
        "text": "2 of 4 this week; practised on 1 of 1 day",
    }  # fmt: skip


def test_naming_an_assignment_that_is_not_ones_own_is_refused_alike(cast: Cast) -> None:
    told = assigned(cast)
    body = {"assignment": told["id"]}
    client = signed_in(cast.noah)
    at = timezone.now().isoformat()
    entry = {
        "kind": "skill_practice", "occurred_at": at, "recorded_at": at, "time_zone": ZONE,
        "skill": "ride-the-urge",
    }  # fmt: skip

    foreign = client.post(API + "entries", entry | body | {"id": str(uuid4())})
    unknown = client.post(API + "entries", entry | {"id": str(uuid4()), "assignment": str(uuid4())})

    assert faults(foreign) == {"assignment": "unknown_assignment"}
    assert foreign.content == unknown.content
    assert client.get(API + "entries").json()["results"] == []


def test_a_second_one_of_the_same_skill_answers_409_and_changes_nothing(cast: Cast) -> None:
    told = assigned(cast)

    again = signed_in(cast.dr_okafor).post(door(cast), WAVE | {"per_week": 1})

    body = problem(again, 409, "already_assigned")
    assert told["id"] in body["detail"]
    assert Assignment.objects.get().per_week == 4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"skill": None}, {"skill": "null"}),
        ({"skill": "no-such-skill"}, {"skill": "unknown_skill"}),
        ({"per_week": 0}, {"per_week": "min_value"}),
        ({"per_week": 22}, {"per_week": "max_value"}),
        ({"per_week": "3"}, {"per_week": "invalid"}),
        ({"until": "2020-01-01"}, {"until": "out_of_range"}),
        ({"until": "soon"}, {"until": "invalid"}),
        ({"note": "x" * 1_001}, {"note": "max_length"}),
        ({"note": "\x00"}, {"note": "null_characters_not_allowed"}),
        ({"patient": "x"}, {"patient": "unknown_field"}),
        ({"progress": {}}, {"progress": "unknown_field"}),
    ],
)
def test_bad_input_names_the_field_and_assigns_nothing(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    response = signed_in(cast.dr_okafor).post(door(cast), WAVE | changes)

    assert faults(response) == expected
    assert not Assignment.objects.exists()


def test_it_is_changed_and_ended_by_revision(cast: Cast) -> None:
    told, client = assigned(cast), signed_in(cast.dr_okafor)
    one = door(cast, told["id"])
    until = (local_day(timezone.now(), ZONE) + timedelta(days=7)).isoformat()

    changed = client.patch(one, {"until": until, "per_week": 2}, headers={"If-Match": '"1"'})
    stale = client.patch(one, {"per_week": 9}, headers={"If-Match": '"1"'})
    blind = client.patch(one, {"per_week": 9})
    not_ended = client.delete(one, headers={"If-Match": '"1"'})
    ended = client.delete(one, headers={"If-Match": changed.headers["ETag"]})

    assert changed.json() == told | {
        "until": until, "per_week": 2, "rev": 2, "progress": told["progress"] | {
            "per_week": 2, "text": "0 of 2 this week; given today",
        },
    }  # fmt: skip
    problem(stale, 412, "stale")
    problem(blind, 428, "precondition_required")
    problem(not_ended, 412, "stale")
    assert ended.status_code == 204
    assert signed_in(cast.maya).get(OWN).json()["results"] == []
    (kept,) = signed_in(cast.maya).get(f"{OWN}?ended=true").json()["results"]
    assert kept["ended_at"] is not None
    problem(client.delete(one, headers={"If-Match": '"3"'}), 404, "not_found")


@pytest.mark.parametrize("reason", ["stranger", "former", "unconsented", "other clinic"])
def test_nobody_else_reads_assigns_changes_or_ends(cast: Cast, reason: str) -> None:
    told = assigned(cast)
    now = timezone.now()
    who = cast.dr_lind if reason == "stranger" else cast.dr_okafor
    if reason == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if reason == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    if reason == "other clinic":
        clinic = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
        who = people.staff(clinic, "dr_far", "Dr. Far")
        people.joins(cast.maya.pk, who)
    client, match = signed_in(who), {"If-Match": '"1"'}
    one = door(cast, told["id"])

    answers = [
        client.get(door(cast)),
        client.post(door(cast), WAVE | {"skill": "slow-breathing"}),
        client.patch(one, {"per_week": 1}, headers=match),
        client.delete(one, headers=match),
    ]

    for answer in answers:
        problem(answer, 404, "not_found")
    row = Assignment.objects.get()
    assert (row.rev, row.per_week, row.ended_at) == (1, 4, None)
    denied = AccessLogEntry.objects.filter(action="denied", data_class="skills")
    assert denied.count() == len(answers)


def test_through_another_patients_address_it_is_not_there(cast: Cast) -> None:
    told = assigned(cast)
    people.joins(cast.noah.pk, cast.dr_okafor)
    address = f"{API}patients/{cast.noah.pk}/assignments/{told['id']}"

    response = signed_in(cast.dr_okafor).delete(address, headers={"If-Match": '"1"'})

    problem(response, 404, "not_found")
    assert Assignment.objects.get().ended_at is None


@pytest.mark.parametrize("count", [1, 40])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    for skill in list(catalogue.shipped_skills())[:count]:
        assigned(cast, skill=skill)
    own, team = signed_in(cast.maya), signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        found = own.get(OWN).json()["results"]
    with CaptureQueriesContext(connection) as by_team:
        team.get(door(cast))

    assert len(found) == count
    assert len(seen) == 6, [query["sql"] for query in seen]
    assert len(by_team) == 7, [query["sql"] for query in by_team]


# --- Taught ----------------------------------------------------------------------------------


def taught_door(patient_id: UUID, skill: str) -> str:
    return f"{API}patients/{patient_id}/skills/{skill}"


def test_a_skill_is_marked_as_taught_and_the_mark_taken_back(cast: Cast) -> None:
    client, own = signed_in(cast.dr_okafor), signed_in(cast.maya)
    address = taught_door(cast.maya.pk, "slow-breathing")

    marked = [client.put(address, {"taught": True}).status_code for _ in range(2)]
    first = own.get(API + "skills").json()["results"][0]
    seen = client.get(f"{API}patients/{cast.maya.pk}/skills").json()["results"][0]
    taken_back = client.put(address, {"taught": False}).status_code

    assert (marked, taken_back) == ([204, 204], 204)
    assert (first["slug"], first["taught"], first["assigned"]) == ("slow-breathing", True, False)
    assert seen == first
    assert not any(skill["taught"] for skill in own.get(API + "skills").json()["results"])


@pytest.mark.parametrize(
    ("skill", "body", "expected"),
    [
        ("no-such-skill", {"taught": True}, {"skill": "unknown_skill"}),
        ("slow-breathing", {}, {"taught": "required"}),
        ("slow-breathing", {"taught": "yes"}, {"taught": "invalid"}),
        ("slow-breathing", {"taught": True, "by": "x"}, {"by": "unknown_field"}),
    ],
)
def test_a_mark_that_says_nothing_is_refused(
    cast: Cast, skill: str, body: dict[str, Any], expected: dict[str, str]
) -> None:
    client = signed_in(cast.dr_okafor)

    assert faults(client.put(taught_door(cast.maya.pk, skill), body)) == expected
    problem(client.put(taught_door(cast.noah.pk, skill), {"taught": True}), 404, "not_found")


@pytest.mark.parametrize("count", [1, 40])
def test_the_catalogue_takes_as_many_statements_for_many_as_for_one(cast: Cast, count: int) -> None:
    for skill in list(catalogue.shipped_skills())[:count]:
        assigned(cast, skill=skill)
    client, team = signed_in(cast.maya), signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        client.get(API + "skills")
    with CaptureQueriesContext(connection) as by_staff:
        team.get(API + "skills")

    assert len(seen) == 6, [query["sql"] for query in seen]
    assert len(by_staff) == 2
