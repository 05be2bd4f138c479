"""A level's ASAM code, who referred, how an episode ended, and transfers."""

from typing import Any

import pytest
from django.db import connection

from care.models import Disclosure, Episode, LevelChange
from tests.api.responses import API, faults
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
DOOR = API + "episodes"


def admit(cast: Cast, **changes: Any) -> Any:
    body = {
        "patient": str(cast.maya.pk),
        "level_of_care": "outpatient",
        "admitted_on": "2026-05-04",
    }
    return signed_in(cast.dr_okafor).post(DOOR, body | changes)


def discharge(cast: Cast, **changes: Any) -> Any:
    episode = Episode.objects.get(patient_id=cast.maya.pk, discharged_on__isnull=True)
    body = {"to": "discharge", "on": "2026-06-04", "reason": "Moves north."}
    return signed_in(cast.dr_okafor).post(f"{DOOR}/{episode.pk}/level-changes", body | changes)


@pytest.mark.parametrize(
    ("edition", "code"), [("3", "2.1"), ("3", "0.5"), ("4", "2.7"), ("4", "1.0")]
)
def test_a_level_has_its_code_of_an_edition(cast: Cast, edition: str, code: str) -> None:
    made = admit(cast, asam={"edition": edition, "code": code})

    assert made.status_code == 201, made.content
    (told,) = signed_in(cast.maya).get(DOOR).json()["results"]
    assert told["asam"] == {"edition": edition, "code": code}
    assert told["referral"] is None


@pytest.mark.parametrize(
    ("asam", "fault"),
    [
        ({"edition": "3", "code": "2.7"}, {"asam.code": "unknown"}),
        ({"edition": "4", "code": "0.5"}, {"asam.code": "unknown"}),
        ({"edition": "5", "code": "2.1"}, {"asam.edition": "invalid_choice"}),
        ({"edition": "3"}, {"asam.code": "required"}),
    ],
)
def test_no_code_of_another_edition(cast: Cast, asam: Any, fault: dict[str, str]) -> None:
    assert faults(admit(cast, asam=asam)) == fault

    assert not Episode.objects.exists()


def test_who_referred_is_kept_and_the_name_encrypted(cast: Cast) -> None:
    admit(cast, referral={"kind": "hospital", "name": "canary hospital"})

    (told,) = signed_in(cast.dr_okafor).get(DOOR).json()["results"]
    assert told["referral"] == {"kind": "hospital", "name": "canary hospital"}
    assert faults(admit(cast, referral={"kind": "spa", "name": "a\nb"})) == {
        "referral.kind": "invalid_choice", "referral.name": "invalid_characters",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT referral_from FROM care_episode")
        assert b"canary" not in bytes(cursor.fetchone()[0])


def test_a_transfer_names_who_goes_on_and_is_accounted_for(cast: Cast) -> None:
    admit(cast)

    ended = discharge(cast, outcome="transferred", receiving="North Clinic")

    assert ended.status_code == 201, ended.content
    assert (ended.json()["outcome"], ended.json()["receiving"]) == ("transferred", "North Clinic")
    (told,) = signed_in(cast.maya).get(API + "disclosures").json()["results"]
    assert (told["to"], told["purpose"]) == ("North Clinic", "transfer")
    assert LevelChange.objects.get().step == "discharge"


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"outcome": "transferred"}, {"receiving": "required"}),
        ({"outcome": "completed", "receiving": "North"}, {"receiving": "not_asked"}),
        ({"receiving": "North"}, {"outcome": "required"}),
        ({"outcome": "gone"}, {"outcome": "invalid_choice"}),
        ({"to": "aftercare", "outcome": "completed"}, {"outcome": "not_asked"}),
    ],
)
def test_any_other_ending_is_refused(cast: Cast, sent: Any, fault: dict[str, str]) -> None:
    admit(cast)

    assert faults(discharge(cast, **sent)) == fault

    assert Episode.objects.get().discharged_on is None
    assert not Disclosure.objects.exists()


def test_a_discharge_without_an_outcome_is_one_as_ever(cast: Cast) -> None:
    admit(cast)

    ended = discharge(cast).json()

    assert (ended["step"], ended["outcome"], ended["receiving"]) == ("discharge", None, None)
    assert not Disclosure.objects.exists()
