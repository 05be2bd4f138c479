"""GET sessions/{id}/brief: for the clinicians who treat this patient, and for nobody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import AccessLogEntry, CareTeamMembership, Clinic, Consent, User
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in

KEYS = [
    "header", "safety", "agenda", "in_the_way", "use", "moment", "craving", "mood_sleep", "body",
    "skills", "measures", "went_well", "data",
]  # fmt: skip


def door(session_id: UUID) -> str:
    return f"{API}sessions/{session_id}/brief"


def logs(client: APIClient, **changes: Any) -> str:
    response = client.post(f"{API}entries", craving(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def test_it_reads_as_promised(cast: Cast, planned: UUID) -> None:
    entry_id = logs(signed_in(cast.maya), intensity=8)

    response = signed_in(cast.dr_okafor).get(door(planned))

    told = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert set(told) == {"session", "patient", "window", "generated_at", "digest", "sections"}
    assert (told["session"], told["patient"]) == (str(planned), str(cast.maya.pk))
    assert set(told["window"]) == {"since", "until"}
    assert told["window"]["since"].endswith("Z")
    assert [section["key"] for section in told["sections"]] == KEYS
    for section in told["sections"]:
        assert set(section) - {"spark"} == {"key", "title", "lines"}
        for line in section["lines"]:
            assert set(line) == {"text", "entries", "reviewed"}
    craving_part = told["sections"][6]
    assert craving_part["lines"][0]["entries"] == [entry_id]
    assert craving_part["lines"][0]["reviewed"] is False
    assert craving_part["spark"]["values"][-1] == 8
    assert set(craving_part["spark"]["values"][:-1]) == {None}
    assert "spark" not in told["sections"][7]


def test_an_entry_saved_a_moment_ago_is_in_it(cast: Cast, planned: UUID) -> None:
    clinician = signed_in(cast.dr_okafor)
    before = clinician.get(door(planned)).json()

    logs(signed_in(cast.maya), note="about my boss", discuss=True)

    after = clinician.get(door(planned)).json()
    assert any("“about my boss”" in line["text"] for line in after["sections"][2]["lines"])
    assert after["digest"] != before["digest"]


def test_the_same_data_reads_the_same(cast: Cast, planned: UUID) -> None:
    logs(signed_in(cast.maya))
    client = signed_in(cast.dr_okafor)

    first, again = (client.get(door(planned)).json() for _ in range(2))

    assert again["digest"] == first["digest"]
    assert again["sections"] == first["sections"]


def test_opening_it_stands_in_the_access_log(cast: Cast, planned: UUID) -> None:
    signed_in(cast.dr_okafor).get(door(planned))

    row = AccessLogEntry.objects.get(action="read", data_class="brief")
    assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)
    assert row.reason == "primary_therapist"
    assert row.device_session_id is not None


def test_strangers_and_nonsense_get_one_and_the_same_404(cast: Cast, planned: UUID) -> None:
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    stranger = people.staff(elsewhere, "dr_far", "Dr. Far")
    answers = [
        signed_in(cast.dr_lind).get(door(planned)),
        signed_in(stranger).get(door(planned)),
        signed_in(cast.dr_okafor).get(door(uuid4())),
    ]

    bodies = [problem(answer, 404, "not_found") for answer in answers]

    assert bodies[0] == bodies[1] == bodies[2]
    assert AccessLogEntry.objects.filter(action="denied", data_class="brief").count() == 3
    assert not AccessLogEntry.objects.filter(action="read", data_class="brief").exists()


@pytest.mark.parametrize("ended", ["consent", "expired consent", "care team"])
def test_what_has_ended_closes_it_on_the_next_request(
    cast: Cast, planned: UUID, ended: str
) -> None:
    client = signed_in(cast.dr_okafor)
    assert client.get(door(planned)).status_code == 200

    now = timezone.now()
    match ended:
        case "consent":
            Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=now)
        case "expired consent":
            Consent.objects.filter(patient_id=cast.maya.pk).update(expires_at=now)
        case _:
            CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)

    problem(client.get(door(planned)), 404, "not_found")
    assert AccessLogEntry.objects.filter(action="denied", data_class="brief").count() == 1


def test_a_colleague_on_the_team_reads_what_is_for_the_team(cast: Cast, planned: UUID) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    logs(signed_in(cast.maya), share="individual_therapist_only", target="canary-one")
    logs(signed_in(cast.maya), share="private", target="canary-two")

    team = signed_in(cast.dr_lind).get(door(planned)).content.decode()
    primary = signed_in(cast.dr_okafor).get(door(planned)).content.decode()

    assert "canary" not in team
    assert "canary-one" in primary
    assert "canary-two" not in primary


def test_a_group_session_is_told_apart(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now(), with_group=group, kind="group"
    )

    told = signed_in(cast.dr_okafor).get(door(session.pk)).json()
    assert (told["session"], len(told["members"])) == (str(session.pk), 1)
    problem(signed_in(cast.dr_lind).get(door(session.pk)), 404, "not_found")


def test_a_clinician_who_moved_to_another_clinic_finds_nothing_of_the_old(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    now = timezone.now()
    old = [
        people.session(cast.dr_okafor, starts_at=now, with_group=group, kind="group"),
        people.session(cast.dr_okafor, starts_at=now, with_patient=cast.maya),
    ]
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    User.objects.filter(pk=cast.dr_okafor.pk).update(clinic=elsewhere)
    client = signed_in(cast.dr_okafor)

    for session in old:
        problem(client.get(door(session.pk)), 404, "not_found")


@pytest.mark.parametrize("who", ["maya", "ada"])
def test_the_wrong_role_is_refused(cast: Cast, planned: UUID, who: str) -> None:
    problem(signed_in(getattr(cast, who)).get(door(planned)), 403, "forbidden")


def test_nobody_reads_it_unsigned(cast: Cast, planned: UUID) -> None:
    response = signed_in(None).get(door(planned))

    problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(cast: Cast, planned: UUID, method: str) -> None:
    response = getattr(signed_in(cast.dr_okafor), method)(door(planned))

    assert response.status_code == 405


def test_it_takes_at_most_ten_statements_however_much_there_is(cast: Cast, planned: UUID) -> None:
    patient, clinician = signed_in(cast.maya), signed_in(cast.dr_okafor)
    logs(patient)
    with CaptureQueriesContext(connection) as one:
        clinician.get(door(planned))
    for n in range(60):
        logs(patient, at=timezone.now() - timedelta(hours=n), note="words")

    with CaptureQueriesContext(connection) as many:
        clinician.get(door(planned))

    assert len(many) == len(one) <= 10
