"""GET sessions/{id}/brief and /room of a group: for who holds or leads it, within their team."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import (
    AccessLogEntry,
    CareTeamMembership,
    Clinic,
    Consent,
    Group,
    GroupMembership,
    User,
)
from journaling.models import BriefOpening
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in
from tests.journaling.briefs.group_scenario import members

MEMBER = {
    "patient", "name", "needs_one_to_one", "entries", "days", "skill", "may_be_raised",
    "homework",
}  # fmt: skip


@pytest.fixture
def planned(cast: Cast) -> UUID:
    """Plan a session in an hour of a group with maya."""
    group = people.group(cast.dr_okafor, cast.maya)
    starts_at = timezone.now() + timedelta(hours=1)
    return people.session(cast.dr_okafor, starts_at=starts_at, with_group=group, kind="group").pk


def door(session_id: UUID, view: str = "brief") -> str:
    return f"{API}sessions/{session_id}/{view}"


def logs(user: User, **changes: Any) -> None:
    response = signed_in(user).post(f"{API}entries", craving(**changes))
    assert response.status_code == 201, response.content


def practised(user: User) -> None:
    at = timezone.now().isoformat()
    body = {
        "id": str(uuid4()), "kind": "skill_practice", "occurred_at": at, "recorded_at": at,
        "time_zone": people.ZONE, "skill": "name-it", "attempted": True, "helped": True,
        "wanted_to": True,
    }  # fmt: skip
    assert signed_in(user).post(f"{API}entries", body).status_code == 201


def test_the_leaders_view_reads_as_promised(cast: Cast, planned: UUID) -> None:
    practised(cast.maya)
    logs(cast.maya, discuss=True, note="about the wedding")

    response = signed_in(cast.dr_okafor).get(door(planned))

    told = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert set(told) == {"session", "window", "generated_at", "top", "members", "this_week"}
    assert told["top"]["most_practised"] == {
        "skill": "name-it", "name": "Put it into words", "times": 1, "members": 1,
    }  # fmt: skip
    assert told["top"]["most_wanted"] is None
    (member,) = told["members"]
    assert set(member) == MEMBER
    assert (member["patient"], member["name"]) == (str(cast.maya.pk), "Maya")
    assert (member["needs_one_to_one"], member["entries"]) == (False, 2)
    assert member["days"]["logged"] == 1
    assert member["skill"] == {
        "practised_on": 1, "helped": 1, "answered": 1, "most": "Put it into words",
    }  # fmt: skip
    assert "“about the wedding”" in member["may_be_raised"][0]["text"]


def test_the_room_has_no_field_for_anything_of_anybody(cast: Cast) -> None:
    group = members(cast, 5)
    row = people.group(cast.dr_okafor, *group)
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(hours=1), with_group=row, kind="group"
    )
    for user in group:
        practised(user)

    response = signed_in(cast.dr_okafor).get(door(session.pk, "room"))

    told = response.json()
    assert response.status_code == 200
    assert set(told) == {"session", "window", "practices", "skills", "logging_percent"}
    assert set(told["window"]) == {"since", "until"}
    assert told["skills"] == [{"name": "Put it into words", "times": 5}]
    assert told["practices"] == 5
    assert told["logging_percent"] % 10 == 0
    assert AccessLogEntry.objects.filter(action="read", data_class="room").count() == 5


def test_too_few_are_told_as_nothing(cast: Cast, planned: UUID) -> None:
    practised(cast.maya)

    told = signed_in(cast.dr_okafor).get(door(planned, "room")).json()

    assert (told["practices"], told["skills"], told["logging_percent"]) == (None, [], None)


@pytest.mark.parametrize("view", ["brief", "room"])
def test_strangers_and_nonsense_get_one_and_the_same_404(
    cast: Cast, planned: UUID, view: str
) -> None:
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    stranger = people.staff(elsewhere, "dr_far", "Dr. Far")
    # On the team of a member, and still not of the group.
    people.joins(cast.maya.pk, cast.dr_lind)
    answers = [
        signed_in(cast.dr_lind).get(door(planned, view)),
        signed_in(stranger).get(door(planned, view)),
        signed_in(cast.dr_okafor).get(door(uuid4(), view)),
    ]

    bodies = [problem(answer, 404, "not_found") for answer in answers]

    assert bodies[0] == bodies[1] == bodies[2]
    assert not AccessLogEntry.objects.filter(action="read", data_class=view).exists()


def test_a_session_with_one_patient_has_no_room(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    problem(signed_in(cast.dr_okafor).get(door(session.pk, "room")), 404, "not_found")


def test_who_leads_the_group_reads_it_before_a_colleagues_session(cast: Cast) -> None:
    row = people.group(cast.dr_okafor, cast.maya)
    session = people.session(cast.dr_lind, starts_at=timezone.now(), with_group=row, kind="group")

    by_leader = signed_in(cast.dr_okafor).get(door(session.pk)).json()
    by_colleague = signed_in(cast.dr_lind).get(door(session.pk)).json()

    assert len(by_leader["members"]) == 1
    assert by_colleague["members"] == []


@pytest.mark.parametrize("ended", ["consent", "expired consent", "care team", "clinic"])
def test_what_has_ended_leaves_no_line_on_the_next_request(
    cast: Cast, planned: UUID, ended: str
) -> None:
    client = signed_in(cast.dr_okafor)
    assert len(client.get(door(planned)).json()["members"]) == 1

    now = timezone.now()
    match ended:
        case "consent":
            Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=now)
        case "expired consent":
            Consent.objects.filter(patient_id=cast.maya.pk).update(expires_at=now)
        case "care team":
            CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
        case _:
            elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
            User.objects.filter(pk=cast.maya.pk).update(clinic=elsewhere)

    response = client.get(door(planned))

    assert response.json()["members"] == []
    assert "Maya" not in response.content.decode()


@pytest.mark.parametrize("view", ["brief", "room"])
@pytest.mark.parametrize("who", ["maya", "ada"])
def test_the_wrong_role_is_refused(cast: Cast, planned: UUID, who: str, view: str) -> None:
    problem(signed_in(getattr(cast, who)).get(door(planned, view)), 403, "forbidden")


@pytest.mark.parametrize("view", ["brief", "room"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(cast: Cast, planned: UUID, method: str, view: str) -> None:
    response = getattr(signed_in(cast.dr_okafor), method)(door(planned, view))

    assert response.status_code == 405


@pytest.mark.parametrize("view", ["brief", "room"])
def test_it_takes_at_most_fifteen_statements_for_twelve_members(cast: Cast, view: str) -> None:
    group = members(cast, 12)
    client = signed_in(cast.dr_okafor)
    counts = []
    for count in (2, 12):
        row: Group = people.group(cast.dr_okafor, *group[:count], name=f"group of {count}")
        session = people.session(
            cast.dr_okafor, starts_at=timezone.now(), with_group=row, kind="group"
        )
        for user in group[:count]:
            practised(user)
            logs(user, discuss=True, note="words")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(door(session.pk, view)).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 15


def test_each_member_shown_sees_that_it_was_opened_and_nobody_else(
    cast: Cast, planned: UUID
) -> None:
    group = Group.objects.get()
    GroupMembership.objects.create(group=group, patient_id=cast.noah.pk, starts_at=people.LONG_AGO)
    phones = {user: signed_in(user) for user in (cast.maya, cast.noah)}
    assert _opened(phones[cast.maya]) == [None]

    first = [signed_in(cast.dr_okafor).get(door(planned)).status_code for _ in range(2)]

    assert first == [200, 200]
    assert _opened(phones[cast.maya])[0] is not None
    # Noah is not on the leader's care team, so nothing was told about him.
    assert _opened(phones[cast.noah]) == [None]
    assert BriefOpening.objects.get().shown == {}


def test_the_room_counts_as_opening_nothing(cast: Cast, planned: UUID) -> None:
    assert signed_in(cast.dr_okafor).get(door(planned, "room")).status_code == 200

    assert _opened(signed_in(cast.maya)) == [None]


def _opened(phone: APIClient) -> list[Any]:
    return [one["opened_at"] for one in phone.get(f"{API}sessions").json()["results"]]
