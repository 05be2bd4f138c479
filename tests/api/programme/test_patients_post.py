"""POST patients and patients/{id}/invite: a clinician brings somebody in."""

from typing import Any
from uuid import uuid4

import pytest

from care.models import Clinic, Patient, User
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

DOOR = API + "patients"
IRIS = {"display_name": "Iris", "time_zone": "America/Denver"}


def test_a_patient_is_added_and_their_code_shown_once(cast: Cast) -> None:
    response = signed_in(cast.dr_okafor).post(DOOR, IRIS)

    told = response.json()
    assert response.status_code == 201
    assert set(told) == {"id", "invite_code"}
    patient = Patient.objects.select_related("user").get(pk=told["id"])
    assert (patient.user.clinic_id, patient.enrolled_at) == (cast.clinic.pk, None)


@pytest.mark.parametrize("who", ["maya", "ada"])
def test_only_clinicians_invite(cast: Cast, who: str) -> None:
    problem(signed_in(getattr(cast, who)).post(DOOR, IRIS), 403, "forbidden")

    assert User.objects.filter(display_name="Iris").count() == 0


def test_another_clinic_does_not_exist_for_the_caller(cast: Cast) -> None:
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    client = signed_in(cast.dr_okafor)

    foreign = client.post(DOOR, IRIS | {"clinic": str(elsewhere.pk)})
    unknown = client.post(DOOR, IRIS | {"clinic": str(uuid4())})

    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content
    assert User.objects.filter(display_name="Iris").count() == 0
    assert client.post(DOOR, IRIS | {"clinic": str(cast.clinic.pk)}).status_code == 201


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"display_name": ""}, {"display_name": "blank"}),
        ({"time_zone": "Denver"}, {"time_zone": "unknown_zone"}),
        ({"clinic": "here"}, {"clinic": "invalid"}),
        ({"role": "admin"}, {"role": "unknown_field"}),
    ],
)
def test_bad_input_names_the_field(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.dr_okafor).post(DOOR, IRIS | changes)) == expected


def test_a_second_code_is_for_the_care_team_only(cast: Cast) -> None:
    told = signed_in(cast.dr_okafor).post(DOOR, IRIS).json()
    door = f"{DOOR}/{told['id']}/invite"

    again = signed_in(cast.dr_okafor).post(door)
    stranger = signed_in(cast.dr_lind).post(door)
    unknown = signed_in(cast.dr_lind).post(f"{DOOR}/{uuid4()}/invite")

    assert again.status_code == 201
    assert again.json()["invite_code"] != told["invite_code"]
    problem(stranger, 404, "not_found")
    assert stranger.content == unknown.content


def test_staff_cannot_enter_an_account_through_a_second_code(cast: Cast) -> None:
    response = signed_in(cast.dr_okafor).post(f"{DOOR}/{cast.maya.pk}/invite")

    problem(response, 409, "already_enrolled")
