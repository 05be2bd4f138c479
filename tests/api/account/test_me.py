"""GET and PATCH me."""

from typing import Any

import pytest

from care.models import DeviceSession, Patient, User
from tests.api.responses import API, faults, problem
from tests.cast import PASSWORD, Cast, signed_in

DOOR = API + "me"


def test_a_patient_reads_their_profile(cast: Cast) -> None:
    response = signed_in(cast.maya).get(DOOR)

    assert response.json() == {
        "id": str(cast.maya.pk),
        "role": "patient",
        "username": "maya",
        "display_name": "Maya",
        "time_zone": "America/Chicago",
        "language": "en",
        "email": "",
        "rev": 1,
        "quiet_hours": {"start": "22:00", "end": "07:00"},
        "day_starts_hour": 0,
        "reminder_mail": False,
    }
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "no-store"


def test_a_profile_is_changed_in_part(cast: Cast) -> None:
    response = signed_in(cast.maya).patch(
        DOOR,
        {"display_name": "May", "quiet_hours": {"start": "23:30", "end": "06:00"}},
        headers={"If-Match": '"1"'},
    )

    told = response.json()
    assert response.status_code == 200
    assert (told["display_name"], told["rev"], told["time_zone"]) == ("May", 2, "America/Chicago")
    assert told["quiet_hours"] == {"start": "23:30", "end": "06:00"}


def test_a_stale_change_is_refused_and_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.maya)
    client.patch(DOOR, {"display_name": "May"}, headers={"If-Match": '"1"'})

    response = client.patch(
        DOOR,
        {"display_name": "M.", "quiet_hours": {"start": "01:00", "end": "02:00"}},
        headers={"If-Match": '"1"'},
    )

    problem(response, 412, "stale")
    assert User.objects.get(pk=cast.maya.pk).display_name == "May"
    assert Patient.objects.get(pk=cast.maya.pk).quiet_start.hour == 22


def test_a_change_without_a_revision_is_refused(cast: Cast) -> None:
    response = signed_in(cast.maya).patch(DOOR, {"display_name": "May"})

    problem(response, 428, "precondition_required")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"time_zone": "Mars/Base"}, {"time_zone": "unknown_zone"}),
        ({"quiet_hours": {"start": "25:00", "end": "06:00"}}, {"quiet_hours.start": "invalid"}),
        ({"quiet_hours": {"start": "22:00"}}, {"quiet_hours.end": "required"}),
        ({"role": "admin"}, {"role": "unknown_field"}),
        ({"display_name": ""}, {"display_name": "blank"}),
        ({"display_name": "x" * 121}, {"display_name": "max_length"}),
    ],
)
def test_bad_input_names_the_field(
    cast: Cast, change: dict[str, Any], expected: dict[str, str]
) -> None:
    response = signed_in(cast.maya).patch(DOOR, change, headers={"If-Match": '"1"'})

    assert faults(response) == expected
    assert User.objects.get(pk=cast.maya.pk).rev == 1


def test_an_address_is_kept_after_a_fresh_proof_only(cast: Cast) -> None:
    client = signed_in(cast.maya)
    DeviceSession.objects.update(reauthenticated_at=None)
    change = {"email": "maya@example.org"}

    refused = client.patch(DOOR, change, headers={"If-Match": '"1"'})
    client.post(API + "auth/step-up", {"password": PASSWORD})
    taken = client.patch(DOOR, change, headers={"If-Match": '"1"'})

    problem(refused, 403, "step_up_required")
    assert taken.json()["email"] == "maya@example.org"
    assert b"example" not in bytes(User.objects.get(pk=cast.maya.pk).sealed_email or b"")


def test_what_is_no_address_is_named(cast: Cast) -> None:
    response = signed_in(cast.maya).patch(DOOR, {"email": "nonsense"}, headers={"If-Match": '"1"'})

    assert faults(response) == {"email": "not_an_email"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("en-US-u-rg-dezzzz", "en-US-u-rg-dezzzz"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("en_US", "en-US"),
        ("de_DE.UTF-8", "de-DE"),
        ("en_US@rg=dezzzz", "en-US"),
        ("x-klingon", "x-klingon"),
        ("en-US-u-ca-gregory-fw-mon-hc-h12-ms-metric", "en-US-u-ca-gregory-fw-mon-hc-h12-ms"),
        ("sl-rozaj-biske-1994-u-co-phonebk-xyz", "sl-rozaj-biske-1994-u-co-phonebk"),
        ("en-US-abcdefgh-abcdefgh-abcdefgh-u-rg", "en-US-abcdefgh-abcdefgh-abcdefgh"),
    ],
)
def test_the_language_of_a_phone_holds_nothing_up(cast: Cast, sent: str, kept: str) -> None:
    response = signed_in(cast.maya).patch(
        DOOR, {"language": sent, "time_zone": "Europe/Berlin"}, headers={"If-Match": '"1"'}
    )

    told = response.json()
    assert response.status_code == 200, response.content
    assert (told["language"], told["time_zone"]) == (kept, "Europe/Berlin")


@pytest.mark.parametrize("sent", ["english please", "e", "en-", "en--US", "en-toolongsubtag", "1"])
def test_what_is_no_language_is_named(cast: Cast, sent: str) -> None:
    response = signed_in(cast.maya).patch(DOOR, {"language": sent}, headers={"If-Match": '"1"'})

    assert faults(response) == {"language": "invalid_language"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("GMT+02:00", "Etc/GMT-2"), ("UTC+05:30", "+05:30"), ("", "America/Chicago"),
     ("Etc/Unknown", "America/Chicago")],
)  # fmt: skip
def test_a_phone_without_a_place_holds_nothing_up(cast: Cast, sent: str, kept: str) -> None:
    response = signed_in(cast.maya).patch(
        DOOR, {"display_name": "May", "time_zone": sent}, headers={"If-Match": '"1"'}
    )

    told = response.json()
    assert response.status_code == 200, response.content
    assert (told["display_name"], told["time_zone"]) == ("May", kept)
