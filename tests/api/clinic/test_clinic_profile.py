"""clinic: everybody reads who their clinic is; an administrator writes it, version by version."""

from typing import Any

import pytest

from care.models import Clinic, ClinicProfile, DeviceSession, User
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

CLINIC = API + "clinic"
HARBOR: dict[str, Any] = {
    "name": "Harbor Clinic",
    "address": "12 Pier Street\nChicago, IL 60611",
    "phone": "(312) 555-0140",
    "hours": ["Mon to Fri 8:00 to 18:00", "Sat 9:00 to 12:00"],
    "cost_page": "https://harbor.example.org/costs",
    "website": "https://harbor.example.org/",
    "insurance": "Most plans, and Medicaid.",
    "scholarship_contact": "Ask for Lena at the desk",
    "crisis_phone": "+13125550141",
}
NOTHING_SAID = dict.fromkeys(HARBOR) | {"name": "Harbor Clinic", "hours": []}


def put(user: User, body: Any, rev: int | None = 0) -> Any:
    headers = {} if rev is None else {"If-Match": f'"{rev}"'}
    return signed_in(user).put(CLINIC, body, headers=headers)


def test_before_anything_was_said_it_is_a_name(cast: Cast) -> None:
    response = signed_in(cast.maya).get(CLINIC)

    assert response.json() == NOTHING_SAID | {"rev": 0, "updated_at": None}
    assert response.headers["ETag"] == '"0"'


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "ada", "sam"])
def test_everybody_of_the_clinic_reads_what_an_administrator_wrote(cast: Cast, who: str) -> None:
    written = put(cast.ada, HARBOR)

    read = signed_in(getattr(cast, who)).get(CLINIC)

    assert (written.status_code, read.status_code) == (200, 200)
    assert written.headers["ETag"] == read.headers["ETag"] == '"1"'
    assert read.json() == written.json()
    assert {name: read.json()[name] for name in HARBOR} == HARBOR


def test_another_clinic_reads_its_own(cast: Cast) -> None:
    put(cast.ada, HARBOR)
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    far = people.staff(other, "far", "Far", role=User.Role.ADMIN)

    assert signed_in(far).get(CLINIC).json()["name"] == "Elsewhere"
    assert signed_in(far).get(CLINIC + "/history").json()["results"] == []
    assert put(far, {"name": "Far away"}).json()["rev"] == 1
    assert signed_in(cast.maya).get(CLINIC).json()["name"] == "Harbor Clinic"


def test_a_new_name_is_the_clinics_name(cast: Cast) -> None:
    put(cast.ada, {"name": "Pier Clinic"})

    cast.clinic.refresh_from_db()
    assert cast.clinic.name == "Pier Clinic"


def test_what_is_left_out_is_said_no_more(cast: Cast) -> None:
    put(cast.ada, HARBOR)

    left = put(cast.ada, {"name": "Harbor Clinic", "hours": None, "phone": None}, rev=1).json()

    assert left == NOTHING_SAID | {"rev": 2, "updated_at": left["updated_at"]}


def test_every_version_is_kept_with_who_wrote_it(cast: Cast) -> None:
    first = put(cast.ada, HARBOR).json()
    bea = people.staff(cast.clinic, "bea", "Bea", role=User.Role.ADMIN)
    second = put(bea, HARBOR | {"phone": "312 555 0149"}, rev=1).json()

    history = signed_in(cast.ada).get(CLINIC + "/history").json()

    assert history["results"] == [
        second | {"updated_by": "Bea (bea)"}, first | {"updated_by": "Ada (ada)"},
    ]  # fmt: skip
    assert (history["next"], history["previous"]) == (None, None)


def test_the_same_again_makes_no_version(cast: Cast) -> None:
    put(cast.ada, HARBOR)

    again = put(cast.ada, HARBOR)

    assert (again.status_code, again.json()["rev"]) == (200, 1)
    assert ClinicProfile.objects.count() == 1


def test_a_stale_revision_changes_nothing(cast: Cast) -> None:
    put(cast.ada, HARBOR)

    problem(put(cast.ada, {"name": "Pier"}), 412, "stale")
    problem(put(cast.ada, {"name": "Pier"}, rev=7), 412, "stale")
    problem(put(cast.ada, {"name": "Pier"}, rev=None), 428, "precondition_required")

    assert ClinicProfile.objects.count() == 1
    assert Clinic.objects.get().name == "Harbor Clinic"


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "sam"])
def test_nobody_else_writes_it_or_reads_its_history(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))

    problem(put(getattr(cast, who), HARBOR), 403, "forbidden")
    problem(client.get(CLINIC + "/history"), 403, "forbidden")

    assert not ClinicProfile.objects.exists()


def test_staff_without_a_second_factor_read_nothing(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    DeviceSession.objects.update(mfa_at=None)

    problem(client.get(CLINIC), 403, "mfa_required")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, {"name": "null"}),
        ({"name": " "}, {"name": "blank"}),
        ({"name": "a\nb"}, {"name": "invalid_characters"}),
        ({"name": "x" * 201}, {"name": "max_length"}),
        ({"address": "x" * 501}, {"address": "max_length"}),
        ({"address": ""}, {"address": "blank"}),
        ({"hours": "all day"}, {"hours": "not_a_list"}),
        ({"hours": ["a"] * 15}, {"hours": "max_length"}),
        ({"hours": ["a", "b\nc"]}, {"hours.1": "invalid_characters"}),
        ({"scholarship_contact": "a\nb"}, {"scholarship_contact": "invalid_characters"}),
        ({"cost_page": "http://harbor.example.org/"}, {"cost_page": "not_https"}),
        ({"website": "javascript:alert(1)"}, {"website": "not_https"}),
        ({"phone": "call us"}, {"phone": "not_a_phone_number"}),
        ({"crisis_phone": "312 555 0141"}, {"crisis_phone": "not_a_phone_number"}),
        ({"crisis_phone": "12"}, {"crisis_phone": "not_a_phone_number"}),
        ({"crisis_phone": "1" * 16}, {"crisis_phone": "not_a_phone_number"}),
        ({"crisis_phone": 988}, {"crisis_phone": "invalid"}),
        ({"colour": "green"}, {"colour": "unknown_field"}),
        (
            {"cost_page": "ftp://x.org", "website": "x.org", "phone": "?"},
            {"cost_page": "not_https", "website": "not_https", "phone": "not_a_phone_number"},
        ),
    ],
)
def test_what_cannot_be_said_is_named(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(put(cast.ada, HARBOR | changes)) == expected
    assert not ClinicProfile.objects.exists()
